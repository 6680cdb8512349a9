/**
 * The words that the two ends of one link say to each other, and the link's name.
 *
 * They travel as the unread body of `signal:send`, or over the link's own data channel while signaling
 * is away. What comes in is somebody else's: `parseLinkSignal` alone turns it into a type.
 */
import type { SignalBody, TrackInfo, TrackSource } from '../../../server/protocol.ts';

const SOURCES: readonly string[] = ['microphone', 'camera', 'screen', 'screen-audio'] satisfies TrackSource[];

/** An offer or its answer. */
export interface DescriptionSignal {
  readonly kind: 'description';
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
  /** Which of the offerer's offers this is, or answers: a stale one is told by it. */
  readonly offer: number;
  /** The sender's own offers up to this one are past: answered, or taken back. */
  readonly past: number;
  /** The last of the receiver's offers that the sender has taken; its answer may still be on the way. */
  readonly taken: number;
  /** What the sender's m-lines carry. */
  readonly tracks: readonly { readonly mid: string; readonly source: TrackSource }[];
}

export interface CandidateSignal {
  readonly kind: 'candidate';
  /** Null, or one with an empty string, ends the candidates. */
  readonly candidate: RTCIceCandidateInit | null;
}

/** What the sender sends and holds back; quicker than the roster, and there when signaling is not. */
export interface TracksSignal {
  readonly kind: 'tracks';
  readonly tracks: readonly TrackInfo[];
}

/** Asks the other end for this link's first offer: sent by the one who may not offer first, after a rebuild. */
export interface HelloSignal {
  readonly kind: 'hello';
}

export type LinkSignal = DescriptionSignal | CandidateSignal | TracksSignal | HelloSignal;

/** The most m-lines a link can have: microphone and camera, a screen and its sound each way, the data channel. */
const MOST_LINES = 7;
/** The most paths in one description: a browser tries each with all of its own, for as long as the link lives. */
const MOST_PATHS = 200;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isSource = (value: unknown): value is TrackSource => typeof value === 'string' && SOURCES.includes(value);

/** The fields that we read: the browser looks at the others, and what it refuses costs one path. */
const isCandidate = (value: unknown): value is RTCIceCandidateInit =>
  isObject(value) && typeof value.candidate === 'string' && typeof (value.usernameFragment ?? '') === 'string';

/** Null where it is none of ours, or of a version that knows more than this one. */
export function parseLinkSignal(value: unknown): LinkSignal | null {
  if (!isObject(value)) return null;
  const { kind, tracks, candidate, type, sdp, offer, past, taken } = value;
  if (kind === 'hello') return { kind };
  if (kind === 'candidate') return candidate === null || isCandidate(candidate) ? { kind, candidate } : null;
  const list = Array.isArray(tracks) ? tracks.filter((track) => isObject(track) && isSource(track.source)) : [];
  if (kind === 'tracks') {
    return { kind, tracks: list.map(({ source, muted }) => ({ source, mid: null, muted: muted === true })) };
  }
  if (kind !== 'description' || (type !== 'offer' && type !== 'answer')) return null;
  if (typeof sdp !== 'string' || typeof offer !== 'number' || typeof past !== 'number') return null;
  // Answered, each line costs us far more bytes than it cost the sender, and our own frame would be too large for the server.
  if (sdp.split(/^m=/m).length > MOST_LINES + 1 || sdp.split('a=candidate').length > MOST_PATHS + 1) return null;
  return {
    kind,
    type,
    sdp,
    offer,
    past,
    taken: typeof taken === 'number' ? taken : 0,
    tracks: list.map(({ source, mid }) => ({ source, mid: typeof mid === 'string' ? mid : '' })),
  };
}

/** A signal as the wire's opaque body. */
export function toSignalBody(signal: LinkSignal): SignalBody {
  return { ...signal };
}

export interface LinkName {
  readonly makerJoinId: string;
  readonly otherJoinId: string;
  /** Grows by one with each rebuilt connection of the same pair. */
  readonly attempt: number;
}

/** Both ends make the same one out of the two presences. */
export function formatLinkName({ makerJoinId, otherJoinId, attempt }: LinkName): string {
  return `${makerJoinId}.${otherJoinId}.${attempt}`;
}

export function parseLinkName(link: string): LinkName | null {
  const [makerJoinId, otherJoinId, number, ...rest] = link.split('.');
  if (!makerJoinId || !otherJoinId || !number || rest.length > 0 || !/^\d{1,6}$/.test(number)) return null;
  return { makerJoinId, otherJoinId, attempt: Number(number) };
}
