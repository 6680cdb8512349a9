import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default {
  // Keeps the pages that were left, hidden.
  cacheComponents: process.env.CACHE_COMPONENTS === 'true',
  turbopack: { root },
  outputFileTracingRoot: root,
};
