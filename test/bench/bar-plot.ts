/** Draws grouped bars as an SVG that is legible on light and on dark pages. */

export interface Bar {
  name: string;
  value: number;
  /** The value at which the thin line of the spread ends; `NaN` draws no line. */
  high: number;
}

export interface BarGroup {
  name: string;
  bars: readonly Bar[];
}

export interface BarPlot {
  title: string;
  /** What a screen reader says. */
  description: string;
  unit: string;
  groups: readonly BarGroup[];
}

const WIDTH = 760;
const LEFT = 190;
const RIGHT = 90;
const TOP = 84;
const BAR = 12;
const GAP = 16;
/** One hue for each name, in the order of the legend; all of them have contrast on white and on black. */
const HUES = ['#e0457b', '#3f7fd6', '#2a9d8f', '#b7791f', '#808895'];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
const round = (value: number) => Number(value.toFixed(1));

/** A number with one significant digit of 1, 2 or 5 that divides `most` into at most six steps. */
function stepOf(most: number): number {
  const least = most / 6;
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) * power;
}

/** @throws Error if there is nothing to draw */
export function drawBars({ title, description, unit, groups }: BarPlot): string {
  const bars = groups.flatMap((group) => group.bars).filter(({ value }) => Number.isFinite(value));
  if (bars.length === 0) throw new Error(`There is nothing to draw in "${title}"`);
  const names = [...new Set(bars.map(({ name }) => name))];
  const most = Math.max(...bars.map(({ value, high }) => Math.max(value, Number.isFinite(high) ? high : 0)));
  const step = stepOf(most);
  const right = Math.ceil(most / step) * step;
  const x = (value: number) => round(LEFT + (value / right) * (WIDTH - LEFT - RIGHT));
  const lines: string[] = [];
  let y = TOP;
  for (const group of groups) {
    const drawn = group.bars.filter(({ value }) => Number.isFinite(value));
    const middle = y + (drawn.length * BAR) / 2;
    lines.push(`<text class="group" x="${LEFT - 10}" y="${middle}">${escape(group.name)}</text>`);
    for (const { name, value, high } of drawn) {
      const hue = HUES[names.indexOf(name) % HUES.length] ?? '#808895';
      const centre = y + BAR / 2;
      lines.push(
        `<rect x="${LEFT}" y="${y + 1}" width="${round(x(value) - LEFT)}" height="${BAR - 2}" rx="2" fill="${hue}"/>`,
        `<path class="spread" d="M${x(value)} ${centre}H${x(Math.max(value, high || 0))}"/>`,
        `<text class="value" x="${x(Math.max(value, high || 0)) + 5}" y="${centre}">${Math.round(value)}</text>`,
      );
      y += BAR;
    }
    y += GAP;
  }
  const bottom = y - GAP / 2;
  const ticks = Array.from({ length: Math.round(right / step) + 1 }, (_, index) => index * step);
  const grid = ticks.map(
    (tick) =>
      `<path class="grid" d="M${x(tick)} ${TOP - 6}V${bottom}"/>` +
      `<text class="tick" x="${x(tick)}" y="${bottom + 16}">${tick}${tick === right ? ` ${escape(unit)}` : ''}</text>`,
  );
  const legend = names.map((name, index) => {
    const left = 20 + index * ((WIDTH - 40) / names.length);
    const hue = HUES[index % HUES.length] ?? '#808895';
    return (
      `<rect x="${round(left)}" y="48" width="12" height="12" rx="2" fill="${hue}"/>` +
      `<text class="legend" x="${round(left + 18)}" y="54">${escape(name)}</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 30}" role="img"
  aria-labelledby="title description">
<title id="title">${escape(title)}</title>
<desc id="description">${escape(description)}</desc>
<style>
  text { font: 12px system-ui, sans-serif; fill: #24292f; dominant-baseline: central }
  .heading { font-size: 16px; font-weight: 600 }
  .group { text-anchor: end }
  .tick { text-anchor: middle }
  .tick, .value { font-size: 11px }
  .grid { stroke: #8c959f; stroke-opacity: 0.35 }
  .spread { stroke: #57606a }
  .background { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .spread { stroke: #b1bac4 }
    .background { fill: #0d1117 }
  }
</style>
<rect class="background" width="100%" height="100%" rx="6"/>
<text class="heading" x="20" y="24">${escape(title)}</text>
${[...legend, ...grid, ...lines].join('\n')}
</svg>
`;
}
