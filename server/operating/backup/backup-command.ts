/**
 * `sarangbang backup FILE` and `sarangbang restore FILE`.
 *
 * Owns the arguments and the output of both. Reads only the settings that say where the store is, so that an error in a
 * different setting cannot prevent a backup.
 */
import { rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { ConfigError, readConfig, readDoubts } from '../../config/config.ts';
import { describeSecretFlags, expandSecretFiles } from '../../config/secret-files.ts';
import type { StoreMode } from './backup-file.ts';
import type { RestoreReport } from './restore.ts';

const FLAGS = ['--data-dir', '--redis-url'];

interface StoreArguments {
  file: string;
  dataDir: string;
  warnings: string[];
}

const REDIS_ADVICE = {
  backup:
    'the store is in that Redis, and its copy is made there: ' +
    'redis-cli --rdb FILE, or a copy of its append-only file as Redis documents it',
  restore:
    'the store is in that Redis, and a copy is put back there: end every process of this server, stop Redis, put ' +
    'the copy in the place of its dump.rdb (or of its directory appendonlydir), and start Redis, then this server',
} as const;

function splitArguments(command: string, args: readonly string[]): { files: string[]; flags: string[] } {
  const [files, flags]: [string[], string[]] = [[], []];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    const [name = ''] = arg.split('=');
    if (!arg.startsWith('-')) files.push(arg);
    else if (!FLAGS.includes(name)) {
      const known = `it may be one of ${FLAGS.join(' ')}; a file whose name begins so is written as ./${arg}`;
      throw new ConfigError(`The flag ${JSON.stringify(name)} is not known to ${command}; ${known}.`);
    } else if (arg.includes('=') || index + 1 === args.length) flags.push(arg);
    else flags.push(arg, args[++index]!);
  }
  return { files, flags };
}

/** Throws `ConfigError`. */
export function readStoreArguments(
  command: 'backup' | 'restore',
  args: readonly string[],
  given: NodeJS.ProcessEnv,
): StoreArguments {
  const { files, flags } = splitArguments(command, args);
  const [file = ''] = files;
  if (files.length !== 1 || file === '')
    throw new ConfigError(`sarangbang ${command} needs the name of one file: sarangbang ${command} FILE.`);
  const { DATA_DIR, REDIS_URL, REDIS_URL_FILE } = given;
  const { environment } = expandSecretFiles({
    ...(DATA_DIR !== undefined && { DATA_DIR }),
    ...(REDIS_URL !== undefined && { REDIS_URL }),
    ...(REDIS_URL_FILE !== undefined && { REDIS_URL_FILE }),
  });
  const { dataDir, redisUrl } = readConfig(flags, environment);
  if (redisUrl !== '') throw new ConfigError(`REDIS_URL is set: ${REDIS_ADVICE[command]}.`);
  if (dataDir === ':memory:')
    throw new ConfigError(`DATA_DIR is ":memory:", which keeps nothing: there is no store for ${command}.`);
  const doubts = readDoubts(given).filter((line) => /\b(?:DATA_DIR|REDIS_URL)\b/.test(line));
  return { file, dataDir, warnings: [...describeSecretFlags(args), ...doubts] };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const MODES: Record<StoreMode, string> = {
  grants: 'with grants',
  open: 'without grants',
  unknown: 'by a version that did not record whether grants are asked for',
};

function describeRestore(dataDir: string, file: string, report: RestoreReport): string[] {
  const { version, mode, madeAt, messages, hasKey, carried, unreadable } = report;
  const made = `made at ${new Date(madeAt).toISOString()} by version ${version}, used ${MODES[mode]}`;
  const lines = [`${dataDir} holds the backup ${file} (${made}): ${counted(messages, 'message')}.`];
  if (!hasKey) lines.push('The backup holds no resume.key: guests who have one from elsewhere come back as new ones.');
  const { revocations = null, bans = null, deleted = null, lost = null } = carried ?? {};
  if (unreadable !== null) {
    const missing = [revocations === null && 'revocations', bans === null && 'bans'].filter((part) => part !== false);
    const effect =
      missing.length > 0 ? `its ${missing.join(' and ')} are not carried over` : 'its messages are not counted';
    const back = deleted === null ? ', and messages deleted since come back' : '';
    lines.push(
      `The store that was replaced could not be read${carried ? ' whole' : ''} (${unreadable}): ${effect}${back}.`,
    );
  }
  if (report.isOpenElsewhere) {
    lines.push(
      'A different program has the store open that was replaced: end that program before you start the server.',
    );
  }
  const parts = [revocations !== null && counted(revocations, 'revocation'), bans !== null && counted(bans, 'ban')];
  const known = parts.filter((part) => part !== false);
  if (known.length > 0) lines.push(`Carried over from the store that was replaced: ${known.join(', ')}.`);
  if (deleted !== null)
    lines.push(
      'Deleted messages that come back: ' +
        `${deleted}.${deleted > 0 ? ' Delete them again where somebody asked for it.' : ''}`,
    );
  if (lost !== null) lines.push(`Messages that came after the backup and are gone: ${lost}.`);
  return lines;
}

/** Removes the unfinished file if the command is interrupted. */
function removeOnSignal(path: string): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      rmSync(path, { force: true });
      process.exit(1);
    });
  }
}

/** Lowers the priority of this process, so that a server on the same machine goes first. */
function giveWay(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Some containers do not allow it.
  }
}

/** Prints what was done. Rejects with `ConfigError`. */
export async function runStoreCommand(
  command: 'backup' | 'restore',
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const { file, dataDir, warnings } = readStoreArguments(command, args, environment);
  for (const warning of warnings) process.stderr.write(`sarangbang: ${warning}\n`);
  if (command === 'backup') {
    // Before SQLite is loaded, because its threads inherit the priority.
    giveWay();
    const { makeBackup } = await import('./backup.ts');
    const { messages, bytes, mode, hasKey } = await makeBackup({
      dataDir,
      file,
      now: Date.now,
      onPart: removeOnSignal,
    });
    if (!hasKey)
      process.stderr.write(
        `sarangbang: ${dataDir} holds no resume.key that could be read; the backup is without it.\n`,
      );
    process.stdout.write(
      `${file} holds the store of ${dataDir}, used ${MODES[mode]}: ` +
        `${counted(messages, 'message')}, ${counted(bytes, 'byte')}.\n`,
    );
    return;
  }
  const { restore } = await import('./restore.ts');
  const report = await restore({ dataDir, file, now: Date.now });
  process.stdout.write(`${describeRestore(dataDir, file, report).join('\n')}\n`);
}
