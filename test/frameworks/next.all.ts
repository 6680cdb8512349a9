/** Next with its router of `app`: pages that its server renders, and those that it keeps, hidden. */
import { testSites, type TestedSite } from '../support/browser/site-tests.ts';

const site: TestedSite = {
  source: 'next',
  build: ['next/dist/bin/next', 'build'],
  serve: (port) => ['next/dist/bin/next', 'start', '--port', String(port), '--hostname', '127.0.0.1'],
  booleans: { 'by properties': { path: '/booleans', link: '#to-booleans' } },
};

testSites({ Next: site, 'Next with cacheComponents': { ...site, env: { CACHE_COMPONENTS: 'true' } } });
