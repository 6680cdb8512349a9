/**
 * Which names in an environment were probably meant as names of settings.
 *
 * Compares names and never sees a value. Container platforms set variables of their own for each service (`REDIS_PORT`,
 * `TOKEN_SECRET_SERVICE_HOST`), which are not misspellings.
 */

export interface Misspelling {
  given: string;
  meant: string;
}

/** Names of at least this many letters may have two errors. */
const LONG_NAME = 10;

const isOfPlatform = (name: string): boolean => /_(?:PORT|HOST)$|_(?:SERVICE|TCP)_/i.test(name);

/** The number of letters to add, remove, replace or swap with the next one. */
export function distanceBetween(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (isSame ? 0 : 1),
        isSwapped ? beforeLast[column - 2]! + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}

/** The known name that `given` almost is; null for none. */
function meantBy(given: string, known: readonly string[]): string | null {
  const upper = given.toUpperCase().replaceAll('-', '_');
  let nearest: string | null = null;
  let least = Infinity;
  for (const name of known) {
    const allowed = name.length >= LONG_NAME ? 2 : 1;
    if (Math.abs(upper.length - name.length) > allowed) continue;
    const distance = distanceBetween(upper, name);
    if (distance > allowed || distance >= least) continue;
    nearest = name;
    least = distance;
  }
  return nearest ?? known.find((name) => name.replaceAll('_', '') === upper.replaceAll('_', '')) ?? null;
}

/** The known name that `given` extends, as in `TOKEN_SECRET_PATH`. Names that platforms make were left out before. */
const extendedFrom = (given: string, known: readonly string[]): string | null =>
  known.find((name) => name.startsWith('TOKEN_') && given.toUpperCase().startsWith(`${name}_`)) ?? null;

export function findMisspelt(given: readonly string[], known: readonly string[]): Misspelling[] {
  return given
    .filter((name) => !known.includes(name) && !isOfPlatform(name))
    .flatMap((name) => {
      const meant = meantBy(name, known) ?? extendedFrom(name, known);
      return meant === null ? [] : [{ given: name, meant }];
    });
}
