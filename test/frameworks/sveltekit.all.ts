/** SvelteKit with its adapter for Node. */
import { testSites } from '../support/browser/site-tests.ts';

testSites({
  SvelteKit: {
    source: 'sveltekit',
    build: ['vite/bin/vite.js', 'build'],
    serve: () => ['./build/index.js'],
    booleans: {
      'by properties': {
        path: '/booleans',
        link: '#to-booleans',
        // HTML has booleans of these names. Svelte's server takes the text 'false' for true.
        theirs: ['3 video-call muted', '3 chat-room readonly'],
      },
    },
  },
});
