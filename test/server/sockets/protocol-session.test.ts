/** The session that the protocol document writes out, replayed frame by frame against a real server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { read } from '../../house/syntax.ts';
import { startApp } from '../../support/server/server.ts';
import { within } from '../../support/waiting.ts';

interface Line {
  name: string;
  direction: '<' | '>' | 'x';
  frame: string;
}

/** The lines of the session in `server/protocol.md`: `Ada > 420[…]`. The sign `x` closes the socket abruptly. */
function readSession(): Line[] {
  const [, block = ''] = /```text\n([^]*?)```/.exec(read('server/protocol.md')) ?? [];
  return block
    .trim()
    .replaceAll(/\n +/g, '')
    .split('\n')
    .map((line) => {
      const [, name = '', direction, frame = ''] = /^(\w+) +([<>x]) ?(.*)$/.exec(line) ?? [];
      return { name, direction: direction as Line['direction'], frame };
    });
}

/** A frame as text in which every word in capitals may stand for something that differs from run to run. */
function toPattern(frame: string, known: Map<string, string>): { pattern: RegExp; words: string[] } {
  const words: string[] = [];
  const source = frame
    .split(/\b(ADA|BO|EPOCH|TOKEN_[ABC]|MESSAGE|TIME|RAISED|DATA|SENTENCE|SID)\b/)
    .map((part, index) => {
      const escaped = part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
      if (index % 2 === 0) return escaped;
      const value = part === 'SID' ? undefined : known.get(part);
      if (value !== undefined) return value.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
      words.push(part);
      return part === 'SENTENCE' || part === 'DATA' ? '([^"]+)' : '([\\w.-]+)';
    })
    .join('');
  return { pattern: new RegExp(`^${source}$`), words };
}

/** One page's socket: frames that arrived and wait to be read. */
class Page {
  readonly #socket: WebSocket;
  readonly #frames: string[] = [];
  #arrived = () => {};

  constructor(url: string) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    this.#socket.on('message', (data: Buffer) => {
      const frame = String(data);
      if (frame === '2') this.#socket.send('3');
      else this.#frames.push(frame);
      this.#arrived();
    });
  }

  async next(awaited: string): Promise<string> {
    while (this.#frames.length === 0) {
      const arrival = new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
      await within(arrival, `the server sends ${awaited}`);
    }
    return this.#frames.shift()!;
  }

  send(frame: string): void {
    this.#socket.send(frame);
  }

  cut(): void {
    this.#socket.terminate();
  }
}

test('the session in the protocol document is what a server does', async (t) => {
  const { url } = await startApp(t, { stunUrls: [] });
  const known = new Map<string, string>();
  const pages = new Map<string, Page>();
  t.after(() => pages.forEach((page) => page.cut()));
  const lines = readSession();
  assert.ok(lines.length > 30, `${lines.length} lines`);
  for (const { name, direction, frame } of lines) {
    if (direction === 'x') {
      pages.get(name)!.cut();
      pages.delete(name);
      continue;
    }
    if (!pages.has(name)) pages.set(name, new Page(url));
    const page = pages.get(name)!;
    if (direction === '>') {
      page.send(frame.replaceAll(/\b(?:ADA|BO|EPOCH|TOKEN_[ABC]|MESSAGE)\b/g, (word) => known.get(word)!));
      continue;
    }
    const { pattern, words } = toPattern(frame, known);
    const received = await page.next(frame);
    const match = pattern.exec(received);
    assert.ok(match, `${name} expected ${frame}\nand received ${received}`);
    for (const [index, word] of words.entries()) if (word !== 'SID') known.set(word, match[index + 1]!);
  }
});
