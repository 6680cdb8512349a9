/**
 * The steps that make the served modules smaller than bundling alone does.
 *
 * Owns the layers, how styles and bundles are minified, and the list of replaced libraries. Does not touch the package
 * on npm, because its user's bundler does that work. Each step says what it saves: bytes of `/video-call.js` with all
 * it imports, gzipped.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { transform } from 'esbuild';

/**
 * @import { Plugin } from 'esbuild'
 * @import { MinifyOptions } from 'terser'
 */

/**
 * A bundler that splits makes a file for each set of modules that some entries share, and many small files compress
 * badly. So these lists are layers: an entry that needs one module of a layer imports the whole layer. That makes 7
 * files instead of 19. Saves 2.0 kB.
 */
const KERNEL = [
  'internal/coded-error.ts',
  'internal/capability.ts',
  'internal/ignore.ts',
  'internal/emitter.ts',
  'internal/store.ts',
  'internal/platform.ts',
  'internal/removal-pause.ts',
  '../server/protocol.ts',
  '../server/texts.ts',
  'server-url.ts',
];
const VIEW = [
  ...KERNEL,
  'events/shared.ts',
  'events/fields.ts',
  'controllers/locale-controller.ts',
  'internal/properties/boolean-property.ts',
  'internal/define.ts',
  'internal/look/document-styles.ts',
  'internal/properties/given-values.ts',
  'internal/look/icon-set.ts',
  'internal/hand-focus-on.ts',
  'internal/render-hold.ts',
  'internal/look/initials.ts',
  'internal/look/participant-hue.ts',
  'internal/look/styles.ts',
  'internal/properties/text-property.ts',
  'internal/way-back.ts',
  'lit',
  'lit/decorators.js',
];
const SESSION = [
  ...KERNEL,
  'client/shared.ts',
  'controllers/room-controller.ts',
  'controllers/call/room-permissions.ts',
];
const DEVICES = [...KERNEL, 'controllers/page-media.ts'];
/** Modules that the elements whose view loads late have in common, and that `<video-call>` does not need. */
const LATE = ['controllers/late-view.ts', 'internal/for-targets.ts'];
/** What the late views have in common that show people in lists. */
const PEOPLE = ['internal/look/avatar.ts', 'internal/isolate.ts'];
const EVERYTHING = [...VIEW, ...SESSION, ...DEVICES];

/**
 * Where a chunk stands in a file with several chunks: with code like its own close by, it compresses better. Saves
 * 0.3 kB.
 * @param {string[]} sources the files that the chunk is made of
 */
export function rankOf(sources) {
  const ranks = sources.map((source) => EVERYTHING.findIndex((name) => source === `components/${name}`));
  return Math.min(...ranks.map((rank) => (rank < 0 ? EVERYTHING.length : rank)));
}

/**
 * The layers of each entry and of each part that loads late. `servedSources` adds imports of these modules to the file.
 * A part that loads late finds them loaded already.
 * @type {Record<string, string[]>}
 */
const STANDS_ON = {
  'index.ts': [...EVERYTHING, ...LATE],
  'define.ts': [...EVERYTHING, ...LATE],
  'client/index.ts': SESSION,
  'served/polling.ts': SESSION,
  'client/second-participant.ts': SESSION,
  'client/token-alarm.ts': SESSION,
  'room-list/index.ts': [...VIEW, ...SESSION, ...LATE],
  'room-list/room-list-view.ts': [...VIEW, ...SESSION, 'room-list/room-list.ts', ...LATE, ...PEOPLE],
  'chat-room/index.ts': [...VIEW, ...SESSION, ...LATE],
  'chat-room/chat-view.ts': [...VIEW, ...SESSION, 'chat-room/chat-room.ts', ...LATE, ...PEOPLE],
  'knock-list/knock-list.ts': [...VIEW, ...SESSION, 'chat-room/chat-view.ts', ...LATE, ...PEOPLE],
  'video-call/index.ts': EVERYTHING,
  'video-call/dialogs/settings-dialog.ts': [
    ...EVERYTHING,
    'video-call/video-call.ts',
    'device-picker/device-picker.ts',
    ...LATE,
  ],
  'video-call/invitation/invitation.ts': [...EVERYTHING, 'video-call/video-call.ts'],
  'video-call/lobby/lobby.ts': [...EVERYTHING, 'video-call/video-call.ts'],
  'rtc/media/device-changes.ts': DEVICES,
  'rtc/observing.ts': [...EVERYTHING, 'rtc/call.ts', 'video-call/video-call.ts'],
  'video-call/more/more.ts': [...EVERYTHING, 'video-call/video-call.ts'],
  'video-call/hands/hands.ts': [...EVERYTHING, 'video-call/video-call.ts'],
  'video-call/personal/personal.ts': [...EVERYTHING, 'video-call/video-call.ts'],
  'video-call/personal/sounds.ts': [...EVERYTHING, 'video-call/video-call.ts'],
  'video-call/check/check.ts': [...EVERYTHING, 'rtc/call.ts', 'video-call/video-call.ts'],
  'video-call/pip/pip.ts': [...EVERYTHING, 'video-call/video-call.ts'],
  'video-call/pointing/pointing.ts': [...EVERYTHING, 'rtc/call.ts', 'video-call/video-call.ts'],
  'video-call/stage/extras/extras.ts': [...EVERYTHING, 'video-call/video-call.ts'],
  'video-call/dialogs/moderation-panel.ts': [...EVERYTHING, 'video-call/video-call.ts', ...PEOPLE],
  'device-picker/index.ts': [...VIEW, ...DEVICES, ...LATE],
  'locales/ko.ts': VIEW,
  'locales/english/errors.ts': VIEW,
  'device-picker/device-picker-view.ts': [...VIEW, ...DEVICES, 'device-picker/device-picker.ts', ...LATE],
};

/**
 * Minifies css`…` templates, which esbuild leaves as they are. Saves 1.1 kB.
 * A template with a name put in by `${…}` stays as it is.
 * @param {string} text
 */
async function minifyStyles(text) {
  const templates = text.matchAll(/\bcss`([^`]*)`/g);
  const parts = [];
  let end = 0;
  for (const { 0: template, 1: css = '', index } of templates) {
    if (css.includes('${')) continue;
    const { code } = await transform(css, { loader: 'css', minify: true, target: 'esnext' });
    parts.push(text.slice(end, index), `css\`${code.trim().replaceAll('\\', '\\\\')}\``);
    end = index + template.length;
  }
  return parts.join('') + text.slice(end);
}

/**
 * Adds the imports of their layers to our sources, and minifies their styles.
 * @type {Plugin}
 */
export const servedSources = {
  name: 'served-sources',
  setup(build) {
    const components = join(build.initialOptions.absWorkingDir ?? '', 'components');
    build.onLoad({ filter: /[\\/]components[\\/].*\.ts$/ }, async ({ path }) => {
      const layers = STANDS_ON[relative(components, path).replaceAll('\\', '/')] ?? [];
      // Relative paths, because a source map would show where the checkout lies.
      const from = (/** @type {string} */ name) =>
        `./${relative(dirname(path), join(components, name)).replaceAll('\\', '/')}`;
      const imports = layers.map((name) => `import ${JSON.stringify(name.endsWith('.ts') ? from(name) : name)};`);
      const text = await minifyStyles(await readFile(path, 'utf8'));
      return { contents: imports.join('') + text, loader: 'ts' };
    });
  },
};

/**
 * How terser minifies what esbuild has bundled and minified. Saves 1.5 kB.
 * @param {string} map the source map of what was bundled
 * @param {boolean} isCopy true for a copy of a part, which pages rarely load: it is only written in the same form
 * @returns {MinifyOptions}
 */
export function minifyOptions(map, isCopy) {
  return {
    ecma: 2022,
    module: true,
    compress: isCopy ? false : { passes: 3, keep_fargs: false },
    mangle: !isCopy,
    sourceMap: { content: map },
  };
}

/**
 * What the served build takes in place of a library: the name of its entry or of one of its files, and our file. The
 * head of our file says what it leaves out and what it saves. `test/served/replaced.test.ts` holds the versions and the
 * exports of the libraries.
 * @type {Record<string, string>}
 */
export const REPLACED = {
  'socket.io-client': 'components/served/socket-client.ts',
  'lit/decorators.js': 'components/served/decorators.ts',
  '@lit/reactive-element/css-tag.js': 'components/served/css-tag.ts',
};

/**
 * What an import means: a file that a library imports from itself gets the name of the library.
 * @param {string} path
 * @param {string} importer
 */
function nameInLibrary(path, importer) {
  if (!path.startsWith('.')) return path;
  return join(dirname(importer), path).split(`node_modules${sep}`).at(-1)?.replaceAll(sep, '/') ?? path;
}

/** @type {Plugin} */
export const replacedLibraries = {
  name: 'replaced-libraries',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, importer }) => {
      const ours = REPLACED[nameInLibrary(path, importer)];
      return ours ? { path: join(build.initialOptions.absWorkingDir ?? '', ours) } : undefined;
    });
  },
};
