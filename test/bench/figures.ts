/** The output of benches and its judgement: medians with their spread, and targets that are met or missed. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
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

/** Prints whether a figure meets its target. If one does not, the process ends with code 1. */
export function judge(what: string, figure: number, target: number): void {
  // A figure that could not be measured fails.
  const met = figure <= target;
  console.log(`${met ? 'ok    ' : 'MISSED'}  ${what}: ${figure.toFixed(2)} (target: at most ${target})`);
  if (!met) process.exitCode = 1;
}
