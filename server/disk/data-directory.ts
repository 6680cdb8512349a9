import { chmod, chown, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';

/**
 * Makes a directory for this user alone, and those above it that are missing. Not by `recursive`, which
 * never comes to an end below a directory that makes none though it is there, as `/proc` is.
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

/** What root makes in the directory of a different user is that user's, as what SQLite makes there: the server must open it. */
export async function giveToOwner(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(path));
  await chown(path, uid, gid);
}

/** The server's own files; others in the directory are not touched. */
const OWN_FILE = /^(?:resume\.key|sarangbang\.(?:lock|backup\.lock|db(?:-wal|-shm|-journal)?))$/;

const octal = (mode: number) => (mode & 0o777).toString(8);

const KEY_ADVICE = ' Who has read it can be any guest: remove it to have a new one made.';

const isOpenDirectory = (mode: number) => (mode & 0o022) !== 0 && (mode & 0o1000) === 0;

/** Sentences about what others than the directory's owner may do to the server's files in it; nothing is changed. */
export async function findOpenings(path: string): Promise<string[]> {
  const directory = await stat(path).catch(() => null);
  if (!directory?.isDirectory()) return [];
  const found: string[] = [];
  if (isOpenDirectory(directory.mode)) {
    found.push(`DATA_DIR has mode ${octal(directory.mode)}: others may replace the files in it. Make it 700.`);
  }
  for (const name of (await readdir(path).catch(() => [])).filter((file) => OWN_FILE.test(file))) {
    const file = await stat(join(path, name)).catch(() => null);
    if (!file?.isFile()) continue;
    if (file.uid !== directory.uid && file.uid !== 0)
      found.push(`${name} in DATA_DIR belongs to a different user than DATA_DIR does.`);
    if ((file.mode & 0o077) === 0) continue;
    const advice = name === 'resume.key' ? KEY_ADVICE : '';
    found.push(`${name} in DATA_DIR has mode ${octal(file.mode)}: others may use it. Make it 600.${advice}`);
  }
  return found;
}

/**
 * Takes from others what an earlier hand left them of the server's files, and says so. The directory itself is the operator's: where
 * everybody may write to it, that is only said, for it may be one that others use as well.
 */
export async function guardDataDirectory(path: string, log: Logger): Promise<void> {
  const directory = await stat(path);
  if (isOpenDirectory(directory.mode)) {
    log.warn(`DATA_DIR has mode ${octal(directory.mode)}: others may replace the files in it. Make it 700.`);
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
          `${name} in DATA_DIR had mode ${octal(file.mode)}: others could use it. It is this user's alone now.${advice}`,
        ),
      () =>
        log.warn(
          `${name} in DATA_DIR has mode ${octal(file.mode)}, which this user cannot change: others may use it.${advice}`,
        ),
    );
  }
}
