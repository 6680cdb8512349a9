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
const TRUSTED_READINGS = 40;
/** A path counts as the same for this many readings. A change of it restarts nothing here and is only shown. */
const TRUSTED_PATHS = 3;

interface Path {
  readonly pair: Entry | undefined;
  readonly candidates: readonly Entry[];
}

export class LinkReport {
  #ids = new Map<EntryType, readonly string[]>();
  /** The id of the entry that `readOne` found last, for each type. */
  readonly #found = new Map<EntryType, string>();
  #path: Path | null = null;
  #paths = 0;
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

  /** The first entry of one type that `matches`. Reads no other one while this is the same as before. */
  readOne(stats: RTCStatsReport, type: EntryType, matches: (entry: Entry) => boolean): Entry | undefined {
    const id = this.#found.get(type);
    const known = id === undefined ? undefined : (stats as unknown as Report).get(id);
    if (known && matches(known)) return known;
    const found = this.read(stats, type).find(matches);
    if (found) this.#found.set(type, found.id);
    return found;
  }

  /** The candidate pair in use, with its candidates. */
  readPath(stats: RTCStatsReport): Path {
    const pair = this.#path?.pair && (stats as unknown as Report).get(this.#path.pair.id);
    if (pair && ++this.#paths < TRUSTED_PATHS) return { ...this.#path!, pair };
    this.#paths = 0;
    return (this.#path = this.#findPath(stats));
  }

  #findPath(stats: RTCStatsReport): Path {
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
