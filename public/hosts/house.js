/**
 * The room on the first screen: a stand-in for the server that lives in this page. The visitor's own elements connect
 * to it and show a running call, and no room is opened on any server.
 *
 * Owns the roster, the chat and the two hosts of that room, and speaks the protocol of server/protocol.md, as far as
 * one visitor needs it. Does not own how a host is drawn and connected (`host.js`), nor when the room is shown
 * (`porch.js`). Every other command is refused with `not-allowed`.
 */
import { Host } from './host.js';

/** The address that the elements connect to. No name ends in `.invalid`, so nothing can be asked there by mistake. */
export const HOUSE = 'https://house.invalid';
export const ROOM = 'sarangbang';

const VISITOR = 'a-visitor';
const PERMISSIONS = { microphone: 'everyone', camera: 'everyone', screen: 'everyone', chat: 'everyone' };
const EPOCH = 'house.1';
/** Nobody pings: both ends are one page. In milliseconds: a day. */
const NEVER_MS = 86_400_000;
const READING_MS = 2_200;
const TYPING_MS = 1_600;
const CLAPPING_MS = 900;

class Room {
  /** @param send sends a fact to the visitor */
  constructor(send, words) {
    this.send = send;
    this.words = words;
    this.n = 1;
    this.visitor = null;
    this.messages = [];
    this.answers = 0;
    this.timers = new Set();
    this.hosts = words.hosts.map(
      ({ id, name }) =>
        new Host(id, name, (link, signal) => this.send('signal:received', { room: ROOM, from: id, link, signal })),
    );
    words.lines.forEach((line, index) => this.say(line, 900 + index * (READING_MS + TYPING_MS)));
  }

  get participants() {
    const hosts = this.hosts.map((host, index) => ({
      id: host.id,
      displayName: host.displayName,
      role: index ? 'participant' : 'moderator',
      connected: true,
      call: host.presence,
    }));
    return this.visitor ? [...hosts, this.visitor] : hosts;
  }

  numbered(fact) {
    return { room: ROOM, epoch: EPOCH, n: ++this.n, ...fact };
  }

  tellVisitor(change) {
    this.visitor = { ...this.visitor, ...change };
    this.send('participant:changed', this.numbered({ participant: this.visitor }));
  }

  post(from, text, clientId = `line-${this.messages.length}`) {
    const { id, displayName } = from;
    const number = String(this.messages.length).padStart(6, '0');
    const message = { id: `m-${number}`, at: Date.now(), clientId, from: { id, displayName }, text, kind: 'text' };
    this.messages.push(message);
    this.send('chat:posted', this.numbered({ message }));
    return message;
  }

  after(ms, act) {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, ms);
    this.timers.add(timer);
  }

  /** A host types, talks and writes. */
  say([who, text], delayMs) {
    const host = this.hosts[who];
    this.after(delayMs, () => {
      host.isTalking = true;
      this.send('chat:typed', { room: ROOM, participantId: host.id });
    });
    this.after(delayMs + TYPING_MS, () => this.post(host, text));
    this.after(delayMs + TYPING_MS + 900, () => (host.isTalking = false));
  }

  /** The commands that one visitor needs. Each returns the value of its answer. */
  commands = {
    'room:join': ({ displayName }) => {
      this.visitor ??= { id: VISITOR, role: 'participant', connected: true, call: null };
      this.visitor.displayName = displayName ?? '';
      const { n, participants, messages } = this;
      const state = { room: ROOM, epoch: EPOCH, n, locked: false, unlisted: true, waiting: [], hasOlder: false };
      return { participantId: VISITOR, rooms: [{ ...state, permissions: PERMISSIONS, participants, messages }] };
    },
    'call:join': ({ joinId, tracks = [], receivesVideo = true, newcomerOffers }) => {
      this.tellVisitor({ call: { joinId, tracks, receivesVideo, newcomerOffers } });
      return { epoch: EPOCH, n: this.n, participants: this.participants, iceServers: [], iceTtlMs: null };
    },
    'call:leave': () => {
      this.tellVisitor({ call: null });
      return {};
    },
    'room:leave': () => ({}),
    'participant:update': ({ displayName = this.visitor.displayName, tracks }) => {
      const call = this.visitor.call && tracks ? { ...this.visitor.call, tracks } : this.visitor.call;
      this.tellVisitor({ displayName, call });
      return { displayName };
    },
    'chat:send': ({ text, clientId }) => {
      const message = this.post(this.visitor, text, clientId);
      const { answers } = this.words;
      this.say(answers[this.answers++ % answers.length], READING_MS / 2);
      return { message };
    },
    'call:hand': ({ on }) => {
      const { hand, ...call } = this.visitor.call;
      if (on) this.say(this.words.hand, READING_MS / 2);
      const raised = hand ?? { n: this.n + 1, at: Date.now() };
      this.tellVisitor({ call: on ? { ...call, hand: raised } : call });
      return {};
    },
    'call:react': ({ emoji }) => {
      this.send('call:reacted', { room: ROOM, from: VISITOR, emoji });
      this.hosts.forEach(({ id }, index) =>
        this.after(CLAPPING_MS * (index + 1), () => this.send('call:reacted', { room: ROOM, from: id, emoji })),
      );
      return {};
    },
    'chat:history': () => ({ messages: [], hasOlder: false }),
    'chat:typing': () => ({}),
    'signal:send': ({ to, link, signal }) => {
      const host = this.hosts.find(({ id }) => id === to);
      // A connection that the visitor has given up meanwhile takes no more descriptions.
      host?.handleSignal(link, signal).catch(() => {});
      return {};
    },
  };

  close() {
    for (const timer of this.timers) clearTimeout(timer);
    for (const host of this.hosts) host.close();
  }
}

/** A WebSocket whose other end is this page. Frames are those of Engine.IO 4 and Socket.IO 5. */
export class HouseSocket extends EventTarget {
  readyState = WebSocket.CONNECTING;

  /** @param words what the hosts are called and what they say */
  constructor(words) {
    super();
    this.words = words;
    this.room = null;
    const handshake = { sid: 'house', upgrades: [], pingInterval: NEVER_MS, pingTimeout: NEVER_MS, maxPayload: 65_536 };
    setTimeout(() => {
      if (this.readyState !== WebSocket.CONNECTING) return;
      this.readyState = WebSocket.OPEN;
      this.dispatchEvent(new Event('open'));
      this.#deliver(`0${JSON.stringify(handshake)}`);
    });
  }

  send(frame) {
    if (this.readyState !== WebSocket.OPEN) return;
    if (frame.startsWith('40')) this.#welcome();
    else if (frame.startsWith('41')) this.close();
    else if (frame.startsWith('42')) this.#carryOut(frame.slice(2));
  }

  close() {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.room?.close();
    setTimeout(() => this.dispatchEvent(new CloseEvent('close')));
  }

  #welcome() {
    this.#deliver('40{"sid":"house"}');
    const ready = { participantId: VISITOR, resumeToken: 'house', epoch: EPOCH, version: 1 };
    this.#tell('session:ready', ready);
    this.room = new Room((name, fact) => this.#tell(name, fact), this.words);
  }

  #carryOut(text) {
    const bracket = text.indexOf('[');
    const [name, payload] = JSON.parse(text.slice(bracket));
    const command = this.room?.commands[name];
    const refusal = { code: 'not-allowed', message: 'This room is drawn by the page. Start a room of your own.' };
    const answer = command ? { ok: true, value: command(payload) } : { ok: false, error: refusal };
    this.#deliver(`43${text.slice(0, bracket)}${JSON.stringify([answer])}`);
  }

  #tell(name, fact) {
    this.#deliver(`42${JSON.stringify([name, fact])}`);
  }

  /** Later than the call that caused it, as from a network, and in order. */
  #deliver(data) {
    queueMicrotask(() => {
      if (this.readyState === WebSocket.OPEN) this.dispatchEvent(new MessageEvent('message', { data }));
    });
  }
}
