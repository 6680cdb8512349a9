/** What was measured, by row, delay and contender, and what the documents and the targets read out of it. */
import { median, percentile90, roundTrips } from '../figures.ts';
import type { BarGroup } from '../bar-plot.ts';
import { CONTENDERS, type Contender } from './contenders.ts';
import type { Figures, ReloadFigures } from './runs.ts';

export type Row = 'cold' | 'cold, elements.js' | 'warm' | 'fourth' | 'reload';

export const ROW_NAMES: Record<Row, string> = {
  cold: 'cold: navigation to frame',
  'cold, elements.js': 'cold, `/elements.js`',
  warm: 'warm: in the lobby, Join to frame',
  fourth: 'the fourth sees three others',
  reload: 'reload: until all pictures are back',
};

/** One figure with its target; `NaN` as the figure if it was not measured although its row was. */
export interface Target {
  what: string;
  figure: number;
  target: number;
}

/** The most that our median may be, as a ratio to the median of PeerJS, by the delay in milliseconds each way. */
const OF_PEERJS: Record<'cold' | 'warm', Record<number, number>> = {
  cold: { 0: 1, 50: 1, 150: 1 },
  warm: { 0: 0.95, 50: 0.9, 150: 0.97 },
};
const ROUND_TRIPS = { warm: 2.2, cold: 3.2 };
const NEAR_MS = 50;
const FAR_MS = 150;
const ELEMENTS_OF_VIDEO_CALL = 1.03;
const FOURTH_OF_BARE = 1;
const RELOAD_OF_COLD = 1.1;

/** A median with the 90th percentile in brackets, in whole milliseconds. */
export function medianCell(values: readonly number[]): string {
  if (values.length === 0) return '';
  const whole = (value: number) => Math.round(value).toLocaleString('en-US');
  return `${whole(median(values))} (${whole(percentile90(values))})`;
}

export class Series {
  readonly #runs = new Map<string, (Figures | ReloadFigures)[]>();
  readonly #lost = new Map<Contender, number>();

  add(row: Row, delayMs: number, contender: Contender, figures: Figures | ReloadFigures): void {
    const key = `${row} ${delayMs} ${contender}`;
    this.#runs.set(key, [...(this.#runs.get(key) ?? []), figures]);
  }

  /** Counts a run in which no picture arrived. */
  addLost(contender: Contender): void {
    this.#lost.set(contender, (this.#lost.get(contender) ?? 0) + 1);
  }

  lost(contender: Contender): number {
    return this.#lost.get(contender) ?? 0;
  }

  runs(row: Row, delayMs: number, contender: Contender): (Figures | ReloadFigures)[] {
    return this.#runs.get(`${row} ${delayMs} ${contender}`) ?? [];
  }

  pictures(row: Row, delayMs: number, contender: Contender): number[] {
    return this.runs(row, delayMs, contender).map(({ pictureMs }) => pictureMs);
  }

  #packet(row: Row, delayMs: number): number {
    return median(this.runs(row, delayMs, 'sarangbang').map(({ packetMs }) => packetMs));
  }

  #ratio(row: Row, delayMs: number, other: Contender): number {
    return median(this.pictures(row, delayMs, 'sarangbang')) / median(this.pictures(row, delayMs, other));
  }

  #has(row: Row, delayMs: number): boolean {
    return CONTENDERS.some((contender) => this.runs(row, delayMs, contender).length > 0);
  }

  /** A row for each delay that was measured: medians, 90th percentiles and the ratio to PeerJS. */
  rows(delays: readonly number[]): string[][] {
    return (Object.keys(ROW_NAMES) as Row[]).flatMap((row) =>
      delays
        .filter((delayMs) => this.#has(row, delayMs))
        .map((delayMs) => {
          const ratio = this.#ratio(row, delayMs, 'PeerJS');
          return [
            ROW_NAMES[row],
            String(delayMs),
            ...CONTENDERS.map((contender) => medianCell(this.pictures(row, delayMs, contender))),
            Number.isNaN(ratio) ? '' : ratio.toFixed(2),
          ];
        }),
    );
  }

  groups(delays: readonly number[]): BarGroup[] {
    return (['cold', 'warm'] as const).flatMap((row) =>
      delays
        .filter((delayMs) => this.#has(row, delayMs))
        .map((delayMs) => ({
          name: `${row}, ${delayMs} ms each way`,
          bars: CONTENDERS.map((contender) => {
            const values = this.pictures(row, delayMs, contender);
            return { name: contender, value: median(values), high: percentile90(values) };
          }),
        })),
    );
  }

  /** How long the other participant lacks the picture of a page that is reloaded. */
  lacked(delayMs: number): number[] {
    return this.runs('reload', delayMs, 'sarangbang').flatMap((run) => ('lackedMs' in run ? [run.lackedMs] : []));
  }

  /** The targets of the rows that were measured. */
  targets(): Target[] {
    const targets: Target[] = [];
    for (const row of ['warm', 'cold'] as const) {
      for (const [delay, target] of Object.entries(OF_PEERJS[row])) {
        const delayMs = Number(delay);
        if (!this.#has(row, delayMs)) continue;
        const what = `${row} at ${delay} ms each way, of PeerJS`;
        targets.push({ what, figure: this.#ratio(row, delayMs, 'PeerJS'), target });
      }
      if (!this.#has(row, NEAR_MS) || !this.#has(row, FAR_MS)) continue;
      const from = row === 'warm' ? 'Join' : 'the open socket, cold,';
      targets.push({
        what: `round trips from ${from} to the first packet`,
        figure: roundTrips(this.#packet(row, NEAR_MS), this.#packet(row, FAR_MS), NEAR_MS, FAR_MS),
        target: ROUND_TRIPS[row],
      });
    }
    if (this.#has('cold, elements.js', FAR_MS)) {
      const elements = median(this.pictures('cold, elements.js', FAR_MS, 'sarangbang'));
      const figure = elements / median(this.pictures('cold', FAR_MS, 'sarangbang'));
      targets.push({ what: 'cold with /elements.js, of /video-call.js', figure, target: ELEMENTS_OF_VIDEO_CALL });
    }
    if (this.#has('fourth', 0))
      targets.push({
        what: 'the fourth sees three others, of a bare mesh',
        figure: this.#ratio('fourth', 0, 'bare'),
        target: FOURTH_OF_BARE,
      });
    if (this.#has('reload', NEAR_MS)) {
      const back = median(this.pictures('reload', NEAR_MS, 'sarangbang'));
      const figure = back / median(this.pictures('cold', NEAR_MS, 'sarangbang'));
      targets.push({ what: 'reload at 50 ms, of the cold figure', figure, target: RELOAD_OF_COLD });
    }
    const ours = [...this.#runs].filter(([key]) => key.endsWith(' sarangbang')).flatMap(([, runs]) => runs);
    const spare = ours.filter(({ spareConnections }) => spareConnections > 0).length;
    targets.push(
      { what: 'pictures lost', figure: this.lost('sarangbang'), target: 0 },
      { what: 'runs with a second connection of a pair', figure: spare, target: 0 },
    );
    return targets;
  }
}
