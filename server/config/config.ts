/**
 * Everything that an operator can set, read into one frozen object. Flags (`--room-capacity 20`) take precedence over
 * the environment (`ROOM_CAPACITY=20`). `createApp` takes typed values under camelCase names.
 *
 * Owns names, defaults, ranges and the sentences that refuse a value. It is the only reader of `process.env`. It opens
 * no file and resolves no host name, so reading has no side effects.
 */
import { DURATION_UNITS } from './durations.ts';
import { findMisspelt } from './misspellings.ts';
import type { Misspelling } from './misspellings.ts';
import {
  Unfit,
  asOrigin,
  durationSetting,
  hasScheme,
  integerSetting,
  isRedisAddress,
  isStunAddress,
  isTurnAddress,
  listSetting,
  textSetting,
  trustedAddresses,
} from './setting-kinds.ts';
import type { Setting } from './setting-kinds.ts';
import { secretsOf } from './token-keys.ts';

export type LogLevel = (typeof LOG_LEVELS)[number];

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** All settings, checked. Durations are in milliseconds. */
export interface Config {
  port: number;
  host: string;
  /** Origins besides the server's own whose pages may connect; `*` for any. */
  allowedOrigins: readonly string[];
  /** The number of proxies, or the addresses (CIDR or single), whose `X-Forwarded-*` is trusted. */
  trustProxy: number | readonly string[];
  stunUrls: readonly string[];
  turnUrls: readonly string[];
  turnSecret: string;
  turnTtl: number;
  tokenSecret: string;
  tokenPublicKey: string;
  tokenJwksUrl: string;
  roomCapacity: number;
  callCapacity: number;
  /** A directory, or `:memory:` to keep nothing. */
  dataDir: string;
  chatRetention: number;
  chatHistoryLimit: number;
  roomLinger: number;
  redisUrl: string;
  /** `host:port` for `/metrics` and the calls of administrators; '' if the public address answers them. */
  adminListen: string;
  logLevel: LogLevel;
  /** Whether a store that was used with grants may be opened without them. */
  allowOpen: boolean;
  /** Whether changed settings may delete messages, or differ from what the processes of one Redis share. */
  acceptSettings: boolean;
}

/** Consent for one start. It is a flag without a variable, so that it cannot remain in a file of settings. */
const SWITCHES = ['allowOpen', 'acceptSettings'] as const;
type Switch = (typeof SWITCHES)[number];
type Settings = Omit<Config, Switch>;

/** The options of `createApp`: typed values, or strings as in the environment. */
export type ConfigInput = { [Name in keyof Settings]?: Settings[Name] | string } & { [Name in Switch]?: boolean };

/** A setting that cannot be used. `message` is one line for the operator. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Host and port of `adminListen`. */
export function adminAddressOf({ adminListen }: Pick<Config, 'adminListen'>): { host: string; port: number } {
  const at = adminListen.lastIndexOf(':');
  return { host: adminListen.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(adminListen.slice(at + 1)) };
}

const SETTINGS: { [Name in keyof Settings]: Setting<Settings[Name]> } = {
  port: integerSetting(3000, 0, 65_535),
  host: textSetting('localhost', { may: 'a host name or an address', fits: (text) => /^[^\s/]+$/.test(text) }),
  allowedOrigins: listSetting([], 'origins such as https://blog.example, separated by commas, or *', asOrigin),
  trustProxy: {
    standard: 0,
    parse: (value, typed) =>
      typeof value === 'number' || /^\d+$/.test(String(value))
        ? integerSetting(0, 0, 32).parse(value, typed)
        : trustedAddresses.parse(value, typed),
  },
  stunUrls: listSetting(
    Object.freeze(['stun:stun.l.google.com:19302', 'stun:stun.cloudflare.com:3478']),
    'addresses such as stun:stun.example:3478, separated by commas, or nothing',
    (text) => (isStunAddress(text) ? text : null),
  ),
  turnUrls: listSetting([], 'addresses such as turn:turn.example:3478?transport=udp, separated by commas', (text) =>
    isTurnAddress(text) ? text : null,
  ),
  turnSecret: textSetting(''),
  turnTtl: durationSetting(300_000, { zero: false }),
  tokenSecret: textSetting(''),
  tokenPublicKey: textSetting(''),
  tokenJwksUrl: textSetting('', {
    may: 'an address such as https://login.example/jwks.json',
    fits: hasScheme(/^https?:/),
  }),
  roomCapacity: integerSetting(50, 1, 10_000),
  callCapacity: integerSetting(8, 1, 10_000),
  dataDir: textSetting('./data', {
    may: 'a directory, or :memory:',
    fits: (text) => text !== '' && !text.includes('\0'),
  }),
  chatRetention: durationSetting(30 * DURATION_UNITS.d, { zero: true }),
  chatHistoryLimit: integerSetting(10_000, 0, 1_000_000),
  roomLinger: durationSetting(10 * DURATION_UNITS.m, { zero: true }),
  redisUrl: textSetting('', {
    may:
      'an address such as redis://localhost:6379; in its password, characters that are not letters or digits are ' +
      'percent-encoded (%40 for @)',
    fits: isRedisAddress,
  }),
  adminListen: {
    standard: '',
    parse(value) {
      const [, host = '127.0.0.1', port] = /^(?:(\[[0-9a-f:.]+\]|[^\s/:[\]]+):)?(\d{1,5})$/i.exec(String(value)) ?? [];
      if (value === '') return '';
      if (port === undefined || Number(port) > 65_535) throw new Unfit('an address such as 127.0.0.1:9090, or a port');
      return `${host}:${Number(port)}`;
    },
  },
  logLevel: {
    standard: 'info',
    parse(value) {
      const level = LOG_LEVELS.find((candidate) => candidate === value);
      if (!level) throw new Unfit(`one of ${LOG_LEVELS.join(', ')}`);
      return level;
    },
  },
};

type Name = keyof Settings;

const NAMES = Object.keys(SETTINGS) as Name[];
/** With any of these settings, every room needs a grant. */
export const TOKEN_NAMES = ['tokenSecret', 'tokenPublicKey', 'tokenJwksUrl'] as const;
/** Settings whose value may stand in a file. The variable with the suffix `_FILE` names that file. */
export const SECRET_VARIABLES = ['TOKEN_SECRET', 'TOKEN_PUBLIC_KEY', 'TURN_SECRET', 'REDIS_URL'] as const;
/** The least number of characters of a secret that cannot be guessed. */
const SECRET_LENGTH = 32;

export const toVariable = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const toFlag = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A URL without its user name, password and query; ioredis reads credentials from the query too. */
export function hideCredentials(address: string): string {
  return address.replace(/^([a-z+.-]*:\/\/)?.*@/is, '$1…@').replace(/\?.*$/s, '?…');
}

/** A value as an error may repeat it. Secrets never reach a terminal or a log. */
function shown(name: Name, value: unknown): string {
  if (name === 'turnSecret' || name === 'tokenSecret' || name === 'tokenPublicKey') return '(not shown)';
  const given = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const text = name === 'redisUrl' ? hideCredentials(given) : given;
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

interface Given {
  value: unknown;
  /** The name that the operator used: of the variable, flag or option. */
  label: string;
  typed: boolean;
}

/** The relays as STUN servers. Browsers ask STUN servers over UDP only, so `turns:` is left out. */
function stunOf(turnUrls: readonly string[]): string[] {
  const plain = turnUrls.filter((url) => url.startsWith('turn:'));
  return [...new Set(plain.map((url) => url.replace(/^turn:/, 'stun:').replace(/\?.*$/, '')))];
}

function settle(given: ReadonlyMap<Name, Given>, switches: ReadonlySet<Switch>): Config {
  const config: Partial<Record<Name | Switch, unknown>> = {};
  for (const name of SWITCHES) config[name] = switches.has(name);
  for (const name of NAMES) {
    const setting = SETTINGS[name];
    const found = given.get(name);
    try {
      config[name] = found ? setting.parse(found.value, found.typed) : setting.standard;
    } catch (error) {
      if (!(error instanceof Unfit) || !found) throw error;
      throw new ConfigError(`${found.label} is ${shown(name, found.value)}; it may hold ${error.message}.`);
    }
  }
  // A relay answers STUN requests too, so no third party is needed.
  if (!given.has('stunUrls')) {
    const relays = config['turnUrls'] as readonly string[];
    if (relays.length > 0) config['stunUrls'] = Object.freeze(stunOf(relays));
  }
  const checked = config as Record<Name | Switch, unknown> as unknown as Config;
  if (checked.turnUrls.length > 0 && checked.turnSecret === '') {
    throw new ConfigError(
      'TURN_URLS is set but TURN_SECRET is not; it must hold the secret shared with the TURN server.',
    );
  }
  assertSecrets(checked.tokenSecret, given.get('tokenSecret')?.label ?? 'TOKEN_SECRET');
  const source = TOKEN_NAMES.find((name) => checked[name] !== '');
  if (checked.allowOpen && source) {
    const { label = '' } = given.get(source) ?? {};
    throw new ConfigError(`--allow-open opens every room, and ${label} asks for grants: leave out one of the two.`);
  }
  return Object.freeze(checked);
}

const EXAMPLE = `${SECRET_LENGTH} random characters at least, such as openssl rand -base64 48 prints`;

/** What nobody means as a secret: a comment, the name of the setting, or binary data. */
const NO_SECRETS: readonly [RegExp, string][] = [
  [/^\s*#/, 'looks like a comment'],
  [/^\s*(?:export\s+)?TOKEN_SECRET\s*[=:]/i, 'begins with the name of the setting'],
  [/(?!\t)\p{Cc}|\ufffd/u, 'holds characters that are not text'],
];

/** Throws if a secret (one a line) can be guessed or is obviously something else. */
export function assertSecrets(text: string, label: string): void {
  for (const [index, secret] of secretsOf(text).entries()) {
    const place = text.includes('\n') ? `${label}, line ${index + 1},` : label;
    const fault = NO_SECRETS.find(([pattern]) => pattern.test(secret))?.[1];
    if (fault) throw new ConfigError(`${place} ${fault}; each line must be a secret alone, ${EXAMPLE}.`);
    if (secret.length < SECRET_LENGTH) throw new ConfigError(`${place} is too short: it must hold ${EXAMPLE}.`);
  }
}

/** The settings of a program that embeds the server. Throws `ConfigError`. */
export function createConfig(input: ConfigInput = {}): Config {
  const given = new Map<Name, Given>();
  const switches = new Set<Switch>();
  for (const [key, value] of Object.entries(input)) {
    const consent = SWITCHES.find((candidate) => candidate === key);
    if (consent) {
      if (value !== undefined && typeof value !== 'boolean')
        throw new ConfigError(`The option ${consent} may hold true or false.`);
      if (value) switches.add(consent);
      continue;
    }
    const name = NAMES.find((candidate) => candidate === key);
    if (!name) {
      const known = [...NAMES, ...SWITCHES].join(', ');
      throw new ConfigError(`createApp does not know the option ${JSON.stringify(key)}; it may be one of ${known}.`);
    }
    if (value !== undefined) given.set(name, { value, label: `The option ${name}`, typed: true });
  }
  return settle(given, switches);
}

/** Whether a flag takes no value. */
export const isSwitch = (flag: string): boolean => SWITCHES.some((name) => toFlag(name) === flag);

/** The arguments of the process. */
export const readArguments = (): string[] => process.argv.slice(2);
export const readEnvironment = (): NodeJS.ProcessEnv => process.env;

/** Whether `--version` is among the arguments. */
export function asksVersion(args: readonly string[] = process.argv.slice(2)): boolean {
  return args.includes('--version');
}

/** The text for `--help`; null if it is not among the arguments. */
export function readUsage(args: readonly string[] = process.argv.slice(2)): string | null {
  if (!args.includes('--help') && !args.includes('-h')) return null;
  const width = Math.max(...[...NAMES, ...SWITCHES].map((name) => toFlag(name).length));
  return `sarangbang                  serves rooms, chat and calls, and says where
sarangbang token --room x   prints a grant for that room, signed with TOKEN_SECRET;
                            also --name, --role, --ttl, --sub, --jti, --token-secret
sarangbang check URL        says whether a server with these settings would start and serve its guests;
                            also without URL, the public address of a server that runs
sarangbang backup FILE      copies the store under DATA_DIR into one new file, while a server runs or not
sarangbang restore FILE     puts such a file in the place of that store; no server may run
sarangbang --version        prints the version of this package

Flags and their environment variables. A flag takes precedence (server/README.md has the defaults):
${NAMES.map((name) => `  ${toFlag(name).padEnd(width)}  ${toVariable(name)}`).join('\n')}

Flags for one start, without a value and without a variable:
  ${toFlag('allowOpen').padEnd(width)}  opens a store that was used with grants, without grants
  ${toFlag('acceptSettings').padEnd(width)}  accepts settings that delete messages, or that differ from other processes
`;
}

/** The arguments after the subcommand `token`, and `TOKEN_SECRET` ('' if it is not set); null for any other command. */
export function readTokenCommand(
  args: readonly string[] = process.argv.slice(2),
  environment: NodeJS.ProcessEnv = process.env,
): { args: readonly string[]; secret: string } | null {
  const [subcommand, ...rest] = args;
  return subcommand === 'token' ? { args: rest, secret: environment['TOKEN_SECRET'] ?? '' } : null;
}

/**
 * The settings of the process: flags take precedence over the environment, and both over defaults. Throws
 * `ConfigError`.
 */
export function readConfig(
  args: readonly string[] = process.argv.slice(2),
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  const given = new Map<Name, Given>();
  const switches = new Set<Switch>();
  refuseDoubtfulTokens(environment);
  for (const name of NAMES) {
    const variable = toVariable(name);
    const value = environment[variable];
    // An empty variable counts as not set, because start scripts often empty a variable to unset it. For a list, empty
    // is a value.
    const meansSomething = value !== '' || Array.isArray(SETTINGS[name].standard);
    if (value !== undefined && meansSomething) given.set(name, { value, label: variable, typed: false });
  }
  for (let index = 0; index < args.length; index++) {
    const [flag = '', ...inline] = (args[index] ?? '').split('=');
    const consent = SWITCHES.find((candidate) => toFlag(candidate) === flag);
    if (consent && inline.length > 0) throw new ConfigError(`The flag ${flag} takes no value.`);
    if (consent) switches.add(consent);
    if (consent) continue;
    const name = NAMES.find((candidate) => toFlag(candidate) === flag);
    if (!name) {
      const known = [...NAMES, ...SWITCHES].map(toFlag).join(' ');
      throw new ConfigError(`The flag ${JSON.stringify(flag)} is not known; it may be one of ${known}.`);
    }
    const value = inline.length > 0 ? inline.join('=') : args[++index];
    if (value === undefined) throw new ConfigError(`The flag ${flag} needs a value.`);
    if (value === '' && isTokenName(name)) throw new ConfigError(describeEmptyToken(flag));
    given.set(name, { value, label: flag, typed: false });
  }
  return settle(given, switches);
}

const isTokenName = (name: Name): boolean => TOKEN_NAMES.some((candidate) => candidate === name);

const describeEmptyToken = (label: string): string =>
  `${label} is empty, so no grants would be asked for and every room would be open. Set it, or leave it out.`;

/** Names in the environment that are almost names of settings. */
function findDoubtful(environment: NodeJS.ProcessEnv): Misspelling[] {
  return findMisspelt(Object.keys(environment), [
    ...NAMES.map(toVariable),
    ...SECRET_VARIABLES.map((name) => `${name}_FILE`),
  ]);
}

/** A misspelt name must not open every room of a server that was meant to require grants. */
function refuseDoubtfulTokens(environment: NodeJS.ProcessEnv): void {
  for (const variable of TOKEN_NAMES.map(toVariable)) {
    if (environment[variable] === '') throw new ConfigError(describeEmptyToken(variable));
  }
  for (const { given, meant } of findDoubtful(environment)) {
    if (!meant.startsWith('TOKEN_')) continue;
    throw new ConfigError(
      `${given} is set, but no such setting exists; ${meant} does. Rename it, or remove it from the environment.`,
    );
  }
}

/** Sentences about names in the environment that have no effect but were probably meant to. */
export function findMisspellings(environment: NodeJS.ProcessEnv): string[] {
  const lines = findDoubtful(environment).map(
    ({ given, meant }) => `${given} is not a setting and has no effect; did you mean ${meant}?`,
  );
  for (const name of SWITCHES) {
    if (environment[toVariable(name)] === undefined) continue;
    lines.push(`${toVariable(name)} has no effect: it is the flag ${toFlag(name)} of one start.`);
  }
  return lines;
}

/** Sentences about empty settings in the environment. */
export function findEmpty(environment: NodeJS.ProcessEnv): string[] {
  // For a list, empty is a value.
  const isEmpty = (name: Name) => environment[toVariable(name)] === '' && !Array.isArray(SETTINGS[name].standard);
  return NAMES.filter(isEmpty).map((name) => `${toVariable(name)} is empty, which counts as not set.`);
}

/** Log lines about settings in the environment that do not do what they seem to. No line holds a value. */
export function readDoubts(environment: NodeJS.ProcessEnv = process.env): string[] {
  return [...findMisspellings(environment), ...findEmpty(environment)];
}
