/**
 * What makes the served modules small beyond bundling: few files, styles without their white space, and only
 * those parts of Socket.IO's client that our wire uses. Nothing here changes what the code does; the package on
 * npm is built without it, because that is for its user's bundler.
 */
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { transform } from 'esbuild';
import { minify } from 'terser';

/**
 * What modules stand on, bottom up. A bundler that splits makes one file for each set of modules that some
 * entries have and others do not; many small files are more bytes than a few large ones. So whoever needs
 * part of a layer takes all of it, which then is one file.
 */
const KERNEL = [
  'internal/coded-error.ts',
  'internal/capability.ts',
  'internal/ignore.ts',
  'internal/emitter.ts',
  'internal/store.ts',
  '../server/protocol.ts',
  'server-url.ts',
];
const VIEW = [
  ...KERNEL,
  'events.ts',
  'controllers/locale-controller.ts',
  'internal/properties/boolean-property.ts',
  'internal/define.ts',
  'internal/document-styles.ts',
  'internal/properties/given-values.ts',
  'internal/icon-set.ts',
  'internal/initials.ts',
  'internal/participant-hue.ts',
  'internal/styles.ts',
  'internal/properties/text-property.ts',
  'internal/way-back.ts',
  'lit',
  'lit/decorators.js',
];
const SESSION = [...KERNEL, 'client/shared.ts', 'controllers/room-controller.ts'];
const DEVICES = [...KERNEL, 'controllers/page-media.ts'];
/** What elements whose views come later have in common, and a call has not. */
const LATE = ['controllers/late-view.ts', 'internal/for-targets.ts'];
const EVERYTHING = [...VIEW, ...SESSION, ...DEVICES];

/** The layers below each entry, and below what is loaded later: that finds there what is loaded before it. */
const STANDS_ON = {
  'index.ts': [...EVERYTHING, ...LATE],
  'define.ts': [...EVERYTHING, ...LATE],
  'client/index.ts': SESSION,
  'served/polling.ts': [...SESSION, 'engine.io-upgrade'],
  'client/second-participant.ts': SESSION,
  'client/token-alarm.ts': SESSION,
  'room-list/index.ts': [...VIEW, ...SESSION, ...LATE],
  'room-list/room-list-view.ts': [...VIEW, ...SESSION, 'room-list/room-list.ts', ...LATE],
  'chat-room/index.ts': [...VIEW, ...SESSION, ...LATE],
  'chat-room/chat-view.ts': [...VIEW, ...SESSION, 'chat-room/chat-room.ts', ...LATE],
  'knock-list/knock-list.ts': [...VIEW, ...SESSION, 'chat-room/chat-view.ts', ...LATE],
  'video-call/index.ts': EVERYTHING,
  'video-call/dialogs/settings-dialog.ts': [
    ...EVERYTHING,
    'video-call/video-call.ts',
    'device-picker/device-picker.ts',
    ...LATE,
  ],
  'video-call/dialogs/moderation-panel.ts': [...EVERYTHING, 'video-call/video-call.ts'],
  'device-picker/index.ts': [...VIEW, ...DEVICES, ...LATE],
  'locales/ko.ts': VIEW,
  'locales/english/errors.ts': VIEW,
  'device-picker/device-picker-view.ts': [...VIEW, ...DEVICES, 'device-picker/device-picker.ts', ...LATE],
};

/** Minifies css`…` templates; a name put in by `${…}` keeps its place. */
async function minifyStyles(text) {
  const templates = [...text.matchAll(/\bcss`([^`]*)`/g)].filter(([, css]) => !css.includes('${'));
  const parts = [];
  let end = 0;
  for (const { 0: template, 1: css, index } of templates) {
    const { code } = await transform(css, { loader: 'css', minify: true, target: 'esnext' });
    parts.push(text.slice(end, index), `css\`${code.trim().replaceAll('\\', '\\\\')}\``);
    end = index + template.length;
  }
  return parts.join('') + text.slice(end);
}

/** A line's end within a template of markup, before a tag, a value or an attribute: there one space is as good. */
const MARKUP_BREAK = /(?<=[>}])\s*\n\s*(?=<[a-z/]|\$\{)|\s*\n\s*(?=[@.?]?[a-z-]+=["$])/g;

/** Our sources as they are served: on their layers, with small styles and markup on one line. */
export const servedSources = {
  name: 'served-sources',
  setup(build) {
    const components = join(build.initialOptions.absWorkingDir, 'components');
    build.onLoad({ filter: /[\\/]components[\\/].*\.ts$/ }, async ({ path }) => {
      const layers = STANDS_ON[relative(components, path).replaceAll('\\', '/')] ?? [];
      // By a path from here: one from the root of the disk would stand in the source map.
      const from = (name) => `./${relative(dirname(path), join(components, name)).replaceAll('\\', '/')}`;
      const imports = layers.map((name) => `import ${JSON.stringify(name.endsWith('.ts') ? from(name) : name)};`);
      const text = await minifyStyles(await readFile(path, 'utf8'));
      return { contents: imports.join('') + text.replace(MARKUP_BREAK, ' '), loader: 'ts' };
    });
  },
};

/**
 * Minifies once more what is bundled: esbuild leaves some bytes.
 * @param map the source map so far; the server names the new one in a header, which costs the page no bytes of script
 * @returns code and source map
 */
export function minifyAgain(code, map) {
  return minify(code, {
    ecma: 2022,
    module: true,
    compress: { passes: 3, keep_fargs: false },
    sourceMap: { content: map },
  });
}

/** Methods of the libraries that nothing of ours calls, by file; their calls, where there are any, stand behind settings that we leave off. */
const UNUSED = {
  'socket.io-client/build/esm/socket.js': [
    '_addToQueue',
    '_drainQueue',
    'emitWithAck',
    'send',
    'compress',
    'timeout',
    'prependAny',
    'listenersAny',
    'onAnyOutgoing',
    'prependAnyOutgoing',
    'offAnyOutgoing',
    'listenersAnyOutgoing',
    'notifyOutgoingListeners',
  ],
  'socket.io-client/build/esm/manager.js': ['reconnect', 'onreconnect'],
  'engine.io-client/build/esm/socket.js': ['send', '_probe'],
};
const CALLS = / +this\.(?:_drainQueue\(true\)|notifyOutgoingListeners\(packet\));\n/g;

const methodOf = (name) => new RegExp(`^    ${name}\\([^\\n]*\\) \\{\\n[^]*?^    \\}\\n`, 'm');

/** Takes `names` out of a class; a library that has changed stops the build. */
function cutMethods(text, names, path) {
  return names
    .reduce((rest, name) => {
      if (!methodOf(name).test(rest)) throw new Error(`${path} has no method ${name} any more`);
      return rest.replace(methodOf(name), '');
    }, text)
    .replace(CALLS, '');
}

/** Long polling alone looks for a better way, so that method comes with it. */
async function createUpgrade(libraries) {
  const path = 'engine.io-client/build/esm/socket.js';
  const [probe] = methodOf('_probe').exec(await readFile(join(libraries, path), 'utf8'));
  return `import { Socket } from ${JSON.stringify(`./${path}`)};\nSocket.prototype._probe = function ${probe.trim().replace('_probe', '')};`;
}

/**
 * Takes our own text formats in place of the standard parsers, the browser's parser of addresses in place of
 * the library's, of Lit's decorators those we use as our compiler calls them, and loads long polling when it is
 * needed. WebTransport, which the server does not speak, goes.
 */
export const slimLibraries = {
  name: 'slim-libraries',
  setup(build) {
    const ours = (name) => join(build.initialOptions.absWorkingDir, 'components/served', name);
    build.onResolve({ filter: /^lit\/decorators\.js$/ }, () => ({
      path: ours('../internal/properties/decorators.ts'),
    }));
    // Where they really lie, as esbuild finds them: the directory may be a link.
    const libraries = realpathSync(join(build.initialOptions.absWorkingDir, 'node_modules'));
    // Its index adds the ways to make and to share one.
    const manager = join(libraries, 'socket.io-client/build/esm/manager.js');
    build.onResolve({ filter: /^socket\.io-client$/ }, () => ({ path: manager }));
    build.onLoad(
      { filter: /[\\/](?:socket|engine)\.io-client[\\/]build[\\/]esm[\\/](?:socket|manager)\.js$/ },
      async ({ path }) => {
        const names = UNUSED[relative(libraries, path).replaceAll('\\', '/')] ?? [];
        return { contents: cutMethods(await readFile(path, 'utf8'), names, path), loader: 'js' };
      },
    );
    build.onResolve({ filter: /^engine\.io-upgrade$/ }, () => ({ path: 'engine.io-upgrade', namespace: 'upgrade' }));
    build.onLoad({ filter: /./, namespace: 'upgrade' }, async () => {
      const contents = await createUpgrade(libraries);
      return { contents, loader: 'js', resolveDir: libraries };
    });
    build.onResolve({ filter: /^engine\.io-parser$/ }, () => ({ path: ours('text-packets.ts') }));
    build.onResolve({ filter: /^socket\.io-parser$/ }, () => ({ path: ours('text-parser.ts') }));
    build.onResolve({ filter: /^engine\.io-client$/ }, () => ({ path: ours('engine.ts') }));
    // Waiting between attempts is our transport's.
    build.onResolve({ filter: /\/contrib\/backo2\.js$/ }, () => ({ path: ours('no-backoff.ts') }));
    build.onResolve({ filter: /^@socket\.io\/component-emitter$/ }, () => ({ path: ours('event-emitter.ts') }));
    build.onResolve({ filter: /\/(?:util|parseqs)\.js$/ }, ({ importer, path }) =>
      /engine\.io-client/.test(importer + path) ? { path: ours('engine-basics.ts') } : undefined,
    );
    build.onResolve({ filter: /\/contrib\/parseuri\.js$/ }, () => ({ path: ours('parse-address.ts') }));
    build.onResolve({ filter: /^\.\/transports\/index\.js$/ }, ({ importer }) =>
      /engine\.io-client[\\/]build[\\/]esm[\\/]socket\.js$/.test(importer)
        ? { path: ours('transports.ts') }
        : undefined,
    );
  },
};
