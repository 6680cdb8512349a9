/**
 * Whether a call is well in every page of it. Everybody has joined, every list has the same people, every picture and
 * voice moves in every direction, every message exists once, and nothing is held that should have been released.
 */
import { readHealth, type PageHealth } from './health-probes.ts';
import type { Person } from './meeting.ts';
import { pass } from '../waiting.ts';

/** How long without progress until a picture counts as frozen or a voice as lost. Voices beep about once a second. */
const STILL_MS = { decoded: 1_500, shown: 1_500, energy: 3_000 } as const;
type Counter = keyof typeof STILL_MS;
const COUNTERS = Object.keys(STILL_MS) as Counter[];
const WORDS: Record<Counter, string> = { decoded: 'no frames of', shown: 'a stuck tile of', energy: 'no sound of' };

/** A counter of what one page gets from one participant, and when it last grew. `source` is the video track's id. */
interface Growth {
  source: string;
  count: number;
  grewAt: number;
}

export class Health {
  readonly #people: readonly Person[];
  readonly #growths = new Map<string, Growth>();
  /** `name:id` of everybody, once it is known. */
  #roster: string[] = [];
  #liveTracks = 0;
  #round = '';
  #since = 0;

  constructor(people: readonly Person[]) {
    this.#people = people;
  }

  /** Waits until the call is well. From then on, the same people and the same number of tracks are required. */
  async learn(): Promise<void> {
    await this.isWell(30_000);
    const [first] = await this.#ask();
    this.#roster = first!.inCall;
    this.#liveTracks = first!.liveTracks;
  }

  /** Everybody sends a message, which must arrive from now on. */
  async talk(round: string): Promise<void> {
    this.#round = round;
    await Promise.all(
      this.#people.map(({ page, name }) =>
        page.evaluate(
          (text) =>
            void (
              document.querySelector('chat-room') as unknown as { sendMessage(text: string): Promise<unknown> }
            ).sendMessage(text),
          `${round} ${name}`,
        ),
      ),
    );
  }

  /**
   * Waits until all is well by events from now on, and resolves to the milliseconds it took. Rejects with what is not
   * well.
   */
  async isWell(timeoutMs: number): Promise<number> {
    const startedAt = performance.now();
    this.#since = startedAt;
    let last: string[] = [];
    while (performance.now() - startedAt < timeoutMs) {
      last = await this.complaints();
      if (last.length === 0) return performance.now() - startedAt;
      await pass(200);
    }
    throw new Error(last.join('; '));
  }

  /** What is wrong at this moment; empty if all is well. */
  async complaints(): Promise<string[]> {
    const pages = await this.#ask();
    const now = performance.now();
    return pages.flatMap((health, index) => this.#judge(this.#people[index]!.name, health, now));
  }

  /** Recent events of each page, one line each. */
  async chronicle(): Promise<string[]> {
    const pages = await Promise.all(this.#people.map(({ page }) => page.evaluate(() => window.chronicle)));
    return pages.flatMap((lines, index) => lines.map((line) => `${this.#people[index]!.name} ${line}`));
  }

  #ask(): Promise<PageHealth[]> {
    return Promise.all(this.#people.map(({ page }) => page.evaluate(readHealth)));
  }

  #judge(name: string, health: PageHealth, now: number): string[] {
    const complaints: string[] = [];
    const expect = (isWell: boolean, complaint: string): void => {
      if (!isWell) complaints.push(`${name}: ${complaint}`);
    };
    const { call, chat, inCall, inRoom, received, tiles, connections, sockets, liveTracks, texts, unsent } = health;
    const names = this.#people.map((person) => person.name);
    const others = names.filter((one) => one !== name);
    expect(call === 'joined', `the call is ${call}`);
    expect(chat === 'joined', `the chat is ${chat}`);
    for (const [where, list] of [
      ['call', inCall],
      ['room', inRoom],
    ] as const) {
      const isExact =
        this.#roster.length > 0
          ? list.join() === this.#roster.join()
          : list.map((one) => one.split(':')[0]).join() === names.toSorted().join();
      expect(isExact, `in the ${where}: ${list.join(', ') || 'nobody'}`);
    }
    expect(tiles === names.length, `${tiles} tiles`);
    expect(connections === others.length, `${connections} connections`);
    expect(sockets === 1, `${sockets} sockets`);
    if (this.#liveTracks)
      expect(liveTracks === this.#liveTracks, `${liveTracks} live tracks instead of ${this.#liveTracks}`);
    for (const other of others) {
      const one = received[other];
      if (!one) continue;
      expect(one.camera && one.microphone, `${other} has ${one.camera ? 'no microphone' : 'no camera'}`);
      expect(!one.lost, `the tile of ${other} says that nothing comes`);
      for (const counter of COUNTERS) {
        const key = `${name} ${other} ${counter}`;
        const before = this.#growths.get(key);
        const [source, count] = [one.picture, one[counter]];
        const grew = before !== undefined && count > (before.source === source ? before.count : 0);
        const growth = { source, count, grewAt: grew ? now : (before?.grewAt ?? -Infinity) };
        this.#growths.set(key, growth);
        expect(growth.grewAt > this.#since && now - growth.grewAt < STILL_MS[counter], `${WORDS[counter]} ${other}`);
      }
    }
    for (const one of names) {
      const wanted = `${this.#round} ${one}`;
      const times = texts.filter((text) => text === wanted).length;
      if (this.#round)
        expect(
          times === 1 && !unsent.includes(wanted),
          `“${wanted}” ${times} times${unsent.includes(wanted) ? ', not sent' : ''}`,
        );
    }
    const doubled = [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
    expect(doubled.length === 0, `twice: ${doubled.join(', ')}`);
    return complaints;
  }
}
