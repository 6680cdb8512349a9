import { expect } from 'chai';
import { LinkReport, type Entry } from '../../../components/rtc/link/link-report.ts';
import { Loudness } from '../../../components/rtc/link/loudness.ts';

/** A report of `getStats()` that counts reads of single entries, and iterations over all entries. */
class CountedReport extends Map<string, Entry> {
  all = 0;
  single = 0;

  override get(id: string): Entry | undefined {
    this.single++;
    return super.get(id);
  }

  override values(): MapIterator<Entry> {
    this.all++;
    return super.values();
  }
}

const entry = (id: string, type: string, fields: Partial<Entry> = {}): [string, Entry] => [
  id,
  { id, type, timestamp: 0, ...fields } as Entry,
];

const fill = (...more: [string, Entry][]): CountedReport =>
  new CountedReport([
    entry('in', 'inbound-rtp', { kind: 'audio' }),
    entry('out', 'outbound-rtp'),
    entry('way', 'transport', { selectedCandidatePairId: 'pair' }),
    entry('pair', 'candidate-pair', { localCandidateId: 'local', remoteCandidateId: 'remote' }),
    entry('local', 'local-candidate', { candidateType: 'host' }),
    entry('remote', 'remote-candidate', { candidateType: 'relay' }),
    ...Array.from({ length: 40 }, (_, index) => entry(`codec ${index}`, 'codec')),
    ...more,
  ]);

const read = (reader: LinkReport, report: CountedReport, type: Parameters<LinkReport['read']>[1]): string[] =>
  reader.read(report as unknown as RTCStatsReport, type).map(({ id }) => id);

describe('a report of a link', () => {
  it('is read whole once, then only by the ids that are of use', () => {
    const reader = new LinkReport();
    const first = fill();
    expect(read(reader, first, 'inbound-rtp')).to.deep.equal(['in']);
    expect(first.all).to.equal(1);
    const second = fill();
    expect(read(reader, second, 'outbound-rtp')).to.deep.equal(['out']);
    const { pair, candidates } = reader.readPath(second as unknown as RTCStatsReport);
    expect([pair?.id, ...candidates.map(({ candidateType }) => candidateType)]).to.deep.equal([
      'pair',
      'host',
      'relay',
    ]);
    expect([second.all, second.single]).to.deep.equal([0, 5]);
  });

  it('is read whole again when an entry is new, and when one was replaced', () => {
    const reader = new LinkReport();
    read(reader, fill(), 'inbound-rtp');
    const grown = fill(entry('in 2', 'inbound-rtp'));
    expect(read(reader, grown, 'inbound-rtp')).to.deep.equal(['in', 'in 2']);
    const replaced = fill(entry('in 3', 'inbound-rtp'));
    expect(read(reader, replaced, 'inbound-rtp')).to.deep.equal(['in', 'in 3']);
    expect([grown.all, replaced.all]).to.deep.equal([1, 1]);
  });

  it('reads one entry alone while it is the same as before', () => {
    const reader = new LinkReport();
    const isAudio = ({ kind }: Entry): boolean => kind === 'audio';
    const readOne = (report: CountedReport) =>
      reader.readOne(report as unknown as RTCStatsReport, 'inbound-rtp', isAudio);
    const first = fill(entry('picture', 'inbound-rtp', { kind: 'video' }));
    expect(readOne(first)?.id).to.equal('in');
    const second = fill(entry('picture', 'inbound-rtp', { kind: 'video' }));
    expect(readOne(second)?.id).to.equal('in');
    expect([second.all, second.single]).to.deep.equal([0, 1]);
    const replaced = fill(entry('in 2', 'inbound-rtp', { kind: 'audio' }));
    replaced.delete('in');
    expect(readOne(replaced)?.id, 'after it was replaced').to.equal('in 2');
    expect(readOne(new CountedReport()), 'when there is none').to.equal(undefined);
  });

  it('looks for the path only with every third reading, or when the pair is gone', () => {
    const reader = new LinkReport();
    const readPair = (report: CountedReport) => reader.readPath(report as unknown as RTCStatsReport).pair?.id;
    const moved = (): CountedReport =>
      new CountedReport([
        ...fill(),
        entry('way', 'transport', { selectedCandidatePairId: 'pair 2' }),
        entry('pair 2', 'candidate-pair'),
      ]);
    expect(readPair(fill())).to.equal('pair');
    const same = fill();
    expect([readPair(same), same.single]).to.deep.equal(['pair', 1]);
    expect([readPair(moved()), readPair(moved())], 'after it has moved').to.deep.equal(['pair', 'pair 2']);
    expect(readPair(fill()), 'when the pair is gone').to.equal('pair');
  });

  it('has the pair in use also where no transport tells it, as in Firefox', () => {
    const report = new CountedReport([
      entry('a', 'candidate-pair', { selected: false }),
      entry('b', 'candidate-pair', { selected: true }),
    ]);
    expect(new LinkReport().readPath(report as unknown as RTCStatsReport).pair?.id).to.equal('b');
  });
});

describe('loudness', () => {
  const sound = (energy: number, seconds: number, track = 'x'): Entry =>
    entry('in', 'inbound-rtp', { totalAudioEnergy: energy, totalSamplesDuration: seconds, trackIdentifier: track })[1];

  it('is what was heard since the last reading, however long ago that was', () => {
    const loudness = new Loudness();
    expect(loudness.read(sound(0, 1))).to.equal(0);
    expect(loudness.read(sound(0.01, 2))).to.be.closeTo(0.1, 1e-9);
    expect(loudness.read(sound(0.01, 5))).to.equal(0);
  });

  it('is unknown while nothing is played, and begins again with another track', () => {
    const loudness = new Loudness();
    loudness.read(sound(1, 10));
    expect(loudness.read(sound(1, 10))).to.equal(null);
    expect(loudness.read(sound(0.04, 1, 'y'))).to.be.closeTo(0.2, 1e-9);
  });

  it('is the level of the moment where the browser sums up no energy', () => {
    expect(new Loudness().read(entry('in', 'inbound-rtp', { audioLevel: 0.3 })[1])).to.equal(0.3);
  });
});
