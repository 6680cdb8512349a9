/** The processor time of a program and of all processes below it, as Linux counts it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process of Chromium does. */
export type ProcessKind = 'browser' | 'renderer' | 'gpu' | 'network' | 'audio' | 'video capture' | 'other';

/** Milliseconds of processor time so far, user and system, by process id. */
export type Tally = ReadonlyMap<number, { kind: ProcessKind; ms: number }>;

/** Milliseconds of a clock tick, in which `/proc/PID/stat` tells processor time. */
const TICK_MS = 1_000 / Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout);

interface Stat {
  parent: number;
  ticks: number;
}

/** `null` for a process that has ended. */
function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may contain anything. The state follows it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null;
  }
}

function readKind(pid: number): ProcessKind {
  let words: string;
  try {
    words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return 'other';
  }
  const type = /--type=(\S+)/.exec(words)?.[1];
  if (type === undefined) return 'browser';
  if (type === 'renderer') return 'renderer';
  if (type === 'gpu-process') return 'gpu';
  if (words.includes('network.mojom')) return 'network';
  if (words.includes('audio.mojom')) return 'audio';
  return words.includes('video_capture.mojom') ? 'video capture' : 'other';
}

/** Reads the time of the process `root` and of its descendants. */
export function readTree(root: number): Tally {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : null;
    if (stat) stats.set(pid, stat);
  }
  const isBelow = (pid: number): boolean => {
    for (let at = pid; at > 1; at = stats.get(at)?.parent ?? 0) if (at === root) return true;
    return false;
  };
  const tally = new Map<number, { kind: ProcessKind; ms: number }>();
  for (const [pid, { ticks }] of stats) {
    if (isBelow(pid)) tally.set(pid, { kind: readKind(pid), ms: ticks * TICK_MS });
  }
  return tally;
}

/** Percent of one core, of each kind and in all, between two readings. */
export function loadBetween(before: Tally, after: Tally, elapsedMs: number): Map<ProcessKind | 'all', number> {
  const load = new Map<ProcessKind | 'all', number>();
  for (const [pid, { kind, ms }] of after) {
    const percent = ((ms - (before.get(pid)?.ms ?? 0)) / elapsedMs) * 100;
    load.set(kind, (load.get(kind) ?? 0) + percent);
    load.set('all', (load.get('all') ?? 0) + percent);
  }
  return load;
}
