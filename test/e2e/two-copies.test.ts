/** Two copies of the code on one page: the server's modules, and the package's modules in a bundle. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import type { Page } from 'puppeteer-core';
import { launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { closeAll } from '../support/closing.ts';
import { listen } from '../support/server/server.ts';
import { root, startServer, type ServerProcess } from '../support/server/server-process.ts';

type Ids = Record<string, string | null>;

interface Copies {
  /** The participant id of each connector (see `CONNECTORS`), `null` before it has one. */
  ids(): Ids;
}

declare global {
  interface Window {
    copies: Copies;
  }
}

let server: ServerProcess;
let site: Server;
let siteUrl = '';
let browser: TestBrowser;
let bundled = '';

/** How each participant of the page connects: elements of the server, or `connect()` of the package. */
const CONNECTORS: Record<string, string> = {
  served: `await import(\`\${server}/chat-room.js\`);
    const chat = Object.assign(document.createElement('chat-room'), { server, room });
    document.body.append(chat);
    found.served = () => chat.participants.find(({ isSelf }) => isSelf)?.id;`,
  bundled: `const { connect } = await import('/bundled.js');
    const client = connect({ server });
    client.join(room);
    found.bundled = () => client.store.get().participantId;`,
  second: `const { connect } = await import('/bundled.js?second');
    const client = connect({ server });
    client.join(room);
    found.second = () => client.store.get().participantId;`,
  apart: `const { connect } = await import('/bundled.js');
    const client = connect({ server, shared: false });
    client.join(room);
    found.apart = () => client.store.get().participantId;`,
  servedClient: `const { connect } = await import(\`\${server}/client.js\`);
    const client = connect({ server });
    client.join(room);
    found.servedClient = () => client.store.get().participantId;`,
};

before(
  async () => {
    server = await startServer({});
    const { outputFiles } = await build({
      entryPoints: [join(root, 'components/dist/npm/client.js')],
      bundle: true,
      format: 'esm',
      write: false,
      nodePaths: [join(root, 'node_modules')],
    });
    bundled = outputFiles[0]!.text;
    site = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://site');
      if (pathname === '/bundled.js') {
        response.setHeader('content-type', 'text/javascript');
        response.end(bundled);
        return;
      }
      const names = (searchParams.get('order') ?? '').split(' ').filter(Boolean);
      const steps = names.map(
        (name) => `{ ${CONNECTORS[name]} }
      await until(() => found.${name}());`,
      );
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><title>Copies</title><body><script type="module">
      const server = ${JSON.stringify(server.url)};
      const room = ${JSON.stringify(searchParams.get('room'))};
      const found = {};
      const until = async (ask) => { while (!ask()) await new Promise((resolve) => setTimeout(resolve, 10)); };
      ${steps.join('\n')}
      window.copies = { ids: () => Object.fromEntries(Object.entries(found).map(([name, ask]) => [name, ask()])) };
    </script>`);
    });
    siteUrl = await listen(site);
    browser = await launchBrowser();
  },
  { timeout: 60_000 },
);
after(() =>
  closeAll(
    () => browser?.close(),
    () => site?.closeAllConnections(),
    () => site?.close(),
    () => server?.stop(),
  ),
);

/** A page, a function that reloads it with some connectors in this order, and the page's warnings of ours. */
async function open(): Promise<{ page: Page; load(order: string): Promise<Ids>; lines: string[] }> {
  const { page } = await browser.newPage();
  const lines: string[] = [];
  const room = randomUUID();
  page.on('console', (message) => message.text().startsWith('sarangbang') && lines.push(message.text()));
  const load = async (order: string): Promise<Ids> => {
    await page.goto(`${siteUrl}/?room=${room}&order=${encodeURIComponent(order)}`);
    return waitFor(page, () => window.copies?.ids() ?? null, [], `${order} are not connected`, 20_000);
  };
  return { page, load, lines };
}

describe('a page with two copies of the code', () => {
  /** The connectors in their order: at the first load of the page, after one reload, and after the next. */
  const ORDERS: Record<string, [string, string, string]> = {
    'in one order': ['served bundled', 'served bundled', 'served bundled'],
    'in another order after each reload': ['served bundled', 'bundled served', 'served bundled'],
    'the package first': ['bundled served', 'served bundled', 'bundled served'],
    'two packages': ['bundled second', 'bundled second', 'bundled second'],
    three: ['served bundled second', 'served bundled second', 'bundled served second'],
    'connect() of both': ['servedClient bundled', 'bundled servedClient', 'bundled servedClient'],
  };
  for (const [what, orders] of Object.entries(ORDERS)) {
    test(`keeps its participants over a reload and warns once: ${what}`, { timeout: 60_000 }, async () => {
      const { page, load, lines } = await open();
      const first = await load(orders[0]);
      assert.equal(new Set(Object.values(first)).size, orders[0].split(' ').length, 'each is somebody');
      const { version } = JSON.parse(readFileSync(join(root, 'components/package.json'), 'utf8')) as {
        version: string;
      };
      for (const [index, order] of orders.slice(1).entries()) {
        assert.equal(lines.length, index + 1, lines.join('\n'));
        assert.deepEqual(await load(order), first);
      }
      assert.equal(lines.length, orders.length, lines.join('\n'));
      for (const line of lines) {
        assert.equal(line.split(version).length, 3, `both versions: ${line}`);
        assert.match(line, /from one place/);
      }
      await page.close();
    });
  }

  test('keeps the first token under the plain key', { timeout: 60_000 }, async () => {
    const { page, load } = await open();
    const { served, bundled: other } = await load('served bundled');
    const stored = await page.evaluate(() => {
      const entries = Object.entries(sessionStorage) as [string, string][];
      return Object.fromEntries(entries.map(([key, value]) => [key, (JSON.parse(value) as string[])[0]]));
    });
    const plain = `sarangbang:resume:${server.url}`;
    assert.deepEqual(stored, { [plain]: served, [`${plain} npm`]: other });
    await page.close();
  });
});

describe('a page with one copy', () => {
  test(
    'does not warn, and keeps the identity of a separate client beside the elements',
    { timeout: 60_000 },
    async () => {
      const { page, load, lines } = await open();
      const first = await load('bundled apart');
      assert.notEqual(first.bundled, first.apart);
      assert.deepEqual(await load('apart bundled'), first);
      assert.deepEqual(await load('bundled apart'), first);
      assert.deepEqual(lines, []);
      await page.close();
    },
  );

  test('shares one participant between elements and connect()', { timeout: 60_000 }, async () => {
    const { page, load, lines } = await open();
    const ids = await load('served servedClient');
    assert.equal(ids.served, ids.servedClient);
    assert.deepEqual(lines, []);
    await page.close();
  });

  test('accepts a token that an earlier version stored', { timeout: 60_000 }, async () => {
    const { page, load } = await open();
    const { served } = await load('served');
    // An entry of an earlier version, which did not store the copy of the code that owns it.
    await page.evaluate(() =>
      addEventListener('pagehide', () => {
        for (const [key, value] of Object.entries(sessionStorage) as [string, string][]) {
          sessionStorage.setItem(key, JSON.stringify((JSON.parse(value) as string[]).slice(0, 2)));
        }
      }),
    );
    const again = await load('served bundled');
    assert.equal(again.served, served);
    await page.close();
  });
});
