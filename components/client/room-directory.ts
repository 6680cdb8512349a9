import type { RoomSummary } from '../../server/protocol.ts';
import type { CodedError } from '../internal/coded-error.ts';
import { Store, type ReadableStore } from '../internal/store.ts';

export interface RoomDirectorySnapshot {
  /** False until the first list is here. */
  readonly ready: boolean;
  readonly rooms: readonly RoomSummary[];
  /** What stands in the way, while it does. */
  readonly error: CodedError | null;
}

/** The public list of rooms, kept live. */
export class RoomDirectory {
  readonly #store = new Store<RoomDirectorySnapshot>({ ready: false, rooms: [], error: null });

  get store(): ReadableStore<RoomDirectorySnapshot> {
    return this.#store;
  }
}
