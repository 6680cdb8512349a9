/** A disk for one test, small enough to be filled. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Why tests with it are skipped; false if they are not. */
export const SMALL_DISK_SKIPPED =
  !(process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0) &&
  'it takes root to mount a small disk';

/** Mounts a disk and resolves to its path; to null, with the test skipped, if this machine cannot mount one. */
export async function mountSmallDisk(t: TestContext, kilobytes: number): Promise<string | null> {
  const disk = await mkdtemp(join(tmpdir(), 'sarangbang-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'sarangbang-test', disk]);
  t.after(async () => {
    spawnSync('umount', ['--lazy', disk]);
    await rm(disk, { recursive: true, force: true });
  });
  if (mounted.status === 0) return disk;
  t.skip('this machine mounts no small disk');
  return null;
}
