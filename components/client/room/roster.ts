/**
 * The participants of one room, as they are shown.
 *
 * Owns the difference between the server's list and the visible one. After the server lost its state, the other
 * participants are still reconnecting. They and their presence in the call are held until they return or `dropHeld()`
 * is called. Every change is returned as a difference, so that a snapshot after a lost connection disturbs only the
 * participants that changed. Does not own time or events.
 */
import type { LeaveReason, ParticipantInfo } from '../../../server/protocol.ts';

export interface RosterDifference {
  joined: ParticipantInfo[];
  left: { participant: ParticipantInfo; reason: LeaveReason }[];
  changed: ParticipantInfo[];
}

export class Roster {
  #present = new Map<string, ParticipantInfo>();
  #held = new Map<string, ParticipantInfo>();
  #shown: readonly ParticipantInfo[] = [];

  get shown(): readonly ParticipantInfo[] {
    return this.#shown;
  }

  get(id: string): ParticipantInfo | undefined {
    return this.#shown.find((participant) => participant.id === id);
  }

  /**
   * @param hold true keeps participants and call presences that are missing until they return
   * @param formerSelf this participant's previous id, which does not return if it differs from `self`
   */
  handleSnapshot(
    participants: readonly ParticipantInfo[],
    hold = false,
    formerSelf?: string | null,
    self = formerSelf,
  ): RosterDifference {
    if (hold) {
      this.#held = new Map(this.#shown.map((participant) => [participant.id, participant]));
      if (formerSelf && formerSelf !== self) this.#held.delete(formerSelf);
      const own = self && this.#held.get(self);
      // The server no longer knows when this page entered the call: it enters again, later than all others.
      if (own && own.call) this.#held.set(self, { ...own, call: { ...own.call, since: undefined } });
    }
    this.#present = new Map();
    for (const participant of participants) this.#set(participant);
    return this.#show('lost');
  }

  /** A participant arrived or changed. */
  handleEntry(participant: ParticipantInfo): RosterDifference {
    this.#set(participant);
    return this.#show('lost');
  }

  handleLeft(id: string, reason: LeaveReason): RosterDifference {
    this.#present.delete(id);
    this.#held.delete(id);
    return this.#show(reason);
  }

  /** Drops the participants who have not returned. */
  dropHeld(): RosterDifference {
    this.#held.clear();
    return this.#show('lost');
  }

  #set(participant: ParticipantInfo): void {
    this.#present.set(participant.id, participant);
    const held = this.#held.get(participant.id);
    // Back in the call, or never in it: there is nothing left to hold.
    if (held && (participant.call || !held.call)) this.#held.delete(participant.id);
  }

  #show(reason: LeaveReason): RosterDifference {
    const difference: RosterDifference = { joined: [], left: [], changed: [] };
    const shown: ParticipantInfo[] = [];
    // Known participants keep their place, whatever the order of a new snapshot.
    for (const before of this.#shown) {
      const now = this.#current(before.id);
      if (!now) difference.left.push({ participant: before, reason });
      else if (JSON.stringify(now) === JSON.stringify(before)) shown.push(before);
      else {
        shown.push(now);
        difference.changed.push(now);
      }
    }
    const known = new Set(shown.map(({ id }) => id));
    for (const id of this.#present.keys()) {
      if (known.has(id)) continue;
      const now = this.#current(id)!;
      shown.push(now);
      difference.joined.push(now);
    }
    const { joined, left, changed } = difference;
    if (joined.length + left.length + changed.length) this.#shown = shown;
    return difference;
  }

  #current(id: string): ParticipantInfo | undefined {
    const present = this.#present.get(id);
    const held = this.#held.get(id);
    if (!held) return present;
    return present ? { ...present, call: present.call ?? held.call } : { ...held, connected: false };
  }
}
