/** Next with its `app` router: pages that its server renders, and hidden pages that it keeps. */
import { testSites, type TestedSite } from '../support/browser/site-tests.ts';

const site: TestedSite = {
  source: 'next',
  build: ['next/dist/bin/next', 'build'],
  serve: (port) => ['next/dist/bin/next', 'start', '--port', String(port), '--hostname', '127.0.0.1'],
  booleans: { 'by properties': { path: '/booleans', link: '#to-booleans' } },
};

testSites({ Next: site, 'Next with cacheComponents': { ...site, env: { CACHE_COMPONENTS: 'true' } } });
