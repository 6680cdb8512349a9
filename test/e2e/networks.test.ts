/**
 * `checkConnection()` behind real networks: a browser on one, the server and its relay on another, and between them a
 * router that drops UDP on request.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Page } from 'puppeteer-core';
import { closeBrowsers, launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { wave } from '../support/browser/wave.ts';
import { makeDirectory } from '../support/server/backends.ts';
import { openNetwork, whyNoNetworks, type Network } from '../support/server/networks.ts';
import { embeddingHtml, startServer } from '../support/server/server-process.ts';
import { startTurnServer } from '../support/server/turn-server.ts';

const MINUTE = 60_000;
/** The server's port: there is nothing else on its network. */
const FIRST_PORT = 8_000;
/** A clock that is a day late gives credentials that the relay holds for expired. */
const YESTERDAY = 'const { now } = Date; Date.now = () => now() - 864e5';
const LATE = `--import=data:text/javascript,${encodeURIComponent(YESTERDAY)}`;

interface Words {
  microphone: string;
  network: string;
  relay: string;
  isMeasured: boolean;
}

const words = (network: string, relay: string, microphone = 'ok'): Words => ({
  microphone,
  network,
  relay,
  isMeasured: true,
});

/** A server on the network, and what the call on its page finds. */
class House {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async open(t: TestContext, network: Network, port: number, settings: Record<string, string>): Promise<House> {
    const server = await startServer({ HOST: network.address, PORT: `${port}`, ...settings }, network.enter.server);
    t.after(() => server.stop());
    return new House(`http://${network.address}:${port}`);
  }

  /** Enters its call, and presses beside it, because browsers measure a level only then. */
  async enter(browser: TestBrowser): Promise<Page> {
    const { page } = await browser.newPage();
    const call = `<button id="elsewhere">Elsewhere</button>
      <video-call autojoin camera-off room="networks-${randomUUID()}"></video-call>`;
    // The page is of the server's origin, which a flag of the browser makes trusted.
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      const isPage = request.url().endsWith('/embedding');
      void (isPage
        ? request.respond({ contentType: 'text/html', body: embeddingHtml(this.#url, call) })
        : request.continue());
    });
    await page.goto(`${this.#url}/embedding`);
    const isIn = () => document.querySelector('video-call')?.state === 'joined' || null;
    await waitFor(page, isIn, [], 'not in the call', 30_000);
    await page.click('#elsewhere');
    return page;
  }
}

async function check(page: Page): Promise<Words> {
  const { microphone, network, relay, sentKbps, receivedKbps, roundTripMs } = await page.evaluate(() =>
    document.querySelector('video-call')!.checkConnection(),
  );
  await page.close();
  const isMeasured = [sentKbps, receivedKbps, roundTripMs].every((figure) => figure !== null);
  return { microphone, network, relay, isMeasured };
}

test('a check says the right word behind each network', { timeout: 2 * MINUTE }, async (t) => {
  const reason = await whyNoNetworks();
  if (reason) return t.skip(reason);
  const folder = await makeDirectory(t);
  const network = await openNetwork();
  t.after(() => network.close());
  t.after(() => closeBrowsers());
  const { address, enter } = network;
  const turn = await startTurnServer({ network: { address, through: enter.server } });
  t.after(() => turn.stop());

  const relayed = { TURN_URLS: `${turn.url},${turn.url.replace('=udp', '=tcp')}`, TURN_SECRET: turn.secret };
  const settings: Record<string, Record<string, string>> = {
    open: relayed,
    'relay down': { ...relayed, TURN_URLS: `turn:${address}:9?transport=udp` },
    'credentials expired': { ...relayed, NODE_OPTIONS: LATE },
    'no relay': { STUN_URLS: '' },
    'STUN alone': { STUN_URLS: `stun:${address}:${turn.port}` },
  };
  const houses = new Map<string, House>();
  for (const [at, [name, one]] of Object.entries(settings).entries())
    houses.set(name, await House.open(t, network, FIRST_PORT + at, one));
  const silence = join(folder, 'silence.wav');
  await writeFile(
    silence,
    wave(() => 0),
  );
  const origins = Object.keys(settings).map((_, at) => `http://${address}:${FIRST_PORT + at}`);
  const open = (...more: string[]) =>
    launchBrowser({
      through: enter.client,
      extraFlags: [`--unsafely-treat-insecure-origin-as-secure=${origins.join(',')}`, ...more],
    });
  const [browser, silent] = await Promise.all([open(), open(`--use-file-for-fake-audio-capture=${silence}`)]);
  const found = async (names: readonly string[], by = browser): Promise<Record<string, Words>> => {
    const pages: [name: string, page: Page][] = [];
    for (const name of names) pages.push([name, await houses.get(name)!.enter(by)]);
    return Object.fromEntries(await Promise.all(pages.map(async ([name, page]) => [name, await check(page)] as const)));
  };
  assert.deepEqual(await found(['open', 'relay down', 'credentials expired', 'no relay', 'STUN alone']), {
    open: words('direct', 'ok'),
    'relay down': words('direct', 'failed'),
    'credentials expired': words('direct', 'failed'),
    'no relay': words('direct', 'none'),
    'STUN alone': words('direct', 'none'),
  });
  const quiet = await found(['open'], silent);
  assert.deepEqual(quiet, { open: words('direct', 'ok', 'silent') }, 'a silent microphone');
  await network.closeIn();
  assert.deepEqual(await found(['open', 'STUN alone']), {
    open: words('relay', 'ok'),
    'STUN alone': words('blocked', 'none'),
  });
});
