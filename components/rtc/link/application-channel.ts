/**
 * The second data channel of a link: what two pages tell each other besides the call itself.
 *
 * Owns one channel: its greeting, and the bounds of what is sent and taken. Does not own what a topic means, nor whom a
 * message goes to (`Application`). It stands apart from the link's own channel because its messages may be lost, and
 * because an older client has none: this end sends nothing but greetings until it has heard one.
 */

/** What one page tells another. Fields besides `topic` are not checked yet. */
export interface ApplicationMessage {
  readonly topic: string;
  readonly [field: string]: unknown;
}

/** What makes a channel: a link. Both ends make it; nothing is negotiated. */
export interface ChannelMaker {
  createChannel(label: string, options: RTCDataChannelInit): RTCDataChannel;
}

/** The longest message, in bytes. */
export const MESSAGE_BYTES = 1_024;
/** How many messages of one topic an end may send in a second. */
export const TOPIC_MESSAGES_A_SECOND = 30;
/**
 * How many messages of all topics together an end may send in a second, and how many at once after a pause: what the
 * network held back comes at once. Each costs this page time, a tenth of a millisecond on a slow machine.
 */
const MESSAGES_A_SECOND = 40;
const MESSAGES_AT_ONCE = 60;
/** How many of them may have topics that this page does not know, as those of a later version. */
const UNKNOWN_MESSAGES_A_SECOND = 10;
/** How many more are dropped unread, or have a wrong shape, before the channel is closed. No page of ours sends any. */
const WRONG_MESSAGES_A_SECOND = 5;
const WRONG_MESSAGES_AT_ONCE = 20;
/**
 * A beat that is later than this, in milliseconds, shows that the page was busy. What waited meanwhile comes at once,
 * so it is allowed for as long again, up to what the other end may send in ten seconds. A hidden page has a beat each
 * second.
 */
const BUSY_MS = 1_500;
const MOST_BUSY_MS = 10_000;
/**
 * What may wait to be sent, in bytes: about thirty pointers. A place that a pointer left long ago is worth nothing, and
 * too many at once cost the channel at the other end.
 */
const WAITING_BYTES = 2_048;
/** Greetings to an end that answers none: an older client, or a page that has not loaded this code yet. */
const GREETINGS = 5;
const GREETING_MS = 1_000;
const HELLO = 'hello';
const TOPIC = /^[a-z][a-z-]{0,31}$/;

/** So many in a second, and so many at once after a pause. */
class Allowance {
  readonly #perSecond: number;
  readonly #atOnce: number;
  #left: number;
  #at = -Infinity;
  #extra = 0;

  constructor(perSecond: number, atOnce = perSecond) {
    this.#perSecond = perSecond;
    this.#atOnce = atOnce;
    this.#left = atOnce;
  }

  /** What `ms` milliseconds allow may be taken besides, until `trim` is called. */
  add(ms: number): void {
    this.#extra = (ms * this.#perSecond) / 1_000;
  }

  trim(): void {
    this.#extra = 0;
  }

  take(now: number): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + ((now - this.#at) * this.#perSecond) / 1_000);
    this.#at = now;
    if (this.#left >= 1) this.#left--;
    else if (this.#extra >= 1) this.#extra--;
    else return false;
    return true;
  }
}

const encoder = new TextEncoder();

/** `null` for what is no message: too long, no JSON, no object, or an object without a topic. */
export function parseApplicationMessage(data: unknown): ApplicationMessage | null {
  // A text has at least as many bytes as characters.
  if (typeof data !== 'string' || data.length > MESSAGE_BYTES) return null;
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return null;
    const topic = Object.hasOwn(message, 'topic') ? (message as ApplicationMessage).topic : null;
    if (typeof topic !== 'string' || !TOPIC.test(topic) || encoder.encode(data).length > MESSAGE_BYTES) return null;
    return message as ApplicationMessage;
  } catch {
    return null;
  }
}

export interface ApplicationChannelOptions {
  now(): number;
  /** Whether this page takes messages of a topic. */
  knows(topic: string): boolean;
  /** Returns false for a message of a wrong shape. */
  onMessage(message: ApplicationMessage): boolean;
}

export class ApplicationChannel {
  readonly #options: ApplicationChannelOptions;
  readonly #channel: RTCDataChannel;
  readonly #taken = new Map<string, Allowance>();
  readonly #sent = new Map<string, Allowance>();
  readonly #heard = new Allowance(MESSAGES_A_SECOND, MESSAGES_AT_ONCE);
  readonly #unknown = new Allowance(UNKNOWN_MESSAGES_A_SECOND);
  readonly #patience = new Allowance(WRONG_MESSAGES_A_SECOND, WRONG_MESSAGES_AT_ONCE);
  #isGreeted = false;
  #greetings = 0;
  #greetedAt = -Infinity;
  #beatAt = Infinity;
  #forgivenAt = -Infinity;

  constructor(link: ChannelMaker, options: ApplicationChannelOptions) {
    this.#options = options;
    this.#channel = link.createChannel('application', { negotiated: true, id: 1, ordered: false, maxRetransmits: 0 });
    this.#channel.addEventListener('open', () => this.#greet());
    this.#channel.addEventListener('message', this.#onMessage);
  }

  /** Called several times a second. A greeting may be lost, and the other page may make its channel later. */
  handleBeat(): void {
    const now = this.#options.now();
    // What waited may be dispatched on both sides of the first beat.
    if (!this.#forgive(now) && now - this.#forgivenAt > BUSY_MS) this.#heard.trim();
    this.#beatAt = now;
    if (!this.#isGreeted && this.#greetings < GREETINGS) this.#greet();
  }

  /** There are no beats until the next one. */
  handlePause(): void {
    this.#beatAt = Infinity;
  }

  /** Returns false if the message was not sent: nobody listens at the other end, or too much was sent before. */
  send(message: ApplicationMessage): boolean {
    if (!this.#isGreeted) this.#greet();
    if (!this.#isGreeted || this.#channel.bufferedAmount > WAITING_BYTES) return false;
    return allowanceOf(this.#sent, message.topic).take(this.#options.now()) && this.#put(message);
  }

  /** At most once a second. */
  #greet(isAnswer = false): void {
    const now = this.#options.now();
    if (now - this.#greetedAt < GREETING_MS && !isAnswer) return;
    // `heard` ends the exchange: it asks for no answer.
    if (!this.#put(this.#isGreeted ? { topic: HELLO, heard: true } : { topic: HELLO })) return;
    this.#greetedAt = now;
    this.#greetings++;
  }

  #put(message: ApplicationMessage): boolean {
    if (this.#channel.readyState !== 'open') return false;
    try {
      this.#channel.send(JSON.stringify(message));
      return true;
    } catch {
      return false;
    }
  }

  /** Returns false if the page was not busy. What comes first afterwards, a message or a beat, is up to the browser. */
  #forgive(now: number): boolean {
    const lateMs = now - this.#beatAt;
    if (lateMs <= BUSY_MS) return false;
    this.#beatAt = now;
    this.#forgivenAt = now;
    this.#heard.add(Math.min(lateMs, MOST_BUSY_MS));
    return true;
  }

  #resent(now: number): void {
    if (this.#patience.take(now)) return;
    // What has arrived already is dispatched all the same.
    this.#channel.removeEventListener('message', this.#onMessage);
    this.#channel.close();
  }

  readonly #onMessage = ({ data }: MessageEvent): void => {
    const now = this.#options.now();
    this.#forgive(now);
    if (!this.#heard.take(now)) return this.#resent(now);
    const message = parseApplicationMessage(data);
    if (!message) return this.#resent(now);
    const { topic } = message;
    // Unknown topics have no allowance, so that nobody fills the page's memory with names.
    if (topic !== HELLO && !this.#options.knows(topic)) {
      if (!this.#unknown.take(now)) this.#resent(now);
      return;
    }
    if (!allowanceOf(this.#taken, topic).take(now)) return topic === HELLO ? this.#resent(now) : undefined;
    if (topic !== HELLO) {
      if (!this.#options.onMessage(message)) this.#resent(now);
      return;
    }
    const isFirst = !this.#isGreeted;
    this.#isGreeted = true;
    if (message.heard !== true) this.#greet(isFirst);
  };
}

function allowanceOf(allowances: Map<string, Allowance>, topic: string): Allowance {
  let allowance = allowances.get(topic);
  if (!allowance) allowances.set(topic, (allowance = new Allowance(TOPIC_MESSAGES_A_SECOND)));
  return allowance;
}
