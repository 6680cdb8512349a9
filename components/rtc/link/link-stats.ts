/**
 * Turns one link's `getStats()` over the last second into figures for people.
 *
 * Owns the differences between one reading and the next. Does not own what is done about them. It stands apart so that
 * a page loads it after joining: seeing and hearing the others does not need it.
 */
import type { Quality } from '../../entities.ts';
import type { Encoded, LimitedBy } from '../uplink/encoder-load.ts';
import { LinkReport, type Entry } from './link-report.ts';
import { Loudness } from './loudness.ts';

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
  /**
   * Why this page sends smaller or fewer pictures than intended; `null` for no reason, or if the browser does not tell.
   */
  readonly limitedBy: LimitedBy;
}

const sum = (
  entries: readonly Entry[],
  name: 'bytesSent' | 'bytesReceived' | 'packetsReceived' | 'packetsLost' | 'freezeCount',
): number => entries.reduce((total, entry) => total + (entry[name] ?? 0), 0);

/** The limit that matters most of several pictures. */
const limitOf = (outbound: readonly Entry[]): LimitedBy =>
  (['cpu', 'bandwidth'] as const).find((limit) =>
    outbound.some(({ qualityLimitationReason }) => qualityLimitationReason === limit),
  ) ?? null;

interface Reading {
  readonly at: number;
  /** Seconds that each encoder worked, by its id. */
  readonly encoded: ReadonlyMap<string, number>;
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
  readonly #report = new LinkReport();
  readonly #heard = new Loudness();
  readonly #said = new Loudness();
  #busyRatio = 0;

  /** How hard the encoders of this link work; `null` before the first reading. */
  get encoded(): Encoded | null {
    return this.#figures && { limitedBy: this.#figures.limitedBy, busyRatio: this.#busyRatio };
  }

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
    const inbound = this.#report.read(report, 'inbound-rtp');
    const outbound = this.#report.read(report, 'outbound-rtp');
    const { pair, candidates } = this.#report.readPath(report);
    const reading: Reading = {
      at: now,
      encoded: new Map(outbound.map(({ id, totalEncodeTime = 0 }) => [id, totalEncodeTime])),
      sent: sum(outbound, 'bytesSent'),
      received: sum(inbound, 'bytesReceived'),
      packets: sum(inbound, 'packetsReceived'),
      lost: sum(inbound, 'packetsLost'),
    };
    const last = this.#last ?? reading;
    this.#last = reading;
    const packets = reading.packets - last.packets;
    if (packets > 0) this.#flowedAt = now;
    const busySeconds = [...reading.encoded].map(([id, total]) => total - (last.encoded.get(id) ?? total));
    this.#busyRatio = now > last.at ? (Math.max(0, ...busySeconds) * 1_000) / (now - last.at) : 0;
    const lost = Math.max(0, reading.lost - last.lost);
    const loss = packets + lost > 0 ? lost / (packets + lost) : null;
    const before = this.#figures?.lossRatio ?? null;
    const kbps = (bytes: number) => (now > last.at ? Math.max(0, Math.round((bytes * 8) / (now - last.at))) : 0);
    const video = inbound
      .filter(({ kind }) => kind === 'video')
      .toSorted((a, b) => (b.framesPerSecond ?? 0) - (a.framesPerSecond ?? 0))[0];
    const roundTrip =
      pair?.currentRoundTripTime ??
      this.#report.read(report, 'remote-inbound-rtp').find((entry) => entry.roundTripTime)?.roundTripTime;
    return (this.#figures = {
      roundTripMs: roundTrip === undefined ? null : Math.round(roundTrip * 1_000),
      lossRatio: loss === null || before === null ? (loss ?? before) : before * LOSS_MEMORY + loss * (1 - LOSS_MEMORY),
      sentKbps: kbps(reading.sent - last.sent),
      receivedKbps: kbps(reading.received - last.received),
      framesPerSecond: video ? (video.framesPerSecond ?? 0) : null,
      frameWidth: video?.frameWidth ?? null,
      frameHeight: video?.frameHeight ?? null,
      freezeCount: sum(inbound, 'freezeCount'),
      relayed: candidates.some(({ candidateType }) => candidateType === 'relay'),
      limitedBy: limitOf(outbound),
    });
  }

  /** How loud the remote track with this id was since the last reading, 0 to 1; `null` if nothing of it was played. */
  readLevel(report: RTCStatsReport, trackId: string): number | null {
    const heard = this.#report.readOne(report, 'inbound-rtp', ({ trackIdentifier }) => trackIdentifier === trackId);
    return heard ? this.#heard.read(heard) : null;
  }

  /**
   * This page's own microphone as it is sent: its level since the last reading, 0 to 1, and the sum of its energy so
   * far. `null` if the browser has no new figures.
   */
  readMicrophone(report: RTCStatsReport): { level: number; energy: number } | null {
    const said = this.#report.readOne(report, 'media-source', ({ kind }) => kind === 'audio');
    const level = said && this.#said.read(said);
    return typeof level === 'number' ? { level, energy: said?.totalAudioEnergy ?? 0 } : null;
  }
}
