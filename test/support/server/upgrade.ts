/**
 * A meeting that continues while its servers are replaced by those of a different version, and back. Guests write, and
 * an administrator bans, locks, revokes and deletes. Counts what was lost.
 */
import type { TestContext } from 'node:test';
import { CodedError } from '../../../components/client/index.ts';
import type { Client, RoomSession } from '../../../components/client/index.ts';
import type { GrantRequest } from '../../../server/grants/grants.ts';
import { connect, joined } from './clients.ts';
import { createToken } from './grants.ts';
import { connectClient } from './server.ts';
import { until } from '../waiting.ts';

export const ROOM = 'a';
const PATIENCE_MS = 60_000;
/** Milliseconds between two messages of the meeting. */
const PACE_MS = 40;
const PAGE = 100;

const tokenFor = (subject: string, fields: Partial<GrantRequest> = {}) =>
  createToken({ subject, rooms: ['*'], ttlMs: 3_600_000, ...fields });

export interface Losses {
  /** Acknowledged messages that are missing or lack their latest edit, and requests that failed. */
  messages: string[];
  doubled: string[];
  /** Deleted messages that exist again. */
  returned: string[];
  bans: string[];
  locks: string[];
  revocations: string[];
  guests: string[];
}

export const NOTHING: Losses = {
  messages: [],
  doubled: [],
  returned: [],
  bans: [],
  locks: [],
  revocations: [],
  guests: [],
};

/** Returns false if the server was gone; any other refusal is a fault. */
function isUnanswered(error: unknown): false {
  if (error instanceof CodedError && error.code === 'server-unreachable') return false;
  throw error;
}

interface Guest {
  name: string;
  client: Client;
  session: RoomSession;
}

export class Meeting {
  readonly guests: Guest[] = [];
  /** Acknowledged messages, by the start of their text: the texts that each may have now. Exactly one must exist. */
  readonly said = new Map<string, string[]>();
  readonly deleted = new Set<string>();
  readonly #t: TestContext;
  readonly #banned: string[] = [];
  readonly #locked: string[] = [];
  readonly #revoked: { subject: string; token: string }[] = [];
  readonly #failures: string[] = [];
  #writing: NodeJS.Timeout | undefined;
  #pending = new Set<Promise<void>>();
  #count = 0;

  constructor(t: TestContext) {
    this.#t = t;
    t.after(() => clearInterval(this.#writing));
  }

  /** Adds `count` guests, who connect to the servers in turn. Resolves when all have joined. */
  async open(urls: readonly string[], count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const name = `guest ${index}`;
      const client = connect(this.#t, urls[index % urls.length] ?? '', name);
      client.setToken(await tokenFor(name));
      this.guests.push({ name, client, session: client.join(ROOM) });
    }
    await this.gathered();
  }

  /** Resolves when all guests have joined and see each other. */
  async gathered(): Promise<void> {
    await Promise.all(this.guests.map(({ session }) => joined(session, this.guests.length)));
  }

  startWriting(): void {
    this.#writing = setInterval(() => {
      const index = this.#count++;
      const guest = this.guests[index % this.guests.length];
      if (guest) this.#follow(this.#say(guest, `${index}:`));
    }, PACE_MS);
  }

  /** Resolves when everything is acknowledged. */
  async stopWriting(): Promise<void> {
    clearInterval(this.#writing);
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #follow(work: Promise<void>): void {
    const followed = work
      .catch((error: unknown) => void this.#failures.push(String(error)))
      .finally(() => this.#pending.delete(followed));
    this.#pending.add(followed);
  }

  async #say({ session }: Guest, beginning: string): Promise<void> {
    const message = await session.sendMessage(`${beginning} said`);
    this.said.set(beginning, [message.text]);
    const number = Number.parseInt(beginning, 10);
    // A request without an answer, because the server was gone, may have been carried out or not.
    if (number % 7 === 0) {
      const changed = `${beginning} changed`;
      this.said.set(beginning, [message.text, changed]);
      const isAnswered = await session.editMessage(message.id, changed).then(() => true, isUnanswered);
      if (isAnswered) this.said.set(beginning, [changed]);
    } else if (number % 11 === 0) {
      this.said.delete(beginning);
      if (await session.deleteMessage(message.id).then(() => true, isUnanswered)) this.deleted.add(beginning);
    }
  }

  /** Bans one person, locks one room and revokes the tokens of a second person at this server, as an administrator. */
  async moderate(url: string): Promise<void> {
    const number = this.#banned.length;
    const [banned, revoked, locked] = [`banned ${number}`, `revoked ${number}`, `locked ${number}`];
    const unwanted = await connectClient(this.#t, url);
    await unwanted.request('room:join', { room: ROOM, token: await tokenFor(banned) });
    await this.#call(url, 'DELETE', `rooms/${ROOM}/participants/${unwanted.id}`);
    unwanted.socket.disconnect();
    this.#banned.push(banned);

    const keeper = connect(this.#t, url, 'Keeper');
    keeper.setToken(await tokenFor(`keeper ${number}`));
    await joined(keeper.join(locked));
    await this.#call(url, 'POST', `rooms/${encodeURIComponent(locked)}/lock`, { locked: true });
    this.#locked.push(locked);

    this.#revoked.push({ subject: revoked, token: await tokenFor(revoked) });
    await this.#call(url, 'POST', 'revocations', { sub: revoked });
  }

  async #call(url: string, method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(`${url}/api/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await tokenFor('admin', { role: 'admin' })}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} /api/${path}: ${response.status} ${await response.text()}`);
  }

  /** What this server has lost of the meeting. */
  async look(url: string): Promise<Losses> {
    const losses: Losses = structuredClone(NOTHING);
    const visitor = await connectClient(this.#t, url);
    await visitor.request('room:join', { room: ROOM, token: await tokenFor('visitor') });
    const there = new Map<string, string[]>();
    for (let before: string | undefined; ;) {
      const page = { room: ROOM, limit: PAGE, ...(before !== undefined && { before }) };
      const { messages, hasOlder } = await visitor.request('chat:history', page);
      for (const { text } of messages) {
        const beginning = text.slice(0, text.indexOf(':') + 1);
        there.set(beginning, [...(there.get(beginning) ?? []), text]);
      }
      if (!hasOlder) break;
      before = messages[0]?.id;
    }
    await visitor.request('room:leave', { room: ROOM });
    for (const [beginning, texts] of this.said) {
      const found = there.get(beginning) ?? [];
      if (!texts.some((text) => found.includes(text))) losses.messages.push(`${texts.join()}, not ${found.join()}`);
      if (found.length > 1) losses.doubled.push(beginning);
    }
    losses.returned.push(...[...this.deleted].filter((beginning) => there.has(beginning)));

    const ask = async (room: string, token: string) => {
      const answer = await visitor.answer('room:join', { room, token });
      if (answer.ok) await visitor.request('room:leave', { room });
      return answer.ok ? 'let in' : answer.error.code;
    };
    for (const subject of this.#banned) {
      const code = await ask(ROOM, await tokenFor(subject));
      if (code !== 'removed') losses.bans.push(`${subject}: ${code}`);
    }
    for (const room of this.#locked) {
      const code = await ask(room, await tokenFor('visitor'));
      if (code !== 'room-locked') losses.locks.push(`${room}: ${code}`);
    }
    for (const { subject, token } of this.#revoked) {
      const code = await ask(ROOM, token);
      if (code !== 'token-invalid') losses.revocations.push(`${subject}: ${code}`);
    }
    visitor.socket.disconnect();
    for (const { name, session } of this.guests) {
      const { state, error } = session.store.get();
      if (state !== 'joined') losses.guests.push(`${name}: ${state} ${error?.code ?? ''}`);
    }
    losses.messages.push(...this.#failures.splice(0));
    return losses;
  }

  /**
   * Replaces a server by `exchange`. Resolves when each guest for whose index `part` is true has lost the old server
   * and has returned to the new one, or has received a reason why not.
   */
  async back(part: (index: number) => boolean, exchange: () => Promise<unknown>): Promise<void> {
    const guests = this.guests.filter((_guest, index) => part(index));
    const lost = guests.map(({ client }) =>
      until(client.store, ({ state }) => state !== 'ready', 'the loss of the server', PATIENCE_MS),
    );
    const exchanged = exchange();
    await Promise.all([...lost, exchanged]);
    await Promise.all(
      guests.map(({ session }) =>
        until(session.store, ({ state }) => state !== 'reconnecting' && state !== 'joining', 'the return', PATIENCE_MS),
      ),
    );
  }
}
