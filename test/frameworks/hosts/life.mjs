/**
 * The life of the four elements in a host without layout and devices: made, connected, set, called, removed.
 *
 * Run by `hosts.test.ts`: node life.mjs <jsdom|happy-dom> <globals|script> <server>. Writes its observations as JSON.
 */
import { readFileSync } from 'node:fs';

const [host, way, server] = process.argv.slice(2);
const PAGE = 'http://localhost/';
const TAGS = ['video-call', 'chat-room', 'room-list', 'device-picker'];

/** Assigned to every property, one at a time and then all together. */
const VALUES = ['x', '', null, undefined, true, false, 7, {}, 'grid', 'video-call chat-room'];
const SWITCH = [[], [true], [false]];
const ID = [['x']];
/** The arguments of each method. */
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

async function openWindow() {
  if (host === 'jsdom') {
    const { JSDOM, VirtualConsole } = await import('jsdom');
    const virtualConsole = new VirtualConsole();
    virtualConsole.on('jsdomError', (error) => {
      // A server that does not answer is no fault.
      if (error.type !== 'XMLHttpRequest') faults.push(`jsdomError: ${error.detail?.stack ?? error.stack}`);
    });
    // A window that runs scripts does not list its names.
    const forScripts = { runScripts: 'outside-only', pretendToBeVisual: true };
    const options = { url: PAGE, virtualConsole, ...(way === 'script' && forScripts) };
    return new JSDOM('<!doctype html><body></body>', options).window;
  }
  const { Window } = await import('happy-dom');
  const settings = { enableJavaScriptEvaluation: true, suppressInsecureJavaScriptEnvironmentWarning: true };
  return new Window({ url: PAGE, settings });
}

/** As test runners do: each name of the window that Node lacks, and the DOM's names that Node has too. */
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
  const names = new Set();
  for (let from = window; from && from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) names.add(name);
  }
  for (const name of names) {
    if (name in globalThis && !ofTheDom.has(name)) continue;
    const value = window[name];
    const isFunction = typeof value === 'function' && /^[a-z]/.test(name);
    const copy = isFunction ? value.bind(window) : value;
    Object.defineProperty(globalThis, name, { value: copy, configurable: true, writable: true });
  }
  globalThis.window = globalThis;
}

const faults = [];
const note = (where) => (error) => faults.push(`${where}: ${error?.stack ?? String(error)}`);
process.on('uncaughtException', note('uncaught'));
process.on('unhandledRejection', note('unhandled'));

async function attempt(where, act) {
  try {
    await act();
  } catch (error) {
    // A method rejects with a code, as documented.
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') note(where)(error);
  }
}

/** What a page may set and call. */
function membersOf({ constructor }) {
  const members = Object.entries(Object.getOwnPropertyDescriptors(constructor.prototype));
  const isOwn = (name) => constructor.elementProperties.get(name)?.state;
  return {
    settable: members.filter(([name, { set }]) => set && name !== 'server' && !isOwn(name)).map(([name]) => name),
    methods: members.filter(([name]) => Object.hasOwn(CALLS, name)).map(([name]) => name),
  };
}

async function live(document, tag) {
  const element = document.createElement(tag);
  if (!element.updateComplete) throw new Error(`<${tag}> is not defined`);
  if (server && tag !== 'device-picker') element.setAttribute('server', server);
  document.body.append(element);
  await element.updateComplete;
  const { settable, methods } = membersOf(element);
  for (const name of settable) {
    for (const value of VALUES) {
      await attempt(`${tag}.${name} = ${String(value)}`, async () => {
        element[name] = value;
        await element.updateComplete;
      });
    }
  }
  const all = { room: 'a room', displayName: 'A name', autojoin: true, preview: true, selected: 'a room', for: 'x' };
  for (const [name, value] of Object.entries(all)) if (settable.includes(name)) element[name] = value;
  await element.updateComplete;
  for (const name of methods) {
    for (const given of CALLS[name]) {
      // The server does not answer, and pending requests are given up when the element is removed.
      void attempt(`${tag}.${name}(${given.join()})`, () => element[name](...given));
    }
  }
  const told = ['state', 'participants', 'messages', 'rooms', 'waiting', 'unreadCount', 'value', 'role'];
  for (const name of told) void element[name];
  for (const name of element.constructor.observedAttributes) if (name !== 'server') element.setAttribute(name, 'false');
  await element.updateComplete;
  // A move, and a click in the view.
  document.body.prepend(element);
  await element.updateComplete;
  const seen = element.shadowRoot.innerHTML.length;
  for (const button of element.shadowRoot.querySelectorAll('button')) button.click();
  const { Event } = document.defaultView;
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
const seen = {};
for (const tag of TAGS) await attempt(tag, async () => (seen[tag] = await live(window.document, tag)));
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
