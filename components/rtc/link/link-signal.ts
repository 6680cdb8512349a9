/**
 * The messages between the two ends of one link, and the link's name.
 *
 * They travel as the opaque body of `signal:send`, or over the link's own data channel while the server cannot be
 * reached. Incoming messages are untrusted: only `parseLinkSignal` gives them a type.
 */
import type { SignalBody, TrackInfo, TrackSource } from '../../../server/protocol.ts';
import { parseShown, type Shown } from '../uplink/shown.ts';

const SOURCES: readonly string[] = ['microphone', 'camera', 'screen', 'screen-audio'] satisfies TrackSource[];

/** An offer or its answer. */
export interface DescriptionSignal {
  readonly kind: 'description';
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
  /**
   * The number of the offer, counted by the offerer from 1. An answer carries the number of its offer, so that a stale
   * description is recognised.
   */
  readonly offer: number;
  /** All offers of the sender up to this number are over: answered or withdrawn. */
  readonly past: number;
  /** The last offer of the receiver that the sender has applied. Its answer may still be on the way. */
  readonly taken: number;
  /** What each m-line of the sender carries. */
  readonly tracks: readonly { readonly mid: string; readonly source: TrackSource }[];
  /** True if the sender of this signal can receive Opus with DTX, whose encoder sends next to nothing in silence. */
  readonly dtx?: boolean;
}

export interface CandidateSignal {
  readonly kind: 'candidate';
  /** `null`, or a candidate with an empty string, ends the candidates. */
  readonly candidate: RTCIceCandidateInit | null;
}

/**
 * Several candidates in one message. It is sent only to an end whose presence says `newcomerOffers`, because older
 * clients do not know this signal.
 */
export interface CandidatesSignal {
  readonly kind: 'candidates';
  readonly candidates: readonly RTCIceCandidateInit[];
}

/** What the sender sends and what it mutes. This signal is faster than the roster, and works without the server. */
export interface TracksSignal {
  readonly kind: 'tracks';
  readonly tracks: readonly TrackInfo[];
}

/** Asks for this link's first offer. After a rebuild, the end that may not offer first sends this signal. */
export interface HelloSignal {
  readonly kind: 'hello';
}

/** How large the sender shows the receiver's pictures. Goes over the data channel alone. */
export interface ShownSignal extends Shown {
  readonly kind: 'shown';
}

export type LinkSignal =
  | DescriptionSignal
  | CandidateSignal
  | CandidatesSignal
  | TracksSignal
  | HelloSignal
  | ShownSignal;

/** The most m-lines of a link: microphone, camera, a screen with sound each way, and the data channel. */
const MOST_LINES = 7;
/**
 * The most candidates in one description. A browser tries each with all of its own candidates, for as long as the link
 * exists.
 */
const MOST_PATHS = 200;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isSource = (value: unknown): value is TrackSource => typeof value === 'string' && SOURCES.includes(value);

/**
 * Checks only the fields that are read here. The browser checks the others, and a rejected candidate costs one path.
 */
const isCandidate = (value: unknown): value is RTCIceCandidateInit =>
  isObject(value) && typeof value.candidate === 'string' && typeof (value.usernameFragment ?? '') === 'string';

/** Returns `null` if it is not a link signal, or of a newer version. */
export function parseLinkSignal(value: unknown): LinkSignal | null {
  if (!isObject(value)) return null;
  const { kind, tracks, candidate, candidates, type, sdp, offer, past, taken, dtx } = value;
  if (kind === 'hello') return { kind };
  if (kind === 'shown') {
    const shown = parseShown(value);
    return shown && { kind, ...shown };
  }
  if (kind === 'candidate') return candidate === null || isCandidate(candidate) ? { kind, candidate } : null;
  if (kind === 'candidates')
    return Array.isArray(candidates) ? { kind, candidates: candidates.slice(0, MOST_PATHS).filter(isCandidate) } : null;
  const list = Array.isArray(tracks) ? tracks.filter((track) => isObject(track) && isSource(track.source)) : [];
  if (kind === 'tracks') {
    return { kind, tracks: list.map(({ source, muted }) => ({ source, mid: null, muted: muted === true })) };
  }
  if (kind !== 'description' || (type !== 'offer' && type !== 'answer')) return null;
  if (typeof sdp !== 'string' || typeof offer !== 'number' || typeof past !== 'number') return null;
  // An offer of many short m-lines would need an answer with much longer ones, which exceeds the server's frame limit.
  if (sdp.split(/^m=/m).length > MOST_LINES + 1 || sdp.split('a=candidate').length > MOST_PATHS + 1) return null;
  return {
    kind,
    type,
    sdp,
    offer,
    past,
    taken: typeof taken === 'number' ? taken : 0,
    tracks: list.map(({ source, mid }) => ({ source, mid: typeof mid === 'string' ? mid : '' })),
    ...(dtx === true && { dtx }),
  };
}

/** Turns a signal into the opaque body of `signal:send`. */
export function toSignalBody(signal: LinkSignal): SignalBody {
  return { ...signal };
}

export interface LinkName {
  readonly makerJoinId: string;
  readonly otherJoinId: string;
  /** Grows by one with each rebuilt connection of the same pair. */
  readonly attempt: number;
}

/** Both ends form the same name from the two join ids. The maker is the end that offers first (see `maker.ts`). */
export function formatLinkName({ makerJoinId, otherJoinId, attempt }: LinkName): string {
  return `${makerJoinId}.${otherJoinId}.${attempt}`;
}

export function parseLinkName(link: string): LinkName | null {
  const [makerJoinId, otherJoinId, number, ...rest] = link.split('.');
  if (!makerJoinId || !otherJoinId || !number || rest.length > 0 || !/^\d{1,6}$/.test(number)) return null;
  return { makerJoinId, otherJoinId, attempt: Number(number) };
}
