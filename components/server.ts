/**
 * `sarangbang/server`, from before the server became a package of its own. A program that still imports it gets an
 * error that says so, but only when it calls `createApp`.
 */

const MOVED = 'The server is a package of its own: install sarangbang-server and import createApp from there.';

/** @deprecated The server is a package of its own: install sarangbang-server and import createApp from there. */
export class ConfigError extends Error {}

/** @deprecated The server is a package of its own: install sarangbang-server and import createApp from there. */
export type ConfigInput = Record<string, unknown>;

/** @deprecated The server is a package of its own: install sarangbang-server and import createApp from there. */
export type Config = Record<string, unknown>;

/** @deprecated The server is a package of its own: install sarangbang-server and import createApp from there. */
export type App = never;

/** @deprecated The server is a package of its own: install sarangbang-server and import createApp from there. */
export type AppParts = Record<string, unknown>;

/** @deprecated The server is a package of its own: install sarangbang-server and import createApp from there. */
export type Room = never;

/** @deprecated The server is a package of its own: install sarangbang-server and import createApp from there. */
export type Participant = never;

/** @deprecated The server is a package of its own: install sarangbang-server and import createApp from there. */
export async function createApp(_input?: ConfigInput, _parts?: AppParts): Promise<App> {
  throw new ConfigError(MOVED);
}
