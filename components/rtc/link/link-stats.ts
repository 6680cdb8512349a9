/**
 * Turns one link's `getStats()` over the last second into figures for people.
 *
 * Owns the differences between one reading and the next. Does not own what is done about them. It stands apart so that
 * a page loads it after joining: seeing and hearing the others does not need it.
 */
import type { Quality } from '../../entities.ts';

// One chunk for everything that a call needs late.
export { tryRelays } from './relay-trial.ts';

/** The entry of one participant in `getStats()` of `<video-call>`. `null` where nothing is known yet. */
export interface LinkFigures {
  /** Round trip in milliseconds. */
  readonly roundTripMs: number | null;
  /** Share of packets that did not arrive here, 0 to 1. */
  readonly lossRatio: number | null;
  readonly sentKbps: number;
  readonly receivedKbps: number;
  readonly framesPerSecond: number | null;
  readonly frameWidth: number | null;
  readonly frameHeight: number | null;
  readonly freezeCount: number;
  /** True if a TURN server carries the link. */
  readonly relayed: boolean;
}

/** The fields that are read here. Browsers fill them differently. */
type Entry = RTCStats &
  Partial<
    Record<
      | 'bytesSent'
      | 'bytesReceived'
      | 'packetsReceived'
      | 'packetsLost'
      | 'currentRoundTripTime'
      | 'roundTripTime'
      | 'framesPerSecond'
      | 'frameWidth'
      | 'frameHeight'
      | 'freezeCount'
      | 'totalAudioEnergy'
      | 'audioLevel',
      number
    >
  > & {
    kind?: string;
    selected?: boolean;
    nominated?: boolean;
    state?: string;
    candidateType?: string;
    selectedCandidatePairId?: string;
    localCandidateId?: string;
    remoteCandidateId?: string;
  };

const entriesOf = (report: RTCStatsReport): Entry[] => [...(report as unknown as Map<string, Entry>).values()];

/** Finds the candidate pair in use. Firefox has no `transport` entry and marks the pair itself. */
function findPair(entries: readonly Entry[]): Entry | undefined {
  const id = entries.find(({ type }) => type === 'transport')?.selectedCandidatePairId;
  return entries.find((entry) => entry.type === 'candidate-pair' && (id ? entry.id === id : entry.selected));
}

const sum = (
  entries: readonly Entry[],
  name: 'bytesSent' | 'bytesReceived' | 'packetsReceived' | 'packetsLost' | 'freezeCount',
): number => entries.reduce((total, entry) => total + (entry[name] ?? 0), 0);

interface Reading {
  readonly at: number;
  readonly sent: number;
  readonly received: number;
  readonly packets: number;
  readonly lost: number;
}

/** Weight of the previous loss in each new figure. */
const LOSS_MEMORY = 0.5;

export class LinkStats {
  #last: Reading | null = null;
  #flowedAt: number | null = null;
  #figures: LinkFigures | null = null;

  get figures(): LinkFigures | null {
    return this.#figures;
  }

  /** The figures as one word. */
  get quality(): Quality {
    if (!this.#figures) return 'unknown';
    const { roundTripMs, lossRatio } = this.#figures;
    const loss = lossRatio ?? 0;
    const delay = roundTripMs ?? 0;
    if (loss > 0.08 || delay > 600) return 'poor';
    return loss > 0.02 || delay > 250 ? 'fair' : 'good';
  }

  /** Milliseconds since the last media packet arrived; `null` before the first. */
  silentMs(now: number): number | null {
    return this.#flowedAt === null ? null : now - this.#flowedAt;
  }

  handleReport(report: RTCStatsReport, now: number): LinkFigures {
    const entries = entriesOf(report);
    const inbound = entries.filter(({ type }) => type === 'inbound-rtp');
    const outbound = entries.filter(({ type }) => type === 'outbound-rtp');
    const pair = findPair(entries);
    const reading: Reading = {
      at: now,
      sent: sum(outbound, 'bytesSent'),
      received: sum(inbound, 'bytesReceived'),
      packets: sum(inbound, 'packetsReceived'),
      lost: sum(inbound, 'packetsLost'),
    };
    const last = this.#last ?? reading;
    this.#last = reading;
    const packets = reading.packets - last.packets;
    if (packets > 0) this.#flowedAt = now;
    const lost = Math.max(0, reading.lost - last.lost);
    const loss = packets + lost > 0 ? lost / (packets + lost) : null;
    const before = this.#figures?.lossRatio ?? null;
    const kbps = (bytes: number) => (now > last.at ? Math.max(0, Math.round((bytes * 8) / (now - last.at))) : 0);
    const video = inbound
      .filter(({ kind }) => kind === 'video')
      .toSorted((a, b) => (b.framesPerSecond ?? 0) - (a.framesPerSecond ?? 0))[0];
    const roundTrip =
      pair?.currentRoundTripTime ??
      entries.find(({ type, roundTripTime }) => type === 'remote-inbound-rtp' && roundTripTime)?.roundTripTime;
    const isRelay = (id: string | undefined) =>
      entries.some((entry) => entry.id === id && entry.candidateType === 'relay');
    return (this.#figures = {
      roundTripMs: roundTrip === undefined ? null : Math.round(roundTrip * 1_000),
      lossRatio: loss === null || before === null ? (loss ?? before) : before * LOSS_MEMORY + loss * (1 - LOSS_MEMORY),
      sentKbps: kbps(reading.sent - last.sent),
      receivedKbps: kbps(reading.received - last.received),
      framesPerSecond: video ? (video.framesPerSecond ?? 0) : null,
      frameWidth: video?.frameWidth ?? null,
      frameHeight: video?.frameHeight ?? null,
      freezeCount: sum(inbound, 'freezeCount'),
      relayed: isRelay(pair?.localCandidateId) || isRelay(pair?.remoteCandidateId),
    });
  }
}

/** Reads this participant's microphone from a sender's report: current level, 0 to 1, and total energy so far. */
export function readMicrophone(report: RTCStatsReport): { level: number; energy: number } | null {
  const source = entriesOf(report).find(({ type, kind }) => type === 'media-source' && kind === 'audio');
  return source?.audioLevel === undefined ? null : { level: source.audioLevel, energy: source.totalAudioEnergy ?? 0 };
}
