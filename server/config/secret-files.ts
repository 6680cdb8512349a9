/**
 * Secrets in files: `TOKEN_SECRET_FILE=/run/secrets/token` sets `TOKEN_SECRET` to the content of that file.
 *
 * Owns which settings a file may hold, how it is read, and the sentences that refuse one. Does not own what a secret
 * may hold: `config.ts` checks it as if it came from the environment.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { ConfigError, SECRET_VARIABLES } from './config.ts';

/** Access by everybody, and writing by the group. */
const WIDE_MODE = 0o027;

interface SecretFile {
  text: string;
  /** Whether users outside its group may read it, or users other than its owner may change it. */
  isWide: boolean;
}

function readSecretFile(variable: string, path: string): SecretFile {
  const place = `${variable} is ${JSON.stringify(path)}`;
  let file: number | null = null;
  try {
    // Follows links, because container platforms change a secret by changing a link.
    file = openSync(path, 'r');
    const stats = fstatSync(file);
    const text = readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .replace(/[\r\n]+$/, '');
    if (text.trim() === '') throw new ConfigError(`${place}, which is empty; it must hold the secret.`);
    return { text, isWide: stats.isFile() && (stats.mode & WIDE_MODE) !== 0 };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${place}, which cannot be read (${code}); it must name a file that this user may read.`);
  } finally {
    if (file !== null) closeSync(file);
  }
}

export interface ExpandedEnvironment {
  /** The environment with the secrets from files and without the names of the files. */
  environment: NodeJS.ProcessEnv;
  /** Log lines; none holds a secret. */
  warnings: string[];
}

/** Reads secrets from files into a copy of the environment. Throws `ConfigError`. */
export function expandSecretFiles(given: NodeJS.ProcessEnv): ExpandedEnvironment {
  const environment = { ...given };
  const warnings: string[] = [];
  for (const variable of SECRET_VARIABLES) {
    const fileVariable = `${variable}_FILE`;
    const path = given[fileVariable];
    if (path === undefined) continue;
    delete environment[fileVariable];
    // An empty name would leave rooms open that were meant to be closed, or start a store on disk instead of a Redis.
    if (path === '') throw new ConfigError(`${fileVariable} is empty; set it, or leave it out.`);
    if (given[variable])
      throw new ConfigError(`${variable} and ${fileVariable} are both set; leave out one of the two.`);
    const { text, isWide } = readSecretFile(fileVariable, path);
    environment[variable] = text;
    if (isWide) {
      warnings.push(`${fileVariable} is ${JSON.stringify(path)}, which other users may read or change; chmod 0600 it.`);
    }
  }
  return { environment, warnings };
}

const toFlag = (variable: string) => `--${variable.toLowerCase().replaceAll('_', '-')}`;

/** Log lines about secrets in the arguments, which every user of the machine can read. */
export function describeSecretFlags(args: readonly string[]): string[] {
  const secrets = SECRET_VARIABLES.filter((variable) => variable !== 'TOKEN_PUBLIC_KEY');
  return secrets
    .filter((variable) => args.some((arg) => arg.split('=', 1)[0] === toFlag(variable)))
    .map(
      (variable) =>
        `${toFlag(variable)} can be read by every user of this machine in the list of processes; use ${variable}_FILE.`,
    );
}
