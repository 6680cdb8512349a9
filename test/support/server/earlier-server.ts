/**
 * The server of an earlier commit from this repository's own history. It is unpacked and built once for each test
 * process, with the packages of this checkout, which have the versions it needs.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startKillable } from './killable-server.ts';
import type { KillableServer } from './killable-server.ts';
import { root } from './server-process.ts';

/** The last commit whose stores keep no record of their settings. */
export const EARLIER = 'b0d21a7';

/** Why tests with the earlier server are skipped; false if its commit is available. */
export const EARLIER_SKIPPED: string | false = hasHistory() ? false : `there is no commit ${EARLIER} in this checkout`;

let directory: string | undefined;

function hasHistory(): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${EARLIER}^{commit}`], { cwd: root, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Builds the earlier server at the first call; returns the directory in which it is built. */
export function buildEarlier(): string {
  if (directory !== undefined) return directory;
  const place = mkdtempSync(join(tmpdir(), 'sarangbang-earlier-'));
  process.once('exit', () => rmSync(place, { recursive: true, force: true }));
  const archive = execFileSync('git', ['archive', EARLIER], { cwd: root, maxBuffer: 1e9 });
  execFileSync('tar', ['-x', '-C', place], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  execFileSync(process.execPath, ['server/build.mjs'], { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] });
  // Without this folder the earlier server would report that the elements are missing.
  mkdirSync(join(place, 'dist/web'), { recursive: true });
  return (directory = place);
}

export function startEarlier(t: TestContext, settings: Record<string, string>): Promise<KillableServer> {
  return startKillable(t, settings, join(buildEarlier(), 'dist/server/index.js'));
}

/** The server of the earlier commit with its elements, so that a page can load them. */
export function startEarlierSite(t: TestContext): Promise<KillableServer> {
  execFileSync(process.execPath, ['components/build.mjs'], {
    cwd: buildEarlier(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return startEarlier(t, {});
}
