import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default {
  // If true, Next keeps the pages that a person left, hidden in the document.
  cacheComponents: process.env.CACHE_COMPONENTS === 'true',
  turbopack: { root },
  outputFileTracingRoot: root,
};
