/** Durations in settings, and as milliseconds. Owns the units; knows no setting. */
export const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a text such as `10m`; null for any other text. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text);
  return match && Number(match[1]) * DURATION_UNITS[match[2] as keyof typeof DURATION_UNITS];
}

/** The text for a duration, in the largest unit that divides it. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(DURATION_UNITS)
    .toReversed()
    .find(([, size]) => ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
