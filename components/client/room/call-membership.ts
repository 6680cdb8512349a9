/**
 * Being in the call of one room, as far as the server need know it.
 *
 * Owns the presence (join id, tracks) and tells the server again after each loss, under the same join id, so
 * that links made before go on. Owns neither media nor links, and not whether one is in the room (`open`, `pause`).
 */
import type { CallPresence, Commands, TrackInfo } from '../../../server/protocol.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { retryDelayMs, type Request } from '../transport/transport.ts';

type CallJoined = Commands['call:join']['value'];

export class CallMembership {
  readonly #room: string;
  readonly #request: Request;
  /** Out of the call without having asked for it. */
  readonly #onRefused: (error: CodedError) => void;
  readonly #onNotInRoom: () => void;
  #presence: CallPresence | null = null;
  #waiting: { resolve(value: CallJoined): void; reject(error: CodedError): void }[] = [];
  #open = false;
  #joined = false;
  #busy = false;
  #dirty = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(room: string, request: Request, onRefused: (error: CodedError) => void, onNotInRoom: () => void) {
    this.#room = room;
    this.#request = request;
    this.#onRefused = onRefused;
    this.#onNotInRoom = onNotInRoom;
  }

  /** Resolves with the first good answer, however often the connection is lost before. */
  join(presence: CallPresence): Promise<CallJoined> {
    this.#presence = { ...presence };
    this.#joined = false;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      void this.#tell();
    });
  }

  update(fields: { tracks?: TrackInfo[]; receivesVideo?: boolean }): void {
    if (!this.#presence) return;
    this.#presence = { ...this.#presence, ...fields };
    this.#dirty = true;
    void this.#tell();
  }

  leave(): void {
    if (!this.#presence) return;
    this.forget(new CodedError('cancelled'));
    if (this.#open) void this.#request('call:leave', { room: this.#room }).catch(() => undefined);
  }

  /** In the room (again): be in the call (again). */
  open(): void {
    this.#open = true;
    void this.#tell();
  }

  pause(): void {
    this.#open = this.#joined = false;
    clearTimeout(this.#timer);
  }

  /** Out of the call; whoever still waits to be in hears `error`. */
  forget(error: CodedError): void {
    this.#presence = null;
    this.#joined = this.#dirty = false;
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** What the server should hear now, if anything. */
  get #untold(): CallPresence | null {
    return this.#open && (!this.#joined || this.#dirty) ? this.#presence : null;
  }

  async #tell(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#busy) return;
    this.#busy = true;
    for (let presence; (presence = this.#untold);) {
      const { joinId, tracks, receivesVideo } = presence;
      const joining = !this.#joined;
      // Set before it is sent: a loss or a change meanwhile turns them back.
      this.#joined = true;
      this.#dirty = false;
      try {
        if (joining) {
          const value = await this.#request('call:join', { room: this.#room, joinId, tracks, receivesVideo });
          if (this.#presence?.joinId === joinId) for (const { resolve } of this.#waiting.splice(0)) resolve(value);
        } else await this.#request('participant:update', { room: this.#room, tracks, receivesVideo });
      } catch (thrown) {
        if (!this.#presence || this.#presence.joinId !== joinId) continue;
        const error = CodedError.from(thrown);
        if (joining) this.#joined = false;
        else this.#dirty = true;
        if (error.code === 'server-unreachable') break;
        if (error.code === 'not-in-room') {
          this.#joined = false;
          this.#onNotInRoom();
          break;
        }
        const delayMs = retryDelayMs(error);
        if (delayMs !== undefined) {
          this.#timer = setTimeout(() => void this.#tell(), delayMs);
          break;
        }
        if (!joining) {
          this.#dirty = false;
          continue;
        }
        const asked = this.#waiting.length > 0;
        this.forget(error);
        if (!asked) this.#onRefused(error);
      }
    }
    this.#busy = false;
  }
}
