import { createRequire } from 'node:module';

/** Set by the build; missing when the sources run directly. */
declare const BUILT_FROM_COMMIT: string | undefined;

export interface Version {
  /** The version of the package. */
  version: string;
  /** The commit that it was built from; '' if unknown. */
  commit: string;
}

/** Reads the version by the package's name, which works for the sources, a build and an installed package. */
export function readVersion(): Version {
  const { version } = createRequire(import.meta.url)('sarangbang-server/package.json') as { version: string };
  return { version, commit: typeof BUILT_FROM_COMMIT === 'string' ? BUILT_FROM_COMMIT : '' };
}
