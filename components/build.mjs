/**
 * Builds the browser's half twice: to server/dist/web, as the server hands it out (bundled, split, minified,
 * compressed beforehand), and to components/dist/npm, as a bundler takes it in (dependencies left as imports).
 *
 * The served modules keep their names and are revalidated; the chunks behind them are named by their
 * content and never change, so the chunks of the build before stay: a page opened just before an update
 * may still ask for them.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minifyAgain, servedSources, slimLibraries } from './served/layers.mjs';
import { nameByContent, relateSources } from './served/chunk-names.mjs';
import { bundleCopies, nameLateParts } from './served/late-parts.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const web = join(root, 'server/dist/web');
const npm = join(root, 'components/dist/npm');
const record = join(root, 'server/dist/web-chunks.json');

/** The name a module is served and imported under, and the source it is made of. */
export const ENTRIES = {
  elements: 'components/index.ts',
  'room-list': 'components/room-list/index.ts',
  'chat-room': 'components/chat-room/index.ts',
  'video-call': 'components/video-call/index.ts',
  'device-picker': 'components/device-picker/index.ts',
  define: 'components/define.ts',
  client: 'components/client/index.ts',
};

/** What a bundler alone can make use of: served, it would be one more file to load for everybody. */
const NPM_ENTRIES = { events: 'components/events.ts', server: 'components/server.ts' };

/** Whole names that Socket.IO, Engine.IO and Lit use among themselves, none read by a string (`pick()`) or of the platform. */
const LIBRARY_NAMES = [
  'acks',
  'addEventListeners',
  'addTrailingSlash',
  'autoUnref',
  'backoff',
  'clearTimeoutFn',
  'closeOnBeforeunload',
  'createProperty',
  'createSocket',
  'createTransport',
  'createUri',
  'doClose',
  'doOpen',
  'doWrite',
  'elementStyles',
  'emitBuffered',
  'emitEvent',
  'emitReserved',
  'enableUpdating',
  'extraHeaders',
  'finalizeStyles',
  'fromQueue',
  'getPropertyDescriptor',
  'getPropertyOptions',
  'getUpdateComplete',
  'isUpdatePending',
  'maybeReconnectOnOpen',
  'nsps',
  'performUpdate',
  'perMessageDeflate',
  'priorWebsocketSuccess',
  'randomizationFactor',
  'receiveBuffer',
  'reconnection',
  'reconnectionAttempts',
  'reconnectionDelay',
  'reconnectionDelayMax',
  'recovered',
  'rejectUnauthorized',
  'rememberUpgrade',
  'removeAllListeners',
  'renderOptions',
  'requestTimeout',
  'scheduleUpdate',
  'sendBuffer',
  'setTimeoutFn',
  'setTransport',
  'shadowRootOptions',
  'skipReconnect',
  'subEvents',
  'supportsBinary',
  'timestampParam',
  'timestampRequests',
  'transportImplementations',
  'transportOptions',
  'tryAllTransports',
  'upgrading',
  'useDefault',
  'withError',
  'writeBuffer',
];

/** Whole names of ours that are long, often used, and stand in no template, string or document. */
const OWN_NAMES = [
  'acquireDirectory',
  'acquireRoom',
  'attempt',
  'beginLife',
  'builtAt',
  'cameraError',
  'canAsk',
  'canChooseSpeaker',
  'canJoin',
  'canShareScreen',
  'canSignal',
  'canWrite',
  'carryOut',
  'chosen',
  'clock',
  'closePreview',
  'converse',
  'createPeerConnection',
  'decide',
  'describeTracks',
  'deviceKind',
  'dismissed',
  'displayNameCodePoints',
  'dropHeld',
  'editLast',
  'expectReturns',
  'expectSnapshot',
  'forget',
  'freshSince',
  'fromWire',
  'giveMedia',
  'hasLabels',
  'hasPicture',
  'isEdited',
  'isReconnecting',
  'isReplaced',
  'isScreen',
  'joinCall',
  'lastSwitch',
  'lease',
  'leaveCall',
  'leaveReason',
  'longTexts',
  'lostAt',
  'makerJoinId',
  'makeRoom',
  'mediaErrors',
  'messageCodePoints',
  'messagesOnJoin',
  'messagesPerPage',
  'microphoneError',
  'microphoneSilent',
  'moderates',
  'mutedByOther',
  'oldestId',
  'opening',
  'openPreview',
  'otherJoinId',
  'patch',
  'playbackBlocked',
  'rebuild',
  'recovery',
  'releaseDirectory',
  'releaseRoom',
  'remoteLevel',
  'remoteTracks',
  'renderEditor',
  'renderMissing',
  'renderQuestion',
  'renewServers',
  'requestPermission',
  'revive',
  'saidTracks',
  'searching',
  'sendOnChannel',
  'sendSignal',
  'setAudioOnly',
  'setAuth',
  'setConnected',
  'setConstraints',
  'setLocal',
  'setOthers',
  'settled',
  'setTracks',
  'setVideo',
  'shouldTell',
  'shownOf',
  'signaling',
  'silentMs',
  'situation',
  'snapshot',
  'startMedia',
  'startPreview',
  'stopMedia',
  'textLang',
  'toParticipant',
  'troubled',
  'updateCall',
  'wanted',
  'wasConnected',
  'withdraw',
];

/** What no page can reach: what Socket.IO holds for private, those names, and ours for calls from below and options. */
const INNER_NAMES = new RegExp(`^_[a-z]|^(?:handle|on)[A-Z]|^(?:${[...LIBRARY_NAMES, ...OWN_NAMES].join('|')})$`);

const COMPRESSED = /\.(?:js|css|html|svg|json|txt|webmanifest)$/;

/** Files below `directory`, as paths relative to it. */
function filesBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(directory.length + 1));
}

/** The served name to be used for each entry whose source exists. */
function presentEntries(rename = (name) => name) {
  return Object.fromEntries(
    Object.entries(ENTRIES)
      .filter(([, source]) => existsSync(join(root, source)))
      .map(([name, source]) => [rename(name), join(root, source)]),
  );
}

const { version } = JSON.parse(readFileSync(join(root, 'components/package.json'), 'utf8'));

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  splitting: true,
  target: 'es2022',
  sourcemap: 'linked',
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  metafile: true,
  logLevel: 'warning',
};

function readRecord() {
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : { chunks: [], before: [] };
}

/** Writes `.br` and `.gz` beside what compresses; a chunk of the build before is not compressed again. */
function compress(chunks) {
  for (const file of filesBelow(web)) {
    if (!COMPRESSED.test(file)) continue;
    const path = join(web, file);
    if (file.startsWith('chunks/') && !chunks.includes(basename(file)) && existsSync(`${path}.br`)) continue;
    const content = readFileSync(path);
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}

/** Scripts among what esbuild put out, with their maps: by paths below `web`. */
function scriptsOf(outputFiles) {
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
  return [...texts]
    .filter(([path]) => path.endsWith('.js'))
    .map(([path, code]) => ({
      path: path.slice(web.length + 1).replaceAll(sep, '/'),
      code,
      map: relateSources(root, path, texts.get(`${path}.map`)),
    }));
}

/** Writes what was bundled: minified further, and chunks under the names of what they are then. @returns paths of scripts */
async function write(scripts) {
  const minified = await Promise.all(
    scripts.map(async ({ path, code, map }) => {
      const again = await minifyAgain(nameLateParts(path, code), map);
      return { path, code: again.code, map: again.map };
    }),
  );
  const { files } = nameByContent(minified);
  for (const { path, code, map } of files) {
    mkdirSync(dirname(join(web, path)), { recursive: true });
    writeFileSync(join(web, path), code);
    writeFileSync(join(web, `${path}.map`), map);
  }
  return files.map(({ path }) => path);
}

async function buildWeb() {
  const { metafile, outputFiles } = await build({
    ...common,
    entryPoints: presentEntries(),
    outdir: web,
    write: false,
    minify: true,
    mangleProps: INNER_NAMES,
    reserveProps: /^handleEvent$/,
    // It writes some of them in quotes.
    mangleQuoted: true,
    plugins: [servedSources, slimLibraries],
    define: { __SERVED__: 'true', __VERSION__: JSON.stringify(version) },
  });
  for (const name of Object.values(metafile.outputs).flatMap((output) => output.exports)) {
    // An export keeps its name. Where it is read from a part that loads late, it would be shortened as a property.
    if (INNER_NAMES.test(name)) throw new Error(`${name} is exported: it cannot be shortened`);
  }
  // The letters of a name count where esbuild chooses short names for the copies.
  const bundled = nameByContent(scriptsOf(outputFiles), metafile.outputs);
  const copies = await bundleCopies(root, web, bundled);
  const outputs = await write([...bundled.files, ...scriptsOf(copies)]);
  const chunks = outputs.filter((path) => path.startsWith('chunks/')).map((path) => basename(path));

  const last = readRecord();
  const same = last.chunks.length === chunks.length && chunks.every((chunk) => last.chunks.includes(chunk));
  const before = same ? last.before : last.chunks;
  writeFileSync(record, JSON.stringify({ chunks, before }));

  const kept = new Set([...chunks, ...before]);
  const published = new Set(filesBelow(join(root, 'public')));
  for (const file of filesBelow(web)) {
    const source = file.replace(/\.(?:br|gz)$/, '').replace(/\.map$/, '');
    const stays = source.startsWith('chunks/')
      ? kept.has(basename(source))
      : outputs.includes(source) || published.has(source);
    if (!stays) rmSync(join(web, file));
  }
  cpSync(join(root, 'public'), web, { recursive: true });
  compress(chunks);
}

async function buildNpm() {
  const { metafile } = await build({
    ...common,
    entryPoints: { ...presentEntries((name) => (name === 'elements' ? 'index' : name)), ...NPM_ENTRIES },
    outdir: npm,
    packages: 'external',
    define: { __SERVED__: 'false', __VERSION__: JSON.stringify(version) },
  });
  // Only now: a build that fails leaves the last one standing.
  const outputs = Object.keys(metafile.outputs);
  for (const file of filesBelow(npm)) if (!outputs.includes(`components/dist/npm/${file}`)) rmSync(join(npm, file));
}

// Of a checkout from before there were two packages: pages that are open still ask for those chunks.
for (const [before, path] of [
  ['dist/web', web],
  ['dist/web-chunks.json', record],
]) {
  if (existsSync(path) || !existsSync(join(root, before))) continue;
  mkdirSync(dirname(path), { recursive: true });
  renameSync(join(root, before), path);
}
mkdirSync(web, { recursive: true });
mkdirSync(join(root, 'public'), { recursive: true });
await Promise.all([buildWeb(), buildNpm()]).catch((error) => {
  // esbuild has said what was wrong with what it bundled.
  if (!error.errors) console.error(error);
  process.exit(1);
});
