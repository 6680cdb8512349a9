/**
 * The participants as the code of a page receives them, from the properties and events of an element.
 *
 * If that code reads a participant's stream, it may show the picture at any size, which no element can measure. Owns
 * noticing such reads. The elements themselves read the originals. Each object of the call has exactly one object for
 * the page, so that the page sees a new object only when the participant changed.
 */
import type { CallParticipant } from '../entities.ts';
import type { VideoSource } from '../rtc/uplink/shown.ts';

export class GivenParticipants {
  /** The id of the participant whose tile is pinned. */
  pinned: string | null = null;
  /** The raised hand of a participant. Set by what loads late, which knows the queue. */
  handOf?: (id: string) => { readonly since: Date; readonly place: number } | undefined;
  /** By the participant's id, so that the volume outlives a connection. */
  readonly volumes = new Map<string, number>();
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
    const known = this.#given.get(participant);
    if (known) return known;
    const { id, isSelf } = participant;
    const take = (source: VideoSource, stream: MediaStream | null): MediaStream | null => {
      if (stream && !isSelf) this.#onTaken(id, source);
      return stream;
    };
    const getters: { readonly [Name in keyof CallParticipant]?: () => CallParticipant[Name] } = {
      isPinned: () => this.pinned === id,
      hand: () => this.handOf?.(id)?.since ?? null,
      handPlace: () => this.handOf?.(id)?.place ?? null,
      volume: () => this.volumes.get(id) ?? 1,
      stream: () => take('camera', participant.stream),
      screenStream: () => take('screen', participant.screenStream),
    };
    // Getters of the original stay getters: `speaking`, for example, must have its value at the time of reading.
    const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(participant);
    for (const [name, get] of Object.entries(getters)) descriptors[name] = { get, enumerable: true };
    const given = Object.defineProperties({} as CallParticipant, descriptors);
    this.#given.set(participant, given);
    return given;
  }
}
