/**
 * How much script a page loads for each module: the module and its imports, gzipped, in bytes. The numbers stand here
 * so that growth is a decision: a commit that makes a module larger raises its number and says why.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Kind, filesBelow, parse, parseText, root, walk, type SyntaxNode } from './syntax.ts';

const web = join(root, 'server/dist/web');

/**
 * What a module may take together with its static imports. The modules of a call are one file each, which compresses
 * better than chunks do. A chunk that reads what another one exports has a statement for it, of some 40 bytes. The
 * comment above a number names what raised it.
 */
const LIMITS: Record<string, number> = {
  // Senders fit pictures to the size in which receivers show them. The plan for that loads late; the rest is here.
  // A room or a call that was left is left on the server too, however often the connection is lost before it knows.
  // The stage knows the shapes of the pictures, and where the own one stands. The box of a call has one size in every
  // state, and its toolbar a menu. Everything that is seen has a part, and every icon can be replaced.
  // What only receivers can refuse of a participant who may not send it, and the members for hands, permissions, the
  // volume of others, push to talk and the small window.
  'elements.js': 61_500,
  'video-call.js': 52_500,
  // Fields and buttons for fingers. What the menu of a call needs as well is a chunk of its own.
  // Expressions of long templates stand in functions of their own, which costs some bytes. Everything that is seen has
  // a part.
  'chat-room.js': 50_500,
  // The list keeps rooms in order and finds them without looking at all of them. The client's part of it is a chunk of
  // its own, so that a call does not load it.
  'room-list.js': 36_450,
  // Only `#private` names are shortened, and it has no connection, so the small Socket.IO client saves nothing here.
  'device-picker.js': 21_000,
  'define.js': 61_300,
  // Ranges of messages that were missed during several losses of the connection are kept apart. The list of rooms is
  // a chunk of its own.
  'client.js': 17_530,
};

/**
 * What the product promises for a page with a call: the script until the first remote picture, and the script of all
 * elements. `LIMITS` may never be above it.
 */
const PROMISES: Record<string, number> = { 'video-call.js': 52_500, 'elements.js': 62_000 };

/**
 * By the source file of a capability (a part that loads late): how many gzipped bytes its chunk and the chunk's imports
 * add to a page that has loaded what asks for it. Each `import()` of `components` needs a line here. In views and
 * dialogs everything that is seen has a part, which takes one to five percent.
 */
const CAPABILITIES: Record<string, number> = {
  // A chat in which only moderators write says so.
  'components/chat-room/chat-view.ts': 20_700,
  'components/client/second-participant.ts': 330,
  'components/client/token-alarm.ts': 520,
  'components/device-picker/device-picker-view.ts': 5_550,
  'components/knock-list/knock-list.ts': 2_200,
  'components/locales/english/errors.ts': 2_050,
  'components/locales/ko.ts': 6_230,
  'components/room-list/room-list-view.ts': 9_150,
  // To another device, after a device is lost, and the sharing of a screen.
  'components/rtc/media/device-changes.ts': 1_250,
  // Figures, who speaks, whose media stopped, the plan of what is sent to each receiver, and the encoders' load.
  // Reads a single entry for each level, and a path with every third report, because each entry costs the page time.
  'components/rtc/observing.ts': 3_660,
  'components/served/polling.ts': 1_040,
  // Avatars and names of people in lists are a chunk of their own, which a call does not load.
  // Hands in their order, and a switch for each permission.
  // The focus goes to a harmless button when the pressed one is gone.
  // The header of a dialog stays while it scrolls.
  'components/video-call/dialogs/moderation-view.ts': 8_560,
  'components/video-call/dialogs/settings-view.ts': 6_600,
  // More than half of it is the encoder of the QR code. Dialogs share the look of switches.
  // Three small dialogs share a chunk for how they open and end.
  'components/video-call/invitation/invitation.ts': 8_010,
  // The people inside, the devices, where the browser asks, and the wait of a call that is not shown.
  'components/video-call/lobby/lobby.ts': 6_580,
  // The menus, the volume of each person, large tiles, and what a stage can do beside showing people: it also tells
  // the states of tiles to screen readers. A shared screen has one more button, and its own picture a box for pointers.
  'components/video-call/extras.ts': 12_450,
  // Marks on tiles, events, reading aloud, and obeying what the room restricts.
  // Fourteen sentences say what is taken and given, together and for some seconds.
  'components/video-call/hands/hands.ts': 4_730,
  // What the toolbar of a small box needs at once, and the members of a call that load what they do. It requests the
  // small window, which a browser opens only for some seconds after a press.
  // The list of keys has a line in the menu.
  // Its parts that load later are a chunk of their own, which hands share. Announcements have their look from here.
  'components/video-call/more/more.ts': 5_980,
  // Keys, push to talk, data saver, wake lock, clock, and being told about speaking while muted. Keys and push to talk
  // work in the small window too.
  // The small window tells its person too, and the clock goes on in a second element.
  // A line says how push to talk works, and the list has the keys of a shared screen.
  // The clock beats with the pulse of the calls, and the list of keys shares a chunk with two other dialogs.
  'components/video-call/personal/personal.ts': 10_050,
  'components/video-call/personal/sounds.ts': 660,
  // Devices, paths, speed, their dialog, and the text for support.
  // A check keeps what it found where the server refuses the rest, and its details are promised to the clipboard.
  'components/video-call/check/check.ts': 7_540,
  // The window, its view, and the look of the page there. It fills the window whatever the page does with its element.
  // It marks muted microphones and hands as tiles do, and shares the look of these marks.
  'components/video-call/pip/pip.ts': 7_120,
  // The channel between the pages, pointers and strokes, and a screen under a mouse, fingers and keys.
  // Pointers of those who left go, and a sharer has the switch in small cards.
  // The menu of a tile enlarges. A page that was busy forgives what waited.
  'components/video-call/pointing/pointing.ts': 7_120,
};

/** The files loaded with a served module, including indirect imports. Later imports do not count. */
function loadedWith(module: string): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(join(web, path), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+\.js)"/g))
      visit(normalize(join(dirname(path), specifier ?? '')));
  };
  visit(module);
  return seen;
}

function gzippedBytes(paths: Iterable<string>): number {
  return [...paths].reduce((sum, path) => sum + gzipSync(readFileSync(join(web, path)), { level: 9 }).length, 0);
}

/** The chunk of each capability, by its file name without the digest. */
function lateChunks(): Map<string, string> {
  const { chunks } = JSON.parse(readFileSync(join(root, 'server/dist/web-chunks.json'), 'utf8')) as {
    chunks: string[];
  };
  const late = chunks.filter((chunk) => !/^chunk-|\.again\.js$/.test(chunk));
  return new Map(late.map((chunk) => [chunk.replace(/-[A-Z0-9]{8}\.js$/, ''), `chunks/${chunk}`]));
}

/** For each of `modules` that asks for a capability's chunk, itself or by an import: the files that load with it. */
function pagesThatAsk(chunk: string, modules: readonly string[]): Set<string>[] {
  const isAsking = (path: string) => readFileSync(join(web, path), 'utf8').includes(`/${basename(chunk)}"`);
  return modules.map((module) => loadedWith(module)).filter((paths) => [...paths].some(isAsking));
}

describe('bytes of script, gzipped', () => {
  for (const [module, limit] of Object.entries(LIMITS)) {
    test(`${module}: at most ${limit}`, () => {
      assert.ok(existsSync(join(web, module)), 'not built');
      const bytes = gzippedBytes(loadedWith(module));
      assert.ok(bytes <= limit, `${bytes} bytes in ${[...loadedWith(module)].join(', ')}`);
      // A limit far above the real size would hide growth.
      assert.ok(bytes >= limit * 0.94, `${bytes} bytes: lower the limit, it stands too far above`);
    });
  }

  for (const [source, limit] of Object.entries(CAPABILITIES)) {
    test(`${source}, which loads late: at most ${limit}`, () => {
      const chunks = lateChunks();
      const chunk = chunks.get(basename(source, '.ts'));
      assert.ok(chunk, 'it is no chunk of its own');
      const pages = pagesThatAsk(chunk, [...Object.keys(LIMITS), ...chunks.values()]);
      assert.ok(pages.length > 0, 'nothing asks for it');
      assert.ok(!pages.every((paths) => paths.has(chunk)), 'it is in the first chunk');
      const added = [...loadedWith(chunk)].filter((path) => !pages.every((paths) => paths.has(path)));
      const bytes = gzippedBytes(added);
      assert.ok(bytes <= limit, `${bytes} bytes in ${added.join(', ')}`);
      assert.ok(bytes >= limit * 0.9, `${bytes} bytes: lower the limit, it stands too far above`);
    });
  }

  for (const [module, promise] of Object.entries(PROMISES)) {
    test(`${module} keeps the promise of at most ${promise}`, () => {
      assert.ok(gzippedBytes(loadedWith(module)) <= promise, `${gzippedBytes(loadedWith(module))} bytes`);
      assert.ok((LIMITS[module] ?? 0) <= promise);
    });
  }

  test('a shared chunk is never a second copy', () => {
    const markers = ['socket-client.ts', 'lit-html.ts', 'reactive-element.ts'];
    const { chunks } = JSON.parse(readFileSync(join(root, 'server/dist/web-chunks.json'), 'utf8')) as {
      chunks: string[];
    };
    assert.ok(chunks.length > 0, 'no chunk at all');
    for (const marker of markers) {
      const holders = chunks.filter((chunk) => {
        const map = JSON.parse(readFileSync(join(web, 'chunks', `${chunk}.map`), 'utf8')) as { sources: string[] };
        return map.sources.some((source) => source.endsWith(`/${marker}`));
      });
      assert.equal(holders.length, 1, `${marker} is in ${holders.join(', ')}`);
    }
  });
});

/** Whether an `import()` stands in an arrow function that is an argument of `new Capability(…)`. */
function isRegistered(node: SyntaxNode): boolean {
  let around = node.parent;
  while (around && around.kind !== Kind['ArrowFunction']) around = around.parent;
  const call = around?.parent;
  return call?.kind === Kind['NewExpression'] && call?.expression?.text === 'Capability';
}

/** Each `import()` of a file: the file it loads, and whether it is registered. */
function dynamicImports(path: string, tree: SyntaxNode): { to: string; registered: boolean }[] {
  const found: { to: string; registered: boolean }[] = [];
  walk(tree, (node) => {
    if (node.kind !== Kind['CallExpression'] || node.expression?.kind !== Kind['ImportKeyword']) return;
    const to = normalize(join(dirname(path), node.arguments?.[0]?.text ?? ''));
    found.push({ to, registered: isRegistered(node) });
  });
  return found;
}

describe('capabilities', () => {
  const sources = filesBelow('components', '.ts').filter((path) => !path.startsWith('components/dist/'));
  const imports = sources.flatMap((from) => dynamicImports(from, parse(from)).map((entry) => ({ from, ...entry })));

  test('every import() is registered by new Capability()', () => {
    assert.deepEqual(
      imports.filter(({ registered }) => !registered).map(({ from, to }) => `${from} loads ${to}`),
      [],
    );
  });

  test('every import() has one limit of its size, and every limit an import()', () => {
    assert.deepEqual(imports.map(({ to }) => to).toSorted(), Object.keys(CAPABILITIES).toSorted());
  });

  test('the check sees an import() that is not registered', () => {
    const read = (text: string) => dynamicImports('components/a/b.ts', parseText('b.ts', text));
    assert.deepEqual(read(`const load = () => import('./c.ts');`), [{ to: 'components/a/c.ts', registered: false }]);
    assert.deepEqual(read(`const c = new Capability((_at) => import('./c.ts').then(({ c }) => c));`), [
      { to: 'components/a/c.ts', registered: true },
    ]);
  });
});

/** The cost of one event class in a page that bundles it from npm. */
const EVENT_LIMIT = 2_000;

test(`one event of the npm package, bundled: at most ${EVENT_LIMIT} bytes, gzipped`, async () => {
  const contents = `export { CallJoinEvent } from './components/dist/npm/events.js';`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  const bytes = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
  assert.ok(bytes <= EVENT_LIMIT, `${bytes} bytes`);
});
