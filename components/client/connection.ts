import { normalizeRoom, type Announcement } from '../../server/protocol.ts';
import { CodedError } from '../internal/coded-error.ts';
import { Emitter } from '../internal/emitter.ts';
import { Store, type ReadableStore } from '../internal/store.ts';
import { RoomDirectory } from './room-directory.ts';
import { RoomSession } from './room-session.ts';

export interface ConnectionSnapshot {
  /** `connecting → ready ⇄ reconnecting → closed`, or `replaced` (another page took over), or `refused`. */
  readonly state: 'connecting' | 'ready' | 'reconnecting' | 'closed' | 'replaced' | 'refused';
  readonly participantId: string | null;
  readonly epoch: string | null;
  readonly displayName: string;
  readonly error: CodedError | null;
}

export interface ConnectionEvents {
  'announcement': Announcement;
  'moved': { from: string; to: string; added: boolean };
}

export class Connection {
  readonly events = new Emitter<ConnectionEvents>();
  readonly #store = new Store<ConnectionSnapshot>({ state: 'connecting', participantId: null, epoch: null, displayName: '', error: null });
  readonly #directory = new RoomDirectory();

  get store(): ReadableStore<ConnectionSnapshot> {
    return this.#store;
  }
  setDisplayName(_name: string): void {}
  setToken(_token: string): void {}
  acquireRoom(room: string, _options: { unlisted?: boolean } = {}): RoomSession {
    const name = normalizeRoom(room);
    if (name === null) throw new CodedError('room-invalid');
    return new RoomSession(name);
  }
  releaseRoom(_session: RoomSession): void {}
  acquireDirectory(): RoomDirectory {
    return this.#directory;
  }
  releaseDirectory(): void {}
  close(): void {}
}
