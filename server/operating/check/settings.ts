/**
 * The settings as a start would read them, with everything that is wrong. A start names the first error only.
 *
 * Does not own what a setting may hold, nor the sentences about it (`config.ts`).
 */
import { ConfigError, SECRET_VARIABLES, findEmpty, findMisspellings, readConfig } from '../../config/config.ts';
import type { Config } from '../../config/config.ts';
import { createGrants } from '../../grants/grants.ts';
import { describeSecretFlags, expandSecretFiles } from '../../config/secret-files.ts';
import { describeDoubts, describeStart } from '../start-line.ts';
import type { Finding } from './finding.ts';
import type { SecretFiles } from './permissions.ts';

export interface CheckedSettings {
  findings: Finding[];
  /** Null if a start would end because of the settings. */
  config: Config | null;
  secretFiles: SecretFiles;
}

/** Flags and their values, without those of one name. */
function withoutFlag(args: readonly string[], flag: string): string[] {
  const left: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg.split('=', 1)[0] !== flag) left.push(arg);
    else while (!arg.includes('=') && args[index + 1] !== undefined && !args[index + 1]!.startsWith('--')) index++;
  }
  return left;
}

/** The input without the setting that `message` is about; null if it is about no setting. */
function leaveOut(
  message: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): { args: string[]; environment: NodeJS.ProcessEnv } | null {
  const flag = args
    .map((arg) => arg.split('=', 1)[0]!)
    .find(
      (name) =>
        message.startsWith(`${name} `) ||
        message.startsWith(`The flag ${name} `) ||
        message.startsWith(`The flag ${JSON.stringify(name)} `),
    );
  if (flag !== undefined) return { args: withoutFlag(args, flag), environment };
  const [name = ''] = message.split(' ', 1);
  const names = [name, `${name}_FILE`].filter((candidate) => environment[candidate] !== undefined);
  if (names.length === 0) return null;
  return {
    args: [...args],
    environment: Object.fromEntries(Object.entries(environment).filter(([key]) => !names.includes(key))),
  };
}

/** Reads again without each setting that cannot be used, so that all errors are told at once. */
function readAll(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const faults: string[] = [];
  let left = { args: [...args], environment };
  for (;;) {
    try {
      const expanded = expandSecretFiles(left.environment);
      return { faults, expanded, config: readConfig(left.args, expanded.environment) };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(error.message);
      const less = leaveOut(error.message, left.args, left.environment);
      if (!less) return { faults, expanded: { environment: left.environment, warnings: [] }, config: null };
      left = less;
    }
  }
}

export async function checkSettings(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  now: () => number,
): Promise<CheckedSettings> {
  const { faults, expanded, config } = readAll(args, environment);
  if (config) {
    await createGrants(config, now).catch((error: unknown) => {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(error.message);
    });
  }
  const isUsable = config !== null && faults.length === 0;
  const find = (verdict: Finding['verdict'], texts: readonly string[]): Finding[] =>
    texts.map((text) => ({ part: 'settings', verdict, text }));
  const findings = [
    // A misspelt name does not stop a start, but nobody sets one on purpose.
    ...find('wrong', [...new Set([...faults, ...findMisspellings(expanded.environment)])]),
    ...find('warning', [
      ...describeSecretFlags(args),
      ...findEmpty(expanded.environment),
      ...(isUsable ? describeDoubts(config) : []),
    ]),
  ];
  if (isUsable) findings.unshift({ part: 'settings', verdict: 'ok', text: summarize(config) });
  const names = SECRET_VARIABLES.map((variable) => `${variable}_FILE`).filter((name) => environment[name]);
  const secretFiles = { names, openings: expanded.warnings };
  return { findings, config: isUsable ? config : null, secretFiles };
}

function summarize(config: Config): string {
  const { version, commit, mode, store, grants, stun, turn, trustProxy } = describeStart(config, []);
  const list = (names: readonly string[]) => names.join(', ') || 'none';
  return [
    `version ${version}${commit && ` (${commit})`}`,
    `store: ${mode}${store && ` ${store}`}`,
    `grants: ${list(grants)}`,
    `STUN: ${list(stun)}`,
    `TURN: ${list(turn)}`,
    `proxies: ${typeof trustProxy === 'number' ? trustProxy : list(trustProxy)}`,
  ].join('; ');
}
