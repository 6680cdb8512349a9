/**
 * What a moderator may ask of a room. Holds no state: the server decides, and the room's facts tell the result.
 */
import type { Commands, Permitted, RoomPermissions } from '../../server/protocol.ts';
import { showsNothing } from '../../server/texts.ts';
import type { RoomSession } from '../client/room/room-session.ts';
import type { RoomCommand } from '../client/room/session-host.ts';
import { CodedError } from '../internal/coded-error.ts';

export class Moderation {
  readonly #session: RoomSession | null;

  constructor(session: RoomSession | null) {
    this.#session = session;
  }

  /** New people must ask to join a locked room. Resolves to the new state. */
  async lock(on?: boolean): Promise<boolean> {
    const session = this.#mustBeIn();
    const { locked } = await this.#ask('room:lock', { locked: on ?? !session.store.get().locked });
    return locked;
  }

  async admit(participantId: string): Promise<void> {
    await this.#ask('room:admit', { participantId });
  }

  async refuse(participantId: string): Promise<void> {
    await this.#ask('room:refuse', { participantId });
  }

  async remove(participantId: string, withAddress?: true): Promise<void> {
    await this.#ask('participant:remove', { participantId, withAddress });
  }

  async mute(participantId: string): Promise<void> {
    await this.#ask('participant:mute', { participantId });
  }

  /** @param participantId all hands if absent */
  async lowerHand(participantId?: string): Promise<void> {
    await this.#ask('call:lower-hand', participantId === undefined ? {} : { id: participantId });
  }

  async muteAll(): Promise<void> {
    await this.#ask('call:mute-all', {});
  }

  async setPermission(what: keyof RoomPermissions, who: Permitted): Promise<void> {
    await this.#ask('room:permit', { what, who });
  }

  async endCall(): Promise<void> {
    await this.#ask('call:end', {});
  }

  /** Resolves to the number of receivers. @throws CodedError `payload-invalid` (no visible text) … */
  async announce(text: string): Promise<number> {
    if (showsNothing(text)) throw new CodedError('payload-invalid');
    return (await this.#ask('announcement:send', { text })).count;
  }

  /**
   * A message leaves out a function or a symbol, so `lowerHand()` would lower all hands, and no message can be made of
   * some objects.
   * @throws CodedError `payload-invalid` for such arguments
   */
  async #ask<C extends RoomCommand>(
    command: C,
    fields: Omit<Commands[C]['payload'], 'room'>,
  ): Promise<Commands[C]['value']> {
    const session = this.#mustBeIn();
    const isPlain = Object.values(fields).every((value) => /^(?:string|boolean|undefined)$/.test(typeof value));
    if (!isPlain) throw new CodedError('payload-invalid');
    return session.moderate(command, fields);
  }

  #mustBeIn(): RoomSession {
    if (!this.#session) throw new CodedError('not-in-room');
    return this.#session;
  }
}
