/** What benches say and by what they are judged: medians beside their spread, and targets that are met or missed. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The median, and from which to which it went. */
export function spread(values: readonly number[], digits: number): string {
  return `${median(values).toFixed(digits)}  (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
}

/** Prints rows under their heads, the first column to the left, the others to the right. */
export function printTable(heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   ');
  console.log(line(heads));
  for (const row of rows) console.log(line(row));
}

/** Says whether a figure is within its target; the process ends with code 1 where one is not. */
export function judge(what: string, figure: number, target: number): void {
  // What could not be measured is no success.
  const met = figure <= target;
  console.log(`${met ? 'ok    ' : 'MISSED'}  ${what}: ${figure.toFixed(2)} (target: at most ${target})`);
  if (!met) process.exitCode = 1;
}
