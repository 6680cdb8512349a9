/**
 * Turns off what the room no longer permits, and says so; says also what it permits again.
 *
 * Owns the sentence while it is shown, and what it is about. Does not own the permissions (`RoomSession`). The others
 * play nothing of what is not permitted anyway.
 */
import type { LitElement } from 'lit';
import type { CallController } from '../../controllers/call-controller.ts';
import type { RoomSessionSnapshot } from '../../client/room/room-snapshot.ts';
import { may } from '../../controllers/call/room-permissions.ts';
import { ignore } from '../../internal/ignore.ts';
import type { Restricted } from '../more/restricted.ts';
import type { Permissible, Trouble } from '../situation.ts';
import type { UserActions } from '../user-actions.ts';

type Device = keyof Restricted;

export interface RestrictionsParts {
  readonly element: LitElement;
  readonly call: CallController;
  readonly actions: UserActions;
  /** What the room may leave to moderators. */
  readonly restricted: Restricted;
}

/** What each device is for, as the keys of the sentences name it, in their order. */
const DEVICES: readonly (readonly [Device, string])[] = [
  ['microphone', 'Speak'],
  ['camera', 'Show'],
  ['screen', 'Share'],
];

const namesOf = (devices: ReadonlySet<Device>): Permissible =>
  DEVICES.map(([device, name]) => (devices.has(device) ? name : '')).join('') as Permissible;

export class Restrictions {
  readonly #parts: RestrictionsParts;
  /** What was not permitted when this last looked. */
  readonly #refused = new Set<Device>();
  /** Of these, what was on. */
  readonly #taken = new Set<Device>();
  /** Why there is a sentence: devices that were turned off, and those that may be turned on again. */
  readonly #off = new Set<Device>();
  readonly #again = new Set<Device>();
  #said: Trouble | null = null;

  constructor(parts: RestrictionsParts) {
    this.#parts = parts;
  }

  /** Called for another room. */
  reset(): void {
    for (const devices of [this.#refused, this.#taken, this.#off, this.#again]) devices.clear();
  }

  /** Called for each change of the room and of the call. @param isIn true in the call */
  look(snapshot: RoomSessionSnapshot | null, isIn: boolean): void {
    const { call, actions, restricted } = this.#parts;
    // A press ended the sentence, or has its own.
    if (actions.trouble !== this.#said) this.#forget();
    let isNews = false;
    for (const [device] of DEVICES) {
      const isAllowed = may(device, snapshot);
      const isAgain = isAllowed && this.#refused.delete(device);
      // What is said as well, although it was off.
      const isMore = !isAllowed && this.#off.size > 0 && !this.#refused.has(device);
      if (!isAllowed) this.#refused.add(device);
      if (isAgain) {
        this.#off.delete(device);
        // Of what nobody took, only speaking matters to everybody.
        const isGiven = this.#taken.delete(device) || device === 'microphone';
        if (isGiven && isIn && snapshot?.role === 'participant') this.#again.add(device);
      } else if (!isAllowed && isIn && call[device]) {
        call[restricted[device].toggle](false).catch(ignore);
        this.#off.add(device);
        this.#taken.add(device);
        this.#again.delete(device);
      } else if (isAllowed || !(this.#again.delete(device) || isMore)) continue;
      isNews = true;
    }
    if (isNews) this.#say();
  }

  #say(): void {
    const { actions, element } = this.#parts;
    const { trouble } = actions;
    // What was taken is more urgent than what was given.
    if (this.#off.size > 0) this.#said = `callMayNot${namesOf(this.#refused)}`;
    else this.#said = this.#again.size > 0 ? `callMay${namesOf(this.#again)}` : null;
    // Nothing to say ends no sentence of something else.
    if (!this.#said && !trouble?.startsWith('callMay')) this.#said = trouble;
    actions.trouble = this.#said;
    element.requestUpdate();
  }

  #forget(): void {
    this.#off.clear();
    this.#again.clear();
    this.#said = this.#parts.actions.trouble;
  }
}
