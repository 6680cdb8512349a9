/** A page with `<room-list>` that shows many rooms. It measures a change of the list and a key in its search field. */
import type { Page } from 'puppeteer-core';
import { setTimeout as pause } from 'node:timers/promises';
import { launchBrowser, waitFor } from '../support/browser/browser.ts';
import { embeddingHtml, serveEmbeddingPage, startServer } from '../support/server/server-process.ts';
import { openTaskClock, traceWork, type TaskClock } from './main-thread.ts';
import { openClients, type ThinClient } from './thin-client.ts';

const ROOMS_OF_ONE = 50;
/** Milliseconds between two actions: enough to draw a frame and to do the work that follows it. */
const QUIET_MS = 120;

interface ListElement extends HTMLElement {
  rooms: readonly { name: string; participantCount: number }[];
}

type Act = () => Promise<unknown>;

/** Milliseconds of the main thread, for each action. */
export interface Cost {
  /** Scripts, style, layout and painting, by a trace. */
  work: number[];
  /** All tasks, without a trace: also those of the browser itself, and those for the DevTools commands of the bench. */
  tasks: number[];
}

const nameOf = (index: number): string => `room ${String(index).padStart(4, '0')}`;

export class MeasuredList {
  readonly page: Page;
  readonly #visitor: ThinClient;
  readonly #clock: TaskClock;
  readonly #close: () => Promise<void>;
  readonly #count: number;
  #changed = 0;

  private constructor(page: Page, count: number, visitor: ThinClient, clock: TaskClock, close: () => Promise<void>) {
    this.page = page;
    this.#count = count;
    this.#visitor = visitor;
    this.#clock = clock;
    this.#close = close;
  }

  /** Starts a server with `count` rooms of one participant each, and opens the page. */
  static async open(count: number): Promise<MeasuredList> {
    const server = await startServer({ TRUST_PROXY: '1' });
    const html = embeddingHtml(server.url, '<input><p>1</p><room-list></room-list>', 'room-list.js');
    const site = await serveEmbeddingPage(html);
    const testBrowser = await launchBrowser();
    const clients: ThinClient[] = [];
    const close = async (): Promise<void> => {
      await Promise.all(clients.map((client) => client.close()));
      await testBrowser.close();
      await site.close();
      await server.stop();
    };
    try {
      const owners = count / ROOMS_OF_ONE;
      clients.push(...(await openClients({ url: server.url, greets: true }, owners + 1)));
      for (const [owner, client] of clients.slice(0, owners).entries()) {
        const rooms = Array.from({ length: ROOMS_OF_ONE }, (_, index) => nameOf(owner * ROOMS_OF_ONE + index));
        await client.request('room:join', { rooms });
      }
      const { page } = await testBrowser.newPage();
      await page.goto(site.url);
      const isHere = (all: number): true | null =>
        (document.querySelector('room-list') as ListElement | null)?.rooms?.length === all || null;
      await waitFor(page, isHere, [count], 'the list is not here', 30_000);
      return new MeasuredList(page, count, clients.at(-1)!, await openTaskClock(page), close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** A participant enters a room, which comes to the top of the list, or leaves it. */
  measureChanges(count: number): Promise<Cost> {
    return this.#measure(Array.from({ length: count }, () => () => this.#change()));
  }

  /** A number in a plain text of the page changes. */
  measureTexts(count: number): Promise<Cost> {
    const change = (text: string): void => document.querySelector('p')?.replaceChildren(text);
    return this.#measure(Array.from({ length: count }, (_, index) => () => this.page.evaluate(change, String(index))));
  }

  measureNothing(count: number): Promise<Cost> {
    return this.#measure(Array.from({ length: count }, () => () => Promise.resolve()));
  }

  /** Types texts. @param isPlain true types into a plain field of the page, without any script */
  async measureKeys(texts: readonly string[], isPlain: boolean): Promise<Cost> {
    const costs: Cost = { work: [], tasks: [] };
    for (const text of texts) {
      await this.#empty(isPlain);
      costs.tasks.push(...(await this.#countTasks(this.#keysOf(text))));
      await this.#empty(isPlain);
      costs.work.push(...(await traceWork(this.page, this.#keysOf(text), QUIET_MS)));
    }
    await this.#empty(isPlain);
    return costs;
  }

  #keysOf(text: string): Act[] {
    return [...text].map((key) => () => this.page.keyboard.sendCharacter(key));
  }

  async #empty(isPlain: boolean): Promise<void> {
    await this.page.evaluate((plain) => {
      const home = plain ? document : document.querySelector('room-list')?.shadowRoot;
      const field = home?.querySelector('input');
      if (!field) throw new Error('there is no field');
      field.focus();
      field.value = '';
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }, isPlain);
  }

  async #change(): Promise<void> {
    const room = nameOf(((this.#changed >> 1) * 97) % this.#count);
    const enters = this.#changed % 2 === 0;
    this.#changed++;
    await this.#visitor.request(enters ? 'room:join' : 'room:leave', { room });
  }

  async #measure(acts: readonly Act[]): Promise<Cost> {
    return { tasks: await this.#countTasks(acts), work: await traceWork(this.page, acts, QUIET_MS) };
  }

  async #countTasks(acts: readonly Act[]): Promise<number[]> {
    const tasks: number[] = [];
    for (const act of acts) {
      await pause(QUIET_MS);
      const before = await this.#clock();
      await act();
      await pause(QUIET_MS);
      tasks.push((await this.#clock()) - before);
    }
    return tasks;
  }
}
