/** The table of who may import whom, checked against every import. */
import assert from 'node:assert/strict';
import { builtinModules } from 'node:module';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { closureOf, expressionsOf, filesBelow, importsOf, root, usesOf, type Import } from './syntax.ts';

const PROTOCOL = 'server/protocol.ts';
/** The shapes of the contract, which `PROTOCOL` hands on. Nothing else imports them. */
const PROTOCOL_SHAPES = 'server/entities.ts';
const TEXTS = 'server/texts.ts';
const ELEMENTS = ['room-list', 'chat-room', 'video-call', 'device-picker', 'knock-list'] as const;
/** Top-level files of `components` that hold only the types of entities and the classes of events. */
const SHAPES = ['components/entities.ts', 'components/events.ts', ...filesBelow('components/events', '.ts')];

/** Top-level files of the server (and the folder `config`) that every folder of the server may import. */
const GROUND = ['config', 'parse', 'refusal', 'awaitable', 'log', 'metrics'] as const;
/** The folders of the server, from the lowest to the highest: what each may import of the others. */
const FOLDERS = {
  grants: [],
  rooms: ['grants'],
  traffic: ['grants', 'rooms'],
  turn: ['rooms', 'traffic'],
  memory: ['grants', 'rooms', 'traffic'],
  disk: ['grants', 'rooms', 'memory'],
  redis: ['grants', 'rooms', 'traffic'],
  sockets: ['grants', 'rooms', 'traffic'],
  http: ['grants', 'rooms', 'traffic'],
  operating: ['grants', 'rooms', 'traffic', 'turn', 'memory', 'disk', 'redis', 'http'],
} as const;
type Folder = keyof typeof FOLDERS;
type Ground = (typeof GROUND)[number];

type Zone =
  | 'protocol'
  | 'protocol-shapes'
  | 'texts'
  | Ground
  | Folder
  | 'roof'
  | 'served'
  | 'manifest'
  | 'internal'
  | 'client'
  | 'rtc'
  | 'controllers'
  | 'locales'
  | 'shapes'
  | 'element'
  | 'entry'
  | 'server-url';

function zoneOf(path: string): Zone {
  if (path === PROTOCOL) return 'protocol';
  if (path === PROTOCOL_SHAPES) return 'protocol-shapes';
  if (path === TEXTS) return 'texts';
  if (path.startsWith('server/')) {
    const name = (path.split('/')[1] ?? '').replace(/\.ts$/, '');
    return [...GROUND, ...(Object.keys(FOLDERS) as Folder[])].find((known) => known === name) ?? 'roof';
  }
  if (SHAPES.includes(path)) return 'shapes';
  if (path === 'components/server-url.ts') return 'server-url';
  const directory = path.split('/')[1] ?? '';
  if (directory === 'served' || directory === 'manifest') return directory;
  if (
    directory === 'internal' ||
    directory === 'client' ||
    directory === 'rtc' ||
    directory === 'controllers' ||
    directory === 'locales'
  )
    return directory;
  if (ELEMENTS.some((name) => name === directory)) return 'element';
  return 'entry';
}

const isLit = (name: string) => /^(?:lit|@lit)(?:\/|$)/.test(name);
const isSocketIo = (name: string) => /^(?:socket\.io|engine\.io)/.test(name);
const isNode = (name: string) => name.startsWith('node:') || builtinModules.includes(name);

interface Rule {
  values: Zone[];
  types?: Zone[];
  outside(name: string, path: string): boolean;
}

const ofServer = (name: string) => !isLit(name) && name !== 'socket.io-client';
const ground = (values: Ground[]): Rule => ({ values: ['protocol', ...values], outside: ofServer });
const folder = (name: Folder, types: Zone[] = []): Rule => ({
  values: ['protocol', ...GROUND, name, ...FOLDERS[name]],
  types,
  outside: ofServer,
});

/**
 * For each zone: the zones whose values it may import, those whose types it may import, and what it may take from
 * outside.
 */
const TABLE: Record<Zone, Rule> = {
  protocol: { values: [], types: ['protocol-shapes'], outside: () => false },
  'protocol-shapes': { values: [], outside: () => false },
  texts: { values: ['protocol'], outside: () => false },
  config: ground(['config']),
  refusal: ground([]),
  awaitable: ground([]),
  log: ground(['config']),
  parse: ground(['refusal']),
  metrics: ground(['config', 'parse']),
  grants: folder('grants'),
  rooms: folder('rooms'),
  traffic: folder('traffic'),
  turn: folder('turn'),
  memory: folder('memory'),
  disk: folder('disk'),
  redis: folder('redis', ['memory']),
  sockets: folder('sockets'),
  http: folder('http'),
  operating: folder('operating'),
  roof: { values: ['protocol', ...GROUND, ...(Object.keys(FOLDERS) as Folder[]), 'roof'], outside: ofServer },
  shapes: { values: ['shapes'], types: ['protocol', 'shapes'], outside: () => false },
  'server-url': { values: ['internal'], outside: () => false },
  internal: { values: ['internal'], types: ['protocol'], outside: isLit },
  client: {
    values: ['protocol', 'internal', 'client', 'server-url'],
    types: ['shapes'],
    outside: (name, path) => name === 'socket.io-client' && path === 'components/client/transport/socket-transport.ts',
  },
  rtc: { values: ['internal', 'rtc'], types: ['protocol', 'shapes'], outside: () => false },
  // Only the build imports these files.
  served: { values: ['served', 'internal'], outside: () => false },
  // Declarations alone: what writes the manifest is no part of any page.
  manifest: {
    values: [],
    outside: (name) => /^(?:@custom-elements-manifest\/analyzer|custom-elements-manifest)\b/.test(name),
  },
  // A language loads late, by `Capability` of `components/internal`.
  locales: { values: ['locales', 'internal'], types: ['protocol'], outside: () => false },
  controllers: {
    values: ['client', 'rtc', 'internal', 'controllers', 'locales', 'server-url', 'protocol'],
    types: ['shapes'],
    outside: isLit,
  },
  element: {
    values: ['controllers', 'internal', 'locales', 'shapes', 'protocol', 'server-url', 'element'],
    types: ['client', 'rtc'],
    outside: (name, path) => isLit(name) || (name === 'uqr' && path === 'components/video-call/invitation/code.ts'),
  },
  entry: { values: ['element', 'shapes', 'entry', 'internal'], types: ['protocol', 'client', 'rtc'], outside: isLit },
};

function isAllowed(from: string, { to, typeOnly, ours }: Import): boolean {
  const rule = TABLE[zoneOf(from)];
  if (!ours) return rule.outside(to, from);
  // An element may use another element by its tag and its public file, never by its inner files.
  const [, home] = from.split('/');
  const [, target = '', file = ''] = to.split('/');
  if (zoneOf(from) === 'element' && zoneOf(to) === 'element' && home !== target && file !== `${target}.ts`)
    return false;
  // Of `server/traffic`, the stores in memory and in Redis may import the limits alone.
  if (['memory', 'redis'].includes(zoneOf(from)) && zoneOf(to) === 'traffic' && to !== 'server/traffic/limits.ts')
    return false;
  // A file that may import `server/protocol.ts` may also import its rules for texts.
  if (to === TEXTS) return rule.values.includes('protocol');
  return rule.values.includes(zoneOf(to)) || (typeOnly && (rule.types ?? []).includes(zoneOf(to)));
}

const sources = [...filesBelow('server', '.ts'), ...filesBelow('components', '.ts')].filter(
  (path) => !path.includes('/dist/'),
);

describe('imports', () => {
  test('follow the table', () => {
    const broken = sources.flatMap((from) =>
      importsOf(from)
        .filter((entry) => !isAllowed(from, entry))
        .map(({ to, typeOnly }) => `${from} imports ${typeOnly ? 'a type of ' : ''}${to}`),
    );
    assert.deepEqual(broken, []);
  });

  test('name existing files by their full name', () => {
    const broken = sources.flatMap((from) =>
      importsOf(from)
        .filter(({ to, ours }) => ours && !(to.endsWith('.ts') && existsSync(join(root, to))))
        .map(({ to }) => `${from}: ${to}`),
    );
    assert.deepEqual(broken, []);
  });

  test('break the table in a control', () => {
    const entry = (to: string, fields: Partial<Import> = {}): Import => ({
      to,
      typeOnly: false,
      ours: to.endsWith('.ts'),
      dynamic: false,
      ...fields,
    });
    assert.equal(isAllowed('components/rtc/call.ts', entry('lit')), false);
    assert.equal(isAllowed('components/rtc/call.ts', entry(PROTOCOL)), false);
    assert.equal(isAllowed('components/rtc/call.ts', entry(PROTOCOL, { typeOnly: true })), true);
    assert.equal(isAllowed('components/client/connection.ts', entry('socket.io-client')), false);
    assert.equal(
      isAllowed('components/chat-room/chat-room.ts', entry('components/video-call/stage/video-tile.ts')),
      false,
    );
    assert.equal(isAllowed('components/chat-room/chat-room.ts', entry('components/client/connection.ts')), false);
    assert.equal(isAllowed('components/client/index.ts', entry('components/served/socket-client.ts')), false);
    assert.equal(isAllowed('components/client/index.ts', entry('components/manifest/analyzer.d.ts')), false);
    assert.equal(isAllowed('components/manifest/analyzer.d.ts', entry('lit')), false);
    assert.equal(isAllowed('server/rooms/rooms.ts', entry('components/entities.ts', { typeOnly: true })), false);
    assert.equal(isAllowed('server/rooms/rooms.ts', entry('server/traffic/limits.ts')), false);
    assert.equal(isAllowed('server/grants/identity.ts', entry('server/disk/data-directory.ts')), false);
    assert.equal(isAllowed('server/metrics.ts', entry('server/turn/allocate.ts', { typeOnly: true })), false);
    assert.equal(isAllowed('server/redis/rooms/redis-rooms.ts', entry('server/memory/room-gate.ts')), false);
    assert.equal(isAllowed('server/redis/backend.ts', entry('server/memory/backend.ts', { typeOnly: true })), true);
    assert.equal(isAllowed('server/memory/memory-rooms.ts', entry('server/traffic/addresses.ts')), false);
    assert.equal(isAllowed('server/http/status.ts', entry('server/app.ts', { typeOnly: true })), false);
    assert.equal(isAllowed(PROTOCOL, entry('node:fs')), false);
    assert.equal(isAllowed(PROTOCOL, entry(TEXTS)), false);
    assert.equal(isAllowed('components/rtc/call.ts', entry(TEXTS)), false);
  });

  test('of the client and the call reach neither Lit nor a Node module, however far one follows', () => {
    const far = ['client', 'rtc'].flatMap((zone) =>
      filesBelow(`components/${zone}`, '.ts').flatMap((path) =>
        [...closureOf(path, { dynamic: true })].flatMap((file) =>
          importsOf(file)
            .filter(({ to, ours, typeOnly }) => !ours && !typeOnly && (isLit(to) || isNode(to)))
            .map(({ to }) => `${path} reaches ${to} through ${file}`),
        ),
      ),
    );
    assert.deepEqual(far, []);
  });

  test('what carries a call is known above rtc/ by an interface alone', () => {
    const carriers = (to: string) => /^components\/rtc\/(?:mesh|remote-participant)\.ts$/.test(to);
    const knowing = sources.filter((from) => importsOf(from).some(({ to }) => carriers(to)));
    assert.deepEqual(knowing, ['components/rtc/call.ts', 'components/rtc/mesh.ts', 'components/rtc/observing.ts']);
  });

  test('of handlers reach no other handler, and those of stores reach no socket', () => {
    const broken = [
      ...filesBelow('server/sockets/handlers', '.ts').flatMap((from) =>
        importsOf(from)
          .filter(({ to }) => to.startsWith('server/sockets/handlers/'))
          .map(({ to }) => `${from} imports ${to}`),
      ),
      ...sources
        .filter((path) => /^server\/(?:memory|disk|redis|rooms)\/[^/]*(?:rooms|chat-log)\.ts$/.test(path))
        .flatMap((from) =>
          importsOf(from)
            .filter(({ to }) => isSocketIo(to) || to.startsWith('koa'))
            .map(({ to }) => `${from} imports ${to}`),
        ),
    ];
    assert.deepEqual(broken, []);
  });
});

describe('global names', () => {
  const within = (directory: string) => filesBelow(`components/${directory}`, '.ts');
  const isHtml = (name: string) => /^(?:HTML|SVG)\w*Element$/.test(name) || name === 'Element';

  test('the call uses no document, no window and no element', () => {
    assert.deepEqual(
      within('rtc').flatMap((path) => usesOf(path, (name) => name === 'document' || name === 'window' || isHtml(name))),
      [],
    );
  });

  test('the client uses no node of a page', () => {
    assert.deepEqual(
      within('client').flatMap((path) => usesOf(path, (name) => name === 'document' || isHtml(name))),
      [],
    );
  });

  test('elements request devices and connections and do not create them', () => {
    const files = [...ELEMENTS.flatMap((name) => within(name)), ...within('internal'), ...within('client')];
    assert.deepEqual(
      files.flatMap((path) => expressionsOf(path, ['navigator.mediaDevices', 'new RTCPeerConnection'])),
      [],
    );
  });

  test('the call gets everything of the browser passed in, with one place for the defaults', () => {
    const uses = (text: string) => [
      ...new Set(
        within('rtc').flatMap((path) => expressionsOf(path, [text]).map((place) => place.replace(/:.*/s, ''))),
      ),
    ];
    assert.deepEqual(uses('navigator.mediaDevices'), []);
    assert.deepEqual(uses('new RTCPeerConnection'), ['components/rtc/peer-connection.ts']);
    assert.deepEqual([...uses('performance.now()'), ...uses('Date.now()')], ['components/rtc/clock.ts']);
  });

  test('the environment is read in one place', () => {
    const others = sources.filter((path) => path !== 'server/config/config.ts');
    assert.deepEqual(
      others.flatMap((path) => expressionsOf(path, ['process.env', 'process.argv'])),
      [],
    );
  });

  test('elements are defined behind the guard', () => {
    const others = sources.filter((path) => path !== 'components/internal/define.ts');
    assert.deepEqual(
      others.flatMap((path) =>
        usesOf(path, (name) => name === 'customElements').filter((place) => place.includes('.define')),
      ),
      [],
    );
  });
});
