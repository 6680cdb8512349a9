/**
 * `sarangbang check [PUBLIC_URL]`: whether a server with these settings would start and serve its guests.
 *
 * Owns the order of checks. Starts no server, changes nothing, and prints no secret.
 */
import { isSwitch } from '../../config/config.ts';
import type { Config } from '../../config/config.ts';
import { sourcesOf } from '../../config/record.ts';
import { printFindings } from './finding.ts';
import type { Finding } from './finding.ts';
import { checkPermissions } from './permissions.ts';
import { checkProxy } from './proxy.ts';
import { checkRelays } from './relays.ts';
import { checkSettings } from './settings.ts';

/** The address among the arguments, which is not the value of a flag, and the flags. */
function readPublicUrl(args: readonly string[]): { url: string | null; flags: string[] } {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (!arg.startsWith('-')) {
      // People often type the name only.
      const url = /^https?:\/\//i.test(arg) ? arg : `https://${arg}`;
      return { url, flags: args.toSpliced(index, 1) };
    }
    if (arg.startsWith('--') && !arg.includes('=') && !isSwitch(arg)) index++;
  }
  return { url: null, flags: [...args] };
}

async function checkStore(config: Config, now: () => number): Promise<Finding[]> {
  const grants = sourcesOf(config).length > 0;
  if (config.redisUrl !== '') return (await import('./redis-store.ts')).checkRedisStore(config, grants, now);
  const clock: Finding = {
    part: 'clock',
    verdict: '-',
    text: 'no Redis to compare with; a TURN server whose clock differs is named below',
  };
  if (config.dataDir !== ':memory:')
    return [...(await (await import('./disk-store.ts')).checkDiskStore(config, grants, now)), clock];
  return [
    { part: 'store', verdict: 'warning', text: 'DATA_DIR is :memory:, which keeps nothing over a restart' },
    clock,
  ];
}

/** All findings, in the order of the table. */
export async function findAll(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  now: () => number = Date.now,
): Promise<Finding[]> {
  const { url, flags } = readPublicUrl(args);
  const { findings, config, secretFiles } = await checkSettings(flags, environment, now);
  if (!config)
    return [
      ...findings,
      { part: 'store', verdict: '-', text: 'not looked at, and what follows neither, until the settings can be used' },
    ];
  const parts = [
    checkStore(config, now),
    checkPermissions(config, secretFiles),
    checkRelays(config, now),
    checkProxy(url, config),
  ];
  const [store = [], permissions = [], turn = [], proxy = []] = await Promise.all(parts);
  const isClock = ({ part }: Finding) => part === 'clock';
  return [
    ...findings,
    ...store.filter((finding) => !isClock(finding)),
    ...permissions,
    ...store.filter(isClock),
    ...turn,
    ...proxy,
  ];
}

/** Prints the table. Resolves to the exit code: 1 if something is wrong. */
export async function check(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const findings = await findAll(args, environment);
  process.stdout.write(printFindings(findings));
  return findings.some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
}
