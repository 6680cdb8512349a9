/** Pages that enforce Trusted Types and load their own Lit: both copies create a policy of the same name. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { closeAll } from '../support/closing.ts';
import {
  EMBEDDING_POLICY,
  embeddingHtml,
  serveEmbeddingPage,
  startServer,
  type ServerProcess,
} from '../support/server/server-process.ts';

const TAGS = ['room-list', 'chat-room', 'video-call', 'device-picker'];
const OWN = "import { html, render } from 'lit'; render(html`<p id=\"own\">${'of the page'}</p>`, document.body);";
const ALONE = "trusted-types lit-html 'allow-duplicates'";

let server: ServerProcess;
let browser: TestBrowser;
let ownLit: string;

before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  const { outputFiles } = await build({
    stdin: { contents: OWN, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: 'esm',
    minify: true,
  });
  ownLit = `<script type="module">${outputFiles[0]!.text}</script>`;
});
after(() =>
  closeAll(
    () => browser?.close(),
    () => server?.stop(),
  ),
);

/**
 * Names what is shown under a policy: tags of our elements, and `own` for the page's own Lit template. Waits until that
 * are at least `least`.
 */
async function shownUnder(policy: string, html: string, { newPage }: TestBrowser, least = 1): Promise<string[]> {
  const site = await serveEmbeddingPage(html, policy);
  const { page } = await newPage();
  try {
    await page.goto(site.url);
    // Module scripts run in order, so all have run by now; one that threw will never show anything.
    return await waitFor(
      page,
      (tags: string[], wanted: number) => {
        const hasBase = (tag: string): boolean =>
          Boolean(document.querySelector(tag)?.shadowRoot?.querySelector('.base'));
        const shown = [...tags.filter(hasBase), ...(document.querySelector('#own') ? ['own'] : [])];
        return document.readyState === 'complete' && shown.length >= wanted ? shown : null;
      },
      [TAGS, least] as [string[], number],
      `Fewer than ${least} are shown`,
    );
  } finally {
    await page.close();
    await site.close();
  }
}

describe('under enforced Trusted Types', () => {
  const body = TAGS.map((tag) => `<${tag}></${tag}>`).join('');
  const pages: Record<string, () => string> = {
    before: () => embeddingHtml(server.url, body).replace('<script', () => `${ownLit}<script`),
    after: () => embeddingHtml(server.url, body).replace('</head>', () => `${ownLit}</head>`),
  };

  for (const [place, page] of Object.entries(pages)) {
    test(`shows the page and all four elements with the page's own Lit ${place} ours`, async () => {
      const all = [...TAGS, 'own'];
      assert.deepEqual(await shownUnder(EMBEDDING_POLICY, page(), browser, all.length), all);
    });

    test(`loses one of the two without duplicates, with the page's own Lit ${place} ours`, async () => {
      const other = await launchBrowser();
      const shown = await shownUnder(EMBEDDING_POLICY.replace(" 'allow-duplicates'", ''), page(), other).finally(() =>
        // The test browser fails on closing if a page violated its policy.
        assert.rejects(other.close(), /securitypolicyviolation/),
      );
      assert.ok(shown.length < TAGS.length + 1, shown.join());
    });
  }

  test('accepts the line of the documents and of the demo page', async () => {
    assert.ok(EMBEDDING_POLICY.endsWith(ALONE));
    assert.ok((await readFile('components/README.md', 'utf8')).includes(`\`${ALONE};\``));
    const { headers } = await fetch(server.url);
    assert.ok(
      headers.get('content-security-policy')?.includes(`;${ALONE}`),
      headers.get('content-security-policy') ?? 'none',
    );
  });
});
