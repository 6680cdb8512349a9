/**
 * Bytes of script beside other products, gzipped:
 *
 * ```
 * npm run bench -- sizes [--write]
 * ```
 *
 * The bytes of another product (a peer) are what esbuild makes of the smallest page that uses it, without parts that
 * load later. Our bytes are what a browser has loaded before it draws the first picture of another participant.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, version, type Metafile } from 'esbuild';
import { launchBrowser } from '../support/browser/browser.ts';
import { judge, markdownTable, printTable, type Verdict } from './figures.ts';
import { startContenders, type OurModule } from './first-picture/contenders.ts';
import { measureCold } from './first-picture/runs.ts';
import { readOptions } from './options.ts';
import { installPeers, versionOf } from './peers.ts';
import { describeRun, wrap, writeResults } from './results.ts';

/** Bytes that the product promises. */
const TARGETS: Record<OurModule, number> = { 'video-call.js': 52_500, 'elements.js': 62_000 };
const home = dirname(fileURLToPath(import.meta.url));

interface Peer {
  name: string;
  /** The package that gives the version. */
  package: string;
  /** What a page writes to use it, or the minified file that its maker offers to pages. */
  entry: string | { file: string };
}

/** Keeps an import that the bundler would drop because nothing uses it. */
const used = (names: string, from: string) => `import ${names} from '${from}'; globalThis.used ??= []; `;
const reactPage = `import { createRoot } from 'react-dom/client'; import { createElement } from 'react';`;

const PEERS: readonly Peer[] = [
  {
    name: 'PeerJS (no interface)',
    package: 'peerjs',
    entry: `${used('{ Peer }', 'peerjs')} used.push(Peer);`,
  },
  {
    name: 'simple-peer (no interface)',
    package: 'simple-peer',
    entry: `${used('Peer', 'simple-peer/simplepeer.min.js')} used.push(Peer);`,
  },
  {
    name: 'livekit-client (no interface)',
    package: 'livekit-client',
    entry: `${used('* as LiveKit', 'livekit-client')} used.push(LiveKit.Room);`,
  },
  {
    name: 'LiveKit, React conference',
    package: '@livekit/components-react',
    entry: `${reactPage}${used('{ LiveKitRoom, VideoConference }', '@livekit/components-react')}
      createRoot(document.body).render(createElement(LiveKitRoom, {}, createElement(VideoConference)));`,
  },
  {
    name: 'RealtimeKit, core and meeting',
    package: '@cloudflare/realtimekit-ui',
    entry: `${used('Client', '@cloudflare/realtimekit')} used.push(Client);
      ${used('{ RtkMeeting }', '@cloudflare/realtimekit-ui/dist/components/rtk-meeting.js')} used.push(RtkMeeting);`,
  },
  {
    name: 'Stream Chat, React (chat only)',
    package: 'stream-chat-react',
    entry: `${reactPage}${used('{ StreamChat }', 'stream-chat')} used.push(StreamChat);
      import { Channel, ChannelHeader, ChannelList, Chat, MessageComposer, MessageList, Thread, Window }
        from 'stream-chat-react';
      used.push(Channel, ChannelHeader, ChannelList, Chat, MessageComposer, MessageList, Thread, Window, createElement);
      used.push(createRoot);`,
  },
  { name: 'deep-chat (chat only)', package: 'deep-chat', entry: `import 'deep-chat';` },
  { name: 'Converse (chat only)', package: 'converse.js', entry: { file: 'converse.js/dist/converse.min.js' } },
];

const gzippedBytes = (contents: Uint8Array) => gzipSync(contents, { level: 9 }).length;

const outputNamed = (files: readonly { path: string; contents: Uint8Array }[], path: string) =>
  files.find((file) => file.path.endsWith(path))?.contents ?? new Uint8Array();

/** The outputs that a page loads at once: the entry and what it imports, but nothing that it imports later. */
function loadedAtOnce({ outputs }: Metafile): string[] {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint !== undefined) ?? '';
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind, external } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && !external) visit(next);
  };
  visit(entry);
  return [...seen];
}

/** Gzipped bytes of the script of a page that uses a peer. */
async function bytesOfPeer({ entry }: Peer): Promise<number> {
  if (typeof entry !== 'string') return gzippedBytes(readFileSync(join(home, 'node_modules', entry.file)));
  const { outputFiles, metafile } = await build({
    stdin: { contents: entry, resolveDir: home },
    absWorkingDir: home,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    // Scripts alone are compared.
    loader: Object.fromEntries(['.css', '.svg', '.png', '.woff', '.woff2', '.mp3'].map((ending) => [ending, 'empty'])),
  });
  return loadedAtOnce(metafile)
    .map((path) => gzippedBytes(outputNamed(outputFiles, path)))
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** Gzipped bytes of every file that a page of ours has loaded from the server when it draws the first picture. */
async function bytesOfOurs(modules: readonly OurModule[]): Promise<number[]> {
  const contenders = await startContenders([0], ['sarangbang']);
  const [residents, newcomers] = [await launchBrowser(), await launchBrowser()];
  const bench = { contenders, residents: residents.browser, newcomers: newcomers.browser };
  try {
    const sums: number[] = [];
    for (const module of modules) {
      const { resources } = await measureCold(bench, { contender: 'sarangbang', delayMs: 0, module });
      const bodies = await Promise.all(
        [...new Set(resources)].map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())),
      );
      sums.push(bodies.reduce((sum, body) => sum + gzippedBytes(body), 0));
      console.log(`/${module}: ${resources.map((url) => new URL(url).pathname).join(' ')}`);
    }
    return sums;
  } finally {
    await Promise.all([residents.close(), newcomers.close()]);
    await contenders.close();
  }
}

const cell = (figure: number, digits: number) => (Number.isNaN(figure) ? 'not measured' : figure.toFixed(digits));
const kilobytes = (bytes: number) => cell(bytes / 1_000, 1);

const options = readOptions(1);
installPeers();
const modules = Object.keys(TARGETS) as OurModule[];
const ours = await bytesOfOurs(modules);
const callBytes = ours[0] ?? NaN;
const rows = modules.map((module, index) => [
  `sarangbang, /${module}`,
  'this version',
  kilobytes(ours[index] ?? NaN),
  cell((ours[index] ?? NaN) / callBytes, 2),
]);
for (const peer of PEERS) {
  const bytes = await bytesOfPeer(peer).catch((error: unknown) => {
    // One product that cannot be built says nothing about the others; its row shows that it was not measured.
    console.log(`not built: ${peer.name}: ${String(error)}`);
    process.exitCode = 1;
    return NaN;
  });
  rows.push([peer.name, versionOf(peer.package), kilobytes(bytes), cell(bytes / callBytes, 2)]);
}
const HEADS = ['kB of script, gzipped', 'version', 'kB', 'of /video-call.js'];
printTable(HEADS, rows);
const verdicts: Verdict[] = modules.map((module, index) =>
  judge(`kB of /${module} before the first picture`, (ours[index] ?? NaN) / 1_000, TARGETS[module] / 1_000),
);
if (options.write) {
  const told = verdicts.map(({ what, figure, target, met }) =>
    wrap(`- ${what}: ${figure.toFixed(1)}, at most ${target}: ${met ? 'met' : '**missed**'}`),
  );
  writeResults(
    'sizes',
    `## Sizes

${describeRun(1, { esbuild: version })}

${wrap(
  'Script that a page loads at once, minified, `gzip -9`. Ours is everything that Chromium has loaded before the ' +
    'first picture of another participant. That of others is one run of esbuild, without styles and without files ' +
    'that load later. Converse is the file that its makers offer.',
)}

${markdownTable(HEADS, rows)}

${told.join('\n')}`,
  );
}
process.exit();
