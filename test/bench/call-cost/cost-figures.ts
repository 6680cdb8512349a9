/** What was measured of the cost of a call, and what the documents and the targets read out of it. */
import { median, spread } from '../figures.ts';
import type { Target } from '../first-picture/series.ts';
import type { BrowserLoad } from './browser-load.ts';
import type { ProcessKind } from './process-tree.ts';
import type { ShownFigures } from './shown-sizes.ts';
import type { SixFigures, SixWay } from './six.ts';
import type { SoundFigures } from './sound.ts';
import type { Sound } from './sources.ts';

type Side = 'sarangbang' | 'PeerJS';

const LOAD_OF_PEERJS = 1.2;
const SMALL_KBPS = 100;
const HIDDEN_KBPS = 5;
const UPLINK_OF_OFF = 0.5;
const ENCODING_OF_OFF = 0.6;
const SILENCE_KBPS = 8;
const SPEECH_KBPS = 40;
/** The ratio that still counts as "not worse": two runs of the same page differ by less. */
const NOT_WORSE = 1.05;

const PROCESSES = ['all', 'renderer', 'gpu', 'audio', 'network', 'video capture', 'browser', 'other'] as const;

const SOUND_NAMES: Record<Sound, string> = {
  silence: 'silence after speech, kbps',
  listener: 'noise of a room in which nobody has spoken yet, kbps',
  speech: 'speech, kbps',
  talk: 'speech with pauses, at 5 % loss: concealed %',
};

export interface Table {
  heads: string[];
  rows: string[][];
}

export class CostFigures {
  readonly #loads: Record<Side, BrowserLoad[]> = { sarangbang: [], PeerJS: [] };
  readonly #shown: ShownFigures[] = [];
  readonly #six: Record<SixWay, SixFigures>[] = [];
  readonly #sounds = new Map<Sound, Record<'today' | 'before', SoundFigures>[]>();

  addLoad(side: Side, load: BrowserLoad): void {
    this.#loads[side].push(load);
  }

  addShown(figures: ShownFigures): void {
    this.#shown.push(figures);
  }

  addSix(figures: Record<SixWay, SixFigures>): void {
    this.#six.push(figures);
  }

  addSound(sound: Sound, figures: Record<'today' | 'before', SoundFigures>): void {
    this.#sounds.set(sound, [...(this.#sounds.get(sound) ?? []), figures]);
  }

  #load(side: Side, kind: ProcessKind | 'all'): number[] {
    return this.#loads[side].map(({ load }) => load.get(kind) ?? 0);
  }

  #ofSix(way: SixWay, name: keyof SixFigures): number[] {
    return this.#six.map((figures) => figures[way][name]);
  }

  /** The median of the ratios of each run. */
  #sixRatio(name: keyof SixFigures, above: SixWay, below: SixWay): number {
    return median(this.#six.map((figures) => figures[above][name] / figures[below][name]));
  }

  #ofSound(sound: Sound, end: 'today' | 'before', name: keyof SoundFigures): number[] {
    return (this.#sounds.get(sound) ?? []).map((figures) => figures[end][name]);
  }

  /** Medians with their spread, a table for each group of rows that was measured. */
  tables(): Table[] {
    const tables: Table[] = [];
    if (this.#loads.sarangbang.length > 0) tables.push(this.#loadTable());
    if (this.#shown.length > 0) {
      const row = (what: string, name: keyof ShownFigures): string[] => [
        what,
        spread(
          this.#shown.map((figures) => figures[name]),
          1,
        ),
      ];
      tables.push({
        heads: ['a page in a call of three receives, kbps of one picture', 'median (from, to)'],
        rows: [
          row('shown at full size', 'full'),
          row('in a tile of at most 160 px', 'small'),
          row('not shown', 'hidden'),
          row('the width of the small tile, px', 'smallWidth'),
        ],
      });
    }
    if (this.#six.length > 0) {
      const row = (what: string, name: keyof SixFigures, digits: number): string[] => [
        what,
        ...(['off', 'small', 'spotlight'] as const).map((way) => spread(this.#ofSix(way, name), digits)),
      ];
      tables.push({
        heads: ['one of six', 'sizes not told', 'small everywhere', 'one spotlight'],
        rows: [
          row('uplink, kbps', 'uplinkKbps', 0),
          row('encoding, ms a second', 'encodeMs', 0),
          row('width at one receiver, px', 'width', 0),
          row('frames a second there', 'framesPerSecond', 1),
          row('`qpSum` a frame there', 'qpPerFrame', 1),
        ],
      });
    }
    if (this.#sounds.size > 0) tables.push(this.#soundTable());
    return tables;
  }

  #loadTable(): Table {
    const rows = PROCESSES.map((kind) => {
      const [ours, theirs] = [this.#load('sarangbang', kind), this.#load('PeerJS', kind)];
      const ratio = median(ours) / median(theirs);
      return [kind, spread(ours, 1), spread(theirs, 1), Number.isFinite(ratio) ? ratio.toFixed(2) : ''];
    });
    const told = (side: Side, name: 'kbps' | 'framesPerSecond'): string =>
      spread(
        this.#loads[side].map(({ sent }) => sent[name]),
        0,
      );
    rows.push(
      ['video sent, kbps', told('sarangbang', 'kbps'), told('PeerJS', 'kbps'), ''],
      ['frames a second', told('sarangbang', 'framesPerSecond'), told('PeerJS', 'framesPerSecond'), ''],
      ['codec', ...(['sarangbang', 'PeerJS'] as const).map((side) => this.#loads[side][0]?.sent.codec ?? ''), ''],
    );
    return { heads: ['% of a core, by process', 'sarangbang', 'PeerJS', 'ratio'], rows };
  }

  #soundTable(): Table {
    const rows = [...this.#sounds.keys()].flatMap((sound) => {
      const row = (what: string, name: keyof SoundFigures, digits: number): string[] => [
        what,
        spread(this.#ofSound(sound, 'today', name), digits),
        spread(this.#ofSound(sound, 'before', name), digits),
      ];
      if (sound === 'talk') return [row(SOUND_NAMES[sound], 'concealedPercent', 2)];
      return [
        row(SOUND_NAMES[sound], 'kbps', 1),
        row(`${SOUND_NAMES[sound]} with headers of RTP`, 'kbpsWithHeaders', 1),
      ];
    });
    return { heads: ['sound', 'to a client of today', 'to an older client'], rows };
  }

  /** The targets of the rows that were measured. */
  targets(): Target[] {
    const targets: Target[] = [];
    if (this.#loads.sarangbang.length > 0)
      targets.push({
        what: "processor time of the newcomer's browser, of PeerJS",
        figure: median(this.#load('sarangbang', 'all')) / median(this.#load('PeerJS', 'all')),
        target: LOAD_OF_PEERJS,
      });
    if (this.#shown.length > 0) {
      const small = median(this.#shown.map((figures) => figures.small));
      const hidden = median(this.#shown.map((figures) => figures.hidden));
      targets.push(
        { what: 'video kbps to a tile of 160 px', figure: small, target: SMALL_KBPS },
        { what: 'video kbps to a page that shows nothing', figure: hidden, target: HIDDEN_KBPS },
      );
    }
    if (this.#six.length > 0) targets.push(...this.#sixTargets());
    if (this.#sounds.has('silence')) {
      const silence = median(this.#ofSound('silence', 'today', 'kbps'));
      const speech = median(this.#ofSound('speech', 'today', 'kbps'));
      const ratios = (this.#sounds.get('talk') ?? []).map(
        ({ today, before }) => today.concealedPercent / before.concealedPercent,
      );
      targets.push(
        { what: 'sound in silence, kbps without headers', figure: silence, target: SILENCE_KBPS },
        { what: 'sound in speech, kbps without headers', figure: speech, target: SPEECH_KBPS },
        { what: 'concealed sound at 5 % loss, of that without DTX', figure: median(ratios), target: NOT_WORSE },
      );
    }
    return targets;
  }

  #sixTargets(): Target[] {
    return [
      {
        what: 'six, small everywhere: uplink, of that without sizes',
        figure: this.#sixRatio('uplinkKbps', 'small', 'off'),
        target: UPLINK_OF_OFF,
      },
      {
        what: 'six, small everywhere: encoding, of that without sizes',
        figure: this.#sixRatio('encodeMs', 'small', 'off'),
        target: ENCODING_OF_OFF,
      },
      {
        what: 'six, spotlight: width without sizes, of that in the spotlight',
        figure: this.#sixRatio('width', 'off', 'spotlight'),
        target: 1,
      },
      {
        what: 'six, spotlight: frames without sizes, of those in the spotlight',
        figure: this.#sixRatio('framesPerSecond', 'off', 'spotlight'),
        target: NOT_WORSE,
      },
      {
        what: 'six, spotlight: qpSum a frame, of that without sizes',
        figure: this.#sixRatio('qpPerFrame', 'spotlight', 'off'),
        target: NOT_WORSE,
      },
    ];
  }
}
