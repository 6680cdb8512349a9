/**
 * The elements without a browser: in jsdom and happy-dom, in which people test their pages, and rendered by a server
 * and then hydrated by a browser. The package is the one that npm packs.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { launchBrowser, waitFor } from '../support/browser/browser.ts';
import { frameworkModules, installFrameworks } from '../support/browser/frameworks.ts';
import { packPackage, unpackPackage } from '../support/browser/packed-package.ts';
import {
  embeddingHtml,
  root,
  serveEmbeddingPage,
  startServer,
  type ServerProcess,
} from '../support/server/server-process.ts';

const TAGS = ['video-call', 'chat-room', 'room-list', 'device-picker'];
/** A port without a listener. */
const NO_SERVER = 'http://127.0.0.1:9';

const MODULES = {
  [frameworkModules]: ['@lit', '@lit-labs', 'happy-dom', 'jsdom', 'lit', 'lit-element', 'lit-html'],
  [join(root, 'node_modules')]: ['@socket.io/component-emitter', 'engine.io-client', 'socket.io-client', 'uqr'],
};

let directory = '';
let server: ServerProcess;

async function run(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(directory, script), ...args], {
    cwd: directory,
    maxBuffer: 1e7,
    timeout: 120_000,
  });
  return stdout;
}

function bundle(contents: string, format: 'iife' | 'esm') {
  return build({
    stdin: { contents, resolveDir: directory },
    bundle: true,
    format,
    target: 'es2022',
    write: false,
    // In a classic script `import.meta.url` is undefined, about which esbuild would print a warning.
    logOverride: { 'empty-import-meta': 'silent' },
  }).then(({ outputFiles }) => outputFiles[0]!.text);
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sarangbang-hosts-'));
  installFrameworks();
  unpackPackage(packPackage(directory), join(directory, 'node_modules/sarangbang'));
  for (const [home, names] of Object.entries(MODULES)) {
    for (const name of names) {
      const path = join(directory, 'node_modules', name);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(join(home, name), path);
    }
  }
  cpSync(join(root, 'test/frameworks/hosts'), directory, { recursive: true });
  writeFileSync(join(directory, 'classic.js'), await bundle(`import 'sarangbang';`, 'iife'));
  server = await startServer();
});

after(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('an element is made, connected, set, called and removed without an exception, and leaves nothing open', () => {
  for (const [host, way, isServed] of [
    ['jsdom', 'globals', false],
    ['jsdom', 'globals', true],
    ['jsdom', 'script', false],
    ['happy-dom', 'globals', false],
    ['happy-dom', 'globals', true],
    ['happy-dom', 'script', false],
  ] as const) {
    const how = way === 'script' ? 'as a script of the window' : 'beside the names of Node';
    test(`${host}, ${how}, ${isServed ? 'with' : 'without'} a server`, { timeout: 130_000 }, async () => {
      const output = await run('life.mjs', host, way, isServed ? server.url : NO_SERVER);
      const { seen, faults, left } = JSON.parse(output.slice(output.lastIndexOf('{"seen"'))) as {
        seen: Record<string, number>;
        faults: string[];
        left: string[];
      };
      assert.deepEqual(faults, []);
      assert.deepEqual(Object.keys(seen), TAGS);
      for (const [tag, length] of Object.entries(seen)) assert.ok(length > 300, `<${tag}> shows nothing: ${length}`);
      assert.deepEqual(left, [], 'still open a second later');
    });
  }
});

describe('rendered by a server', () => {
  let markup = '';
  before(async () => {
    markup = await run('render.mjs');
  });

  test('all four elements contain their views', () => {
    for (const tag of TAGS) {
      const [, shadow] = new RegExp(`<${tag} .*?<template [^>]*>(.*?)</template>`, 's').exec(markup)!;
      assert.equal(shadow!.split('part="base"').length, 2, tag);
    }
  });

  for (const [taker, script] of [
    ['the server’s modules', ''],
    ['a bundle from npm', `import 'sarangbang';`],
    [
      'a bundle from npm with Lit’s support for hydration',
      `import '@lit-labs/ssr-client/lit-element-hydrate-support.js'; import 'sarangbang';`,
    ],
  ] as const) {
    test(`hydrated by ${taker}, each shows one view and continues`, { timeout: 60_000 }, async (t) => {
      const browser = await launchBrowser();
      t.after(() => browser.close());
      const body = markup.replaceAll(/<(?=video-call|chat-room|room-list)[\w-]+/g, `$& server="${server.url}"`);
      const html = embeddingHtml(server.url, body);
      const bundled = script && (await bundle(script, 'esm')).replaceAll('</script', '<\\/script');
      const ownScript = () => `<script type="module">${bundled}</script>`;
      const site = await serveEmbeddingPage(
        script ? html.replace(/<script.*<\/script>/, '').replace('</body>', ownScript) : html,
      );
      t.after(() => site.close());
      const { page, problems } = await browser.newPage();
      await page.goto(site.url);
      const views = await waitFor(
        page,
        (tags: string[]) => {
          const elements = tags.map((tag) => document.querySelector(tag) as HTMLElement & { state?: string });
          const roots = elements.map(({ shadowRoot }) => shadowRoot!);
          const works = elements[1]!.state === 'joined' && roots[1]!.querySelector('[part~="log"]');
          if (!works || !roots[2]!.querySelector('[part~="input"]') || !roots[3]!.querySelector('select')) return null;
          return roots.map((shadow, at) => [
            tags[at],
            shadow.querySelectorAll('[part="base"]').length,
            shadow.childElementCount,
            // The call's styles lay out the box within the base.
            getComputedStyle(shadow.querySelector('.box, [part="base"]:not(:has(.box))')!).display,
          ]);
        },
        [TAGS],
        'Not all of them go on',
        20_000,
      );
      assert.deepEqual(
        views,
        TAGS.map((tag) => [tag, 1, 1, /^(?:chat-room|room-list)$/.test(tag) ? 'flex' : 'grid']),
      );
      assert.deepEqual(problems, []);
    });
  }
});
