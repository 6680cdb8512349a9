/**
 * Reads the entries of a link's `getStats()` that are of use here.
 *
 * Owns which entries these are. A report has dozens of entries, and a browser makes an object of each one that is read.
 * Reading only known ids keeps a page cheap that reads the reports of all links for hours. All entries are read again
 * when their number changes, when a known one is missing, and now and then.
 */

/** The fields that are read here. Browsers fill them differently. */
export type Entry = RTCStats &
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
      | 'totalEncodeTime'
      | 'totalAudioEnergy'
      | 'totalSamplesDuration'
      | 'audioLevel',
      number
    >
  > & {
    kind?: string;
    trackIdentifier?: string;
    qualityLimitationReason?: string;
    selected?: boolean;
    candidateType?: string;
    selectedCandidatePairId?: string;
    localCandidateId?: string;
    remoteCandidateId?: string;
  };

type Report = Pick<ReadonlyMap<string, Entry>, 'get' | 'values' | 'size'>;

const TYPES = ['inbound-rtp', 'outbound-rtp', 'remote-inbound-rtp', 'media-source', 'transport'] as const;
type EntryType = (typeof TYPES)[number];

/** After this many calls of `read`, all entries are read again. */
const TRUSTED_READINGS = 100;

export class LinkReport {
  #ids = new Map<EntryType, readonly string[]>();
  #size = -1;
  #readings = 0;

  /** The entries of one type. */
  read(stats: RTCStatsReport, type: EntryType): Entry[] {
    const report = stats as unknown as Report;
    if (report.size !== this.#size || ++this.#readings > TRUSTED_READINGS) this.#learn(report);
    const entries = this.#get(report, type);
    if (entries.every((entry) => entry !== undefined)) return entries;
    this.#learn(report);
    return this.#get(report, type).filter((entry) => entry !== undefined);
  }

  /** The candidate pair in use, with its candidates. */
  readPath(stats: RTCStatsReport): { pair: Entry | undefined; candidates: readonly Entry[] } {
    const report = stats as unknown as Report;
    const id = this.read(stats, 'transport')[0]?.selectedCandidatePairId;
    // Firefox has no `transport` entry and marks the pair itself.
    const pair = id
      ? report.get(id)
      : [...report.values()].find(({ type, selected }) => type === 'candidate-pair' && selected);
    const candidates = [pair?.localCandidateId, pair?.remoteCandidateId].map((one) => one && report.get(one));
    return { pair, candidates: candidates.filter((one) => one !== undefined && one !== '') };
  }

  #get(report: Report, type: EntryType): (Entry | undefined)[] {
    return (this.#ids.get(type) ?? []).map((id) => report.get(id));
  }

  #learn(report: Report): void {
    this.#size = report.size;
    this.#readings = 0;
    const entries = [...report.values()];
    this.#ids = new Map(
      TYPES.map((type) => [type, entries.filter((entry) => entry.type === type).map(({ id }) => id)] as const),
    );
  }
}
