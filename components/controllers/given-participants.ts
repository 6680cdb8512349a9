/**
 * The participants that a page is given.
 *
 * A page that reads a participant's stream shows it where nobody can see how large. Owns noticing that. The elements
 * themselves read the originals. One object of the call has one object for the page, so that both change together.
 */
import type { CallParticipant } from '../entities.ts';
import type { VideoSource } from '../rtc/uplink/shown.ts';

export class GivenParticipants {
  readonly #onTaken: (id: string, source: VideoSource) => void;
  readonly #given = new WeakMap<CallParticipant, CallParticipant>();
  readonly #lists = new WeakMap<readonly CallParticipant[], readonly CallParticipant[]>();

  /** @param onTaken called each time a page reads the stream of another participant */
  constructor(onTaken: (id: string, source: VideoSource) => void) {
    this.#onTaken = onTaken;
  }

  all(participants: readonly CallParticipant[]): readonly CallParticipant[] {
    const known = this.#lists.get(participants);
    if (known) return known;
    const list = participants.map((participant) => this.one(participant));
    this.#lists.set(participants, list);
    return list;
  }

  one(participant: CallParticipant): CallParticipant {
    if (participant.isSelf) return participant;
    const known = this.#given.get(participant);
    if (known) return known;
    const { id } = participant;
    const onTaken = this.#onTaken;
    const taking = {
      get stream() {
        if (participant.stream) onTaken(id, 'camera');
        return participant.stream;
      },
      get screenStream() {
        if (participant.screenStream) onTaken(id, 'screen');
        return participant.screenStream;
      },
    };
    // With the getters of the original, such as `speaking`, which tells the moment at which it is read.
    const given = Object.defineProperties({} as CallParticipant, {
      ...Object.getOwnPropertyDescriptors(participant),
      ...Object.getOwnPropertyDescriptors(taking),
    });
    this.#given.set(participant, given);
    return given;
  }
}
