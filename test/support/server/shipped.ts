/** The shipped files for operators, with the changes that a test needs: addresses, paths, names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './server-process.ts';

/** The text of the file, and the text that the test needs instead. */
export type Substitution = readonly [shipped: string, inTest: string];

/** Reads a file and makes all substitutions. Throws if one finds nothing, so that a test runs what is shipped. */
export function readShipped(path: string, substitutions: readonly Substitution[] = []): string {
  return substitutions.reduce(
    (text, [shipped, inTest]) => {
      if (!text.includes(shipped)) throw new Error(`${path} does not hold ${JSON.stringify(shipped)}.`);
      return text.replaceAll(shipped, () => inTest);
    },
    readFileSync(join(root, path), 'utf8'),
  );
}
