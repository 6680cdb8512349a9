import { chmod, chown, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';

/**
 * Makes a directory for this user only, and its missing parents. `recursive` is not used, because it never returns
 * below a directory like `/proc`, which exists but refuses new entries.
 */
export async function makeDataDirectory(path: string): Promise<void> {
  const make = () =>
    mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    const parent = dirname(path);
    if (error.code !== 'ENOENT' || parent === path) throw error;
    await makeDataDirectory(parent);
    await make();
  });
}

/**
 * Gives a file that root made in another user's directory to that user, because the server must be able to open it.
 * SQLite does the same with its own files.
 */
export async function giveToOwner(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(path));
  await chown(path, uid, gid);
}

/** The server's own files. Other files in the directory are left alone. */
const OWN_FILE = /^(?:resume\.key|sarangbang\.(?:lock|backup\.lock|db(?:-wal|-shm|-journal)?))$/;

const octal = (mode: number) => (mode & 0o777).toString(8);

const KEY_ADVICE = ' A person who has read it can act as any guest: remove the file, and the server makes a new one.';

const isOpenDirectory = (mode: number) => (mode & 0o022) !== 0 && (mode & 0o1000) === 0;

/** Sentences about what other users may do to the server's files. Changes nothing. */
export async function findOpenings(path: string): Promise<string[]> {
  const directory = await stat(path).catch(() => null);
  if (!directory?.isDirectory()) return [];
  const found: string[] = [];
  if (isOpenDirectory(directory.mode)) {
    found.push(`DATA_DIR has mode ${octal(directory.mode)}: other users may replace the files in it. Set it to 700.`);
  }
  for (const name of (await readdir(path).catch(() => [])).filter((file) => OWN_FILE.test(file))) {
    const file = await stat(join(path, name)).catch(() => null);
    if (!file?.isFile()) continue;
    if (file.uid !== directory.uid && file.uid !== 0)
      found.push(`${name} in DATA_DIR belongs to a different user than DATA_DIR does.`);
    if ((file.mode & 0o077) === 0) continue;
    const advice = name === 'resume.key' ? KEY_ADVICE : '';
    found.push(`${name} in DATA_DIR has mode ${octal(file.mode)}: other users may use it. Set it to 600.${advice}`);
  }
  return found;
}

/**
 * Takes other users' access to the server's files away, and logs it. The directory itself may be shared on purpose, so
 * one in which other users may write is only logged.
 */
export async function guardDataDirectory(path: string, log: Logger): Promise<void> {
  const directory = await stat(path);
  if (isOpenDirectory(directory.mode)) {
    log.warn(`DATA_DIR has mode ${octal(directory.mode)}: other users may replace the files in it. Set it to 700.`);
  }
  for (const name of (await readdir(path)).filter((file) => OWN_FILE.test(file))) {
    const file = await stat(join(path, name)).catch(() => null);
    if (!file?.isFile()) continue;
    const { getuid } = process;
    if (getuid && file.uid !== getuid() && file.uid !== 0)
      log.warn(`${name} in DATA_DIR belongs to another user, who may read and replace it.`);
    if ((file.mode & 0o077) === 0) continue;
    const advice = name === 'resume.key' ? KEY_ADVICE : '';
    await chmod(join(path, name), file.mode & 0o700).then(
      () =>
        log.warn(
          `${name} in DATA_DIR had mode ${octal(file.mode)}: ` +
            `other users could use it. The server has removed their access.${advice}`,
        ),
      () =>
        log.warn(
          `${name} in DATA_DIR has mode ${octal(file.mode)}, ` +
            `which this user cannot change: other users may use it.${advice}`,
        ),
    );
  }
}
