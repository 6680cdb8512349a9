/** What follows `--` of `npm run bench -- NAME`: options that a bench may have. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** How often everything is measured. */
  rounds: number;
  /** Whether the figures are written into the documents. */
  write: boolean;
  /** The rows to measure; empty for all of them. */
  only: string[];
  /** Milliseconds each way; empty for all of them. */
  delays: number[];
}

/** @param rounds how many a bench makes unless told otherwise @throws Error for an unknown option or a wrong number */
export function readOptions(rounds: number, args = process.argv.slice(2)): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: String(rounds) },
      write: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      delays: { type: 'string', default: '' },
    },
  });
  const list = (text: string) => text.split(',').filter((word) => word !== '');
  const options = {
    rounds: Number(values.rounds),
    write: values.write,
    only: list(values.only),
    delays: list(values.delays).map(Number),
  };
  if (!Number.isInteger(options.rounds) || options.rounds < 1) throw new Error(`--rounds ${values.rounds}: no number`);
  if (options.delays.some(Number.isNaN)) throw new Error(`--delays ${values.delays}: milliseconds, with commas`);
  return options;
}
