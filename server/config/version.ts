import { createRequire } from 'node:module';

/** Set by the build; sources that run as they are have no commit. */
declare const BUILT_FROM_COMMIT: string | undefined;

export interface Version {
  /** Of the package. */
  version: string;
  /** The commit that it was built from; '' where nobody knows. */
  commit: string;
}

/** By the package's name, which says the same of the sources, of a build and of an installed package. */
export function readVersion(): Version {
  const { version } = createRequire(import.meta.url)('sarangbang-server/package.json') as { version: string };
  return { version, commit: typeof BUILT_FROM_COMMIT === 'string' ? BUILT_FROM_COMMIT : '' };
}
