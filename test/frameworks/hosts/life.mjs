/**
 * The life of the four elements in a host without layout and devices: made, connected, set, called, removed.
 *
 * Run by `hosts.test.ts`: node life.mjs <jsdom|happy-dom> <globals|script> <server>. Writes its observations as JSON.
 */
import { readFileSync } from 'node:fs';

/**
 * @import { LitElement } from 'lit'
 * @typedef {Window & typeof globalThis} HostWindow
 */

/**
 * What a host throws. Its errors are not instances of the `Error` of Node.
 * @typedef {{ stack?: string, code?: unknown, message?: unknown } | null | undefined} Thrown
 */

const [host, way, server] = process.argv.slice(2);
const PAGE = 'http://localhost/';
const TAGS = ['video-call', 'chat-room', 'room-list', 'device-picker'];

/** Each of these values is assigned to each property in turn, whether its type fits or not. */
const VALUES = ['x', '', null, undefined, true, false, 7, {}, 'grid', 'video-call chat-room'];
const SWITCH = [[], [true], [false]];
const ID = [['x']];
/**
 * The methods that are called, and the arguments of each call.
 * @type {Record<string, unknown[][]>}
 */
const CALLS = {
  join: [[]],
  leave: [[]],
  toggleMicrophone: SWITCH,
  toggleCamera: SWITCH,
  toggleScreenShare: SWITCH,
  setDevice: [
    ['audioinput', 'x'],
    ['videoinput', ''],
    ['audiooutput', 'x'],
  ],
  getStats: [[]],
  lockRoom: SWITCH,
  admit: ID,
  refuse: ID,
  removeParticipant: ID,
  removeWithAddress: ID,
  muteParticipant: ID,
  endCall: [[]],
  announce: ID,
  sendMessage: [['x'], ['x', { to: 'y' }], ['']],
  retryMessage: ID,
  editMessage: [['x', 'y']],
  deleteMessage: ID,
  loadOlder: [[]],
};

/** @returns {Promise<HostWindow>} */
async function openWindow() {
  if (host === 'jsdom') {
    const { JSDOM, VirtualConsole } = await import('jsdom');
    const virtualConsole = new VirtualConsole();
    virtualConsole.on('jsdomError', (error) => {
      // A server that does not answer is no fault.
      if (error.type !== 'XMLHttpRequest') faults.push(`jsdomError: ${error.detail?.stack ?? error.stack}`);
    });
    // With `runScripts`, a jsdom window does not list its global names, which `copyGlobals` needs.
    const forScripts = { runScripts: 'outside-only', pretendToBeVisual: true };
    const options = { url: PAGE, virtualConsole, ...(way === 'script' && forScripts) };
    return new JSDOM('<!doctype html><body></body>', options).window;
  }
  const { Window } = await import('happy-dom');
  const settings = { enableJavaScriptEvaluation: true, suppressInsecureJavaScriptEnvironmentWarning: true };
  return new Window({ url: PAGE, settings });
}

/**
 * Copies globals to Node, as test runners do: each name that Node lacks, and names of the DOM that Node has too.
 * @param {HostWindow} window
 */
function copyGlobals(window) {
  const ofTheDom = new Set([
    ...['Event', 'EventTarget', 'CustomEvent', 'MessageEvent', 'AbortController', 'AbortSignal', 'DOMException'],
    ...[
      'document',
      'navigator',
      'location',
      'self',
      'top',
      'parent',
      'Blob',
      'File',
      'FormData',
      'Headers',
      'WebSocket',
    ],
  ]);
  /** @type {Set<string>} */
  const names = new Set();
  for (
    let from = /** @type {object} */ (window);
    from && from !== Object.prototype;
    from = Object.getPrototypeOf(from)
  ) {
    for (const name of Object.getOwnPropertyNames(from)) names.add(name);
  }
  for (const name of names) {
    if (name in globalThis && !ofTheDom.has(name)) continue;
    /** @type {unknown} */
    const value = Reflect.get(window, name);
    const isFunction = typeof value === 'function' && /^[a-z]/.test(name);
    const copy = isFunction ? value.bind(window) : value;
    Object.defineProperty(globalThis, name, { value: copy, configurable: true, writable: true });
  }
  Object.assign(globalThis, { window: globalThis });
}

/** @type {string[]} */
const faults = [];
const note = (/** @type {string} */ where) => (/** @type {unknown} */ error) => {
  const { stack } = /** @type {Thrown} */ (error) ?? {};
  faults.push(`${where}: ${stack ?? String(error)}`);
};
process.on('uncaughtException', note('uncaught'));
process.on('unhandledRejection', note('unhandled'));

/**
 * @param {string} where
 * @param {() => unknown} act
 */
async function attempt(where, act) {
  try {
    await act();
  } catch (error) {
    // A method rejects with a code, as documented.
    const { code, message } = /** @type {Thrown} */ (error) ?? {};
    if (typeof code !== 'string' || typeof message !== 'string') note(where)(error);
  }
}

/** @param {LitElement} element */
const classOf = (element) => /** @type {typeof LitElement} */ (element.constructor);

/**
 * What a page may set and call.
 * @param {LitElement} element
 */
function membersOf(element) {
  const { prototype, elementProperties } = classOf(element);
  const members = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  const isOwn = (/** @type {string} */ name) => elementProperties.get(name)?.state;
  return {
    settable: members.filter(([name, { set }]) => set && name !== 'server' && !isOwn(name)).map(([name]) => name),
    methods: members.filter(([name]) => Object.hasOwn(CALLS, name)).map(([name]) => name),
  };
}

/**
 * @param {HostWindow} window
 * @param {string} tag
 */
async function live({ document, Event }, tag) {
  const element = /** @type {LitElement} */ (document.createElement(tag));
  if (!element.updateComplete) throw new Error(`<${tag}> is not defined`);
  if (server && tag !== 'device-picker') element.setAttribute('server', server);
  document.body.append(element);
  await element.updateComplete;
  const { settable, methods } = membersOf(element);
  for (const name of settable) {
    for (const value of VALUES) {
      await attempt(`${tag}.${name} = ${String(value)}`, async () => {
        Reflect.set(element, name, value);
        await element.updateComplete;
      });
    }
  }
  const all = { room: 'a room', displayName: 'A name', autojoin: true, preview: true, selected: 'a room', for: 'x' };
  for (const [name, value] of Object.entries(all)) if (settable.includes(name)) Reflect.set(element, name, value);
  await element.updateComplete;
  for (const name of methods) {
    for (const given of CALLS[name] ?? []) {
      // Not awaited: without a server no answer comes, and a request that is pending ends with the element's removal.
      void attempt(`${tag}.${name}(${given.join()})`, () => Reflect.get(element, name).apply(element, given));
    }
  }
  const told = ['state', 'participants', 'messages', 'rooms', 'waiting', 'unreadCount', 'value', 'role'];
  for (const name of told) void Reflect.get(element, name);
  for (const name of classOf(element).observedAttributes) if (name !== 'server') element.setAttribute(name, 'false');
  await element.updateComplete;
  // The element is moved, and each button in its view is clicked.
  document.body.prepend(element);
  await element.updateComplete;
  const { shadowRoot } = element;
  if (!shadowRoot) throw new Error(`<${tag}> has no shadow root`);
  const seen = shadowRoot.innerHTML.length;
  for (const button of shadowRoot.querySelectorAll('button')) button.click();
  for (const type of ['keydown', 'dragover', 'drop']) element.dispatchEvent(new Event(type, { bubbles: true }));
  await element.updateComplete;
  element.remove();
  return seen;
}

const window = await openWindow();
if (way === 'script') window.eval(readFileSync(new URL('./classic.js', import.meta.url), 'utf8'));
else {
  copyGlobals(window);
  await import('sarangbang');
}
/** @type {Record<string, number>} */
const seen = {};
for (const tag of TAGS) await attempt(tag, async () => (seen[tag] = await live(window, tag)));
/** What keeps the process alive, except its own streams. */
const stillOpen = () =>
  process.getActiveResourcesInfo().filter((name) => !/^(?:PipeWrap|TTYWrap|CloseReq)$/.test(name));
// Empty after about a second; a busy machine may take longer.
const TRIES = 20;
let left = ['not looked'];
for (let count = 0; left.length > 0 && count < TRIES; count++) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  left = stillOpen();
}
process.stdout.write(`${JSON.stringify({ seen, faults, left })}\n`);
// A window of jsdom keeps a timer for animation frames.
window.close?.();
