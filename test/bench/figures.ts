/** The output of benches and its judgement: medians with their spread, and targets that are met or missed. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The least value that 90 percent of all values do not exceed; `NaN` without values. */
export function percentile90(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.9) - 1] ?? NaN;
}

/**
 * How many round trips a figure contains: how much it grows with the delay. What does not depend on the delay cancels
 * out.
 *
 * @param near the figure at `nearMs` each way
 * @param far the figure at `farMs` each way
 */
export function roundTrips(near: number, far: number, nearMs: number, farMs: number): number {
  return (far - near) / (2 * (farMs - nearMs));
}

/** The median, with the least and the greatest value. */
export function spread(values: readonly number[], digits: number): string {
  const [middle, least, greatest] = [median(values), Math.min(...values), Math.max(...values)].map((value) =>
    value.toFixed(digits),
  );
  return `${middle}  (${least} to ${greatest})`;
}

/** Prints rows under their headings; the first column is aligned to the left, the others to the right. */
export function printTable(heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   ');
  console.log(line(heads));
  for (const row of rows) console.log(line(row));
}

/** The same as a table of a document; the first column is aligned to the left, the others to the right. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = heads.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(heads), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

/** A figure beside its target. */
export interface Verdict {
  what: string;
  figure: number;
  target: number;
  met: boolean;
}

/** Prints whether a figure meets its target. If one does not, the process ends with code 1. */
export function judge(what: string, figure: number, target: number): Verdict {
  // A figure that could not be measured fails.
  const met = figure <= target;
  console.log(`${met ? 'ok    ' : 'MISSED'}  ${what}: ${figure.toFixed(2)} (target: at most ${target})`);
  if (!met) process.exitCode = 1;
  return { what, figure, target, met };
}
