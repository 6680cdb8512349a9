/** The files that are shipped for operators, with what a test has to change in them: addresses, paths, names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './server-process.ts';

/** What stands in the file, and what the test has in its place. */
export type Substitution = readonly [shipped: string, inTest: string];

/** Replaces every place of each; throws where there is none, so that a test runs what is shipped. */
export function readShipped(path: string, substitutions: readonly Substitution[] = []): string {
  return substitutions.reduce(
    (text, [shipped, inTest]) => {
      if (!text.includes(shipped)) throw new Error(`${path} does not hold ${JSON.stringify(shipped)}.`);
      return text.replaceAll(shipped, () => inTest);
    },
    readFileSync(join(root, path), 'utf8'),
  );
}
