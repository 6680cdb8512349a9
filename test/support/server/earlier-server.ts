/**
 * The server of an earlier commit from this repository's own history, with the packages of this checkout, which have
 * the versions it needs. It is unpacked and built once for all test processes. Not below `node_modules`, where a
 * bundler ignores what the compiler is told.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startKillable } from './killable-server.ts';
import type { KillableServer } from './killable-server.ts';
import { root } from './server-process.ts';

/** The last commit whose stores keep no record of their settings. */
export const EARLIER = 'b0d21a7';

/** Why tests with the earlier server are skipped; false if its commit is available. */
export const EARLIER_SKIPPED: string | false = hasHistory() ? false : `there is no commit ${EARLIER} in this checkout`;

function hasHistory(): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${EARLIER}^{commit}`], { cwd: root, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Builds the earlier server and its elements unless that is done; returns the directory in which they are built. */
export function buildEarlier(): string {
  const place = join(root, 'test/dist', EARLIER);
  if (existsSync(place)) return place;
  const building = `${place}-${process.pid}`;
  mkdirSync(building, { recursive: true });
  const archive = execFileSync('git', ['archive', EARLIER], { cwd: root, maxBuffer: 1e9 });
  execFileSync('tar', ['-x', '-C', building], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(building, 'node_modules'));
  for (const script of ['server/build.mjs', 'components/build.mjs'])
    execFileSync(process.execPath, [script], { cwd: building, stdio: ['ignore', 'ignore', 'inherit'] });
  // Without this folder the earlier server would report that the elements are missing.
  mkdirSync(join(building, 'dist/web'), { recursive: true });
  try {
    renameSync(building, place);
  } catch {
    // Another process built it at the same time.
    rmSync(building, { recursive: true, force: true });
  }
  return place;
}

export function startEarlier(t: TestContext, settings: Record<string, string>): Promise<KillableServer> {
  return startKillable(t, settings, join(buildEarlier(), 'dist/server/index.js'));
}

/** The server of the earlier commit with its elements, so that a page can load them. */
export function startEarlierSite(t: TestContext): Promise<KillableServer> {
  return startEarlier(t, {});
}
