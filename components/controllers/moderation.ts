/**
 * What a moderator may ask of a room. Holds no state: the server decides, and the room's facts tell the result.
 */
import type { Permitted, RoomPermissions } from '../../server/protocol.ts';
import { showsNothing } from '../../server/texts.ts';
import type { RoomSession } from '../client/room/room-session.ts';
import { CodedError } from '../internal/coded-error.ts';

export class Moderation {
  readonly #session: RoomSession | null;

  constructor(session: RoomSession | null) {
    this.#session = session;
  }

  /** New people must ask to join a locked room. Resolves to the new state. */
  async lock(on?: boolean): Promise<boolean> {
    const session = this.#mustBeIn();
    const { locked } = await session.moderate('room:lock', { locked: on ?? !session.store.get().locked });
    return locked;
  }

  async admit(participantId: string): Promise<void> {
    await this.#mustBeIn().moderate('room:admit', { participantId });
  }

  async refuse(participantId: string): Promise<void> {
    await this.#mustBeIn().moderate('room:refuse', { participantId });
  }

  async remove(participantId: string, withAddress?: true): Promise<void> {
    await this.#mustBeIn().moderate('participant:remove', { participantId, withAddress });
  }

  async mute(participantId: string): Promise<void> {
    await this.#mustBeIn().moderate('participant:mute', { participantId });
  }

  /** @param participantId all hands if absent */
  async lowerHand(participantId?: string): Promise<void> {
    await this.#mustBeIn().moderate('call:lower-hand', participantId === undefined ? {} : { id: participantId });
  }

  async muteAll(): Promise<void> {
    await this.#mustBeIn().moderate('call:mute-all', {});
  }

  async setPermission(what: keyof RoomPermissions, who: Permitted): Promise<void> {
    await this.#mustBeIn().moderate('room:permit', { what, who });
  }

  async endCall(): Promise<void> {
    await this.#mustBeIn().moderate('call:end', {});
  }

  /** Resolves to the number of receivers. @throws CodedError `payload-invalid` (no visible text) … */
  async announce(text: string): Promise<number> {
    if (showsNothing(text)) throw new CodedError('payload-invalid');
    return (await this.#mustBeIn().moderate('announcement:send', { text })).count;
  }

  #mustBeIn(): RoomSession {
    if (!this.#session) throw new CodedError('not-in-room');
    return this.#session;
  }
}
