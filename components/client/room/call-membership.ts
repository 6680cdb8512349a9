/**
 * This participant's presence in the call of one room, as the server knows it.
 *
 * Owns the presence (tracks, and the join id of this entry into the call). Reports it again after each lost connection
 * under the same join id, so that existing links continue. Owns neither media nor links. Does not own the stay in the
 * room: the session calls `open` and `pause`.
 */
import type { CallPresence, Commands, SignalBody, TrackInfo } from '../../../server/protocol.ts';
import { CodedError, DOUBTFUL } from '../../internal/coded-error.ts';
import { retryDelayMs, type Request } from '../transport/transport.ts';

type CallJoined = Commands['call:join']['value'];
type CallEntry = Commands['call:join']['payload'];

/** An offer that travels with the handshake, because the page does not know yet who is in the call. */
export interface CarriedOffer {
  /** Resolves when it can be handed over. */
  readonly made: Promise<void>;
  /** The signal, once; `null` if there is none. */
  hand(): SignalBody | null;
  /** The server answered the handshake with the id of the participant to whom it passed the offer, if to anybody. */
  handleAnswer(offered?: string): void;
}

export class CallMembership {
  readonly #room: string;
  readonly #request: Request;
  /** Called when the server ends or refuses the call although nobody here asked to leave. */
  readonly #onRefused: (error: CodedError) => void;
  readonly #onNotInRoom: () => void;
  #presence: CallPresence | null = null;
  #offer: CarriedOffer | undefined;
  /** The presence for which the last handshake carried a `call:join`, and the payload of that command. */
  #wished: { readonly presence: CallPresence; readonly entry: CallEntry } | null = null;
  #waiting: { resolve(value: CallJoined): void; reject(error: CodedError): void }[] = [];
  /** Signals that wait until the `call:join` before them was sent. */
  #behind: (() => void)[] = [];
  #open = false;
  /** True if the call was left without a connection. The server may still have the presence, or get it by a wish. */
  #owesLeave = false;
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

  /** Resolves with the first successful answer, however often the connection is lost before it. */
  join(presence: CallPresence, offer?: CarriedOffer): Promise<CallJoined> {
    this.#presence = { ...presence };
    this.#offer = offer;
    // A presence that the server may still have is replaced, so no `call:leave` is needed for it.
    this.#joined = this.#owesLeave = false;
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
    if (this.#open) this.#tellLeave();
    else this.#owesLeave = true;
  }

  /** Resolves when the pending `call:join` was sent, so that signals can follow it; `null` if none is pending. */
  whenTold(): Promise<void> | null {
    if (!this.#open || this.#joined || !this.#presence) return null;
    return new Promise((resolve) => this.#behind.push(resolve));
  }

  /** True between `join` and the end of the presence. */
  get isWanted(): boolean {
    return this.#presence !== null;
  }

  /** Resolves when the offer that the handshake should carry is made. */
  async whenOffering(): Promise<void> {
    await this.#offer?.made;
  }

  /**
   * The room was not entered, so the next `call:join` is not the one of the handshake.
   * @param isFree true if nobody can have received the offer in the handshake
   */
  dropOffer(isFree: boolean): void {
    this.#wished = null;
    if (isFree) this.#offer?.handleAnswer();
    this.#offer = undefined;
  }

  /** The payload of `call:join`, for the handshake to carry (a wish); `null` outside the call. */
  wish(): CallEntry | null {
    const presence = this.#presence;
    if (!presence) return null;
    const offer = this.#offer?.hand();
    const entry = { room: this.#room, ...presence, ...(offer && { offer }) };
    this.#wished = { presence, entry };
    return entry;
  }

  /**
   * The session is in the room: report the presence, perhaps again.
   * @param isShown true if others see this participant in the call
   */
  open(isShown = false): void {
    this.#open = true;
    // The call was left here, but the server kept the old presence, or entered the call for the handshake. Or this page
    // was loaded again and is in the lobby, and the server could not be told that the call of before ended.
    if (this.#owesLeave || (isShown && !this.#presence)) this.#tellLeave();
    void this.#tell();
  }

  pause(): void {
    this.#open = this.#joined = false;
    clearTimeout(this.#timer);
    this.#freeSignals();
  }

  /** Ends the presence. Every pending `join()` rejects with `error`. */
  forget(error: CodedError): void {
    this.#presence = null;
    this.#offer = undefined;
    this.#joined = this.#dirty = false;
    clearTimeout(this.#timer);
    this.#freeSignals();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #tellLeave(): void {
    this.#owesLeave = false;
    this.#request('call:leave', { room: this.#room }).catch((thrown: unknown) => {
      const delayMs = retryDelayMs(CodedError.from(thrown), true);
      if (this.#presence || delayMs === undefined) return;
      this.#owesLeave = true;
      if (this.#open) this.#timer = setTimeout(() => this.open(), delayMs);
    });
  }

  #freeSignals(): void {
    for (const send of this.#behind.splice(0)) send();
  }

  /** The presence that the server does not know yet, or `null`. */
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
      const wished = joining && this.#wished?.presence.joinId === joinId ? this.#wished : null;
      this.#wished = null;
      // Set before sending, because a lost connection or a change during the request must be able to reset these flags.
      this.#joined = true;
      // A change of the presence since the handshake follows as an update.
      this.#dirty = wished !== null && wished.presence !== presence;
      try {
        if (joining) {
          const answering = this.#request('call:join', wished?.entry ?? { room: this.#room, ...presence });
          this.#freeSignals();
          const value = await answering;
          if (this.#presence?.joinId === joinId) {
            if (wished?.entry.offer) this.#offer?.handleAnswer(value.offered);
            // The links are made now. In a later handshake the offer would take the name of one of them.
            this.#offer = undefined;
            for (const { resolve } of this.#waiting.splice(0)) resolve(value);
          }
        } else await this.#request('participant:update', { room: this.#room, tracks, receivesVideo });
      } catch (thrown) {
        if (!this.#presence || this.#presence.joinId !== joinId) continue;
        const error = CodedError.from(thrown);
        if (wished?.entry.offer && !DOUBTFUL.includes(error.code)) this.#offer?.handleAnswer();
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
        if (!joining) this.#dirty = false;
        // Otherwise it was refused with what the presence no longer has, such as the tracks of a viewer.
        else if (this.#presence === presence) {
          const asked = this.#waiting[0];
          this.forget(error);
          if (!asked) this.#onRefused(error);
        }
      }
    }
    this.#busy = false;
  }
}
