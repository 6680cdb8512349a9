/** A page in a browser context of its own, with an empty cache, that tells this process what happens on it. */
import type { Browser, Page } from 'puppeteer-core';
import { within } from '../../support/waiting.ts';
import { watchPictures, type PageEvent } from './picture-probe.ts';

type Kind = PageEvent['kind'];

export class MeasuredPage {
  readonly page: Page;
  /** Uncaught errors of the page, to explain a picture that does not come. */
  readonly problems: string[] = [];
  readonly #events: PageEvent[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(browser: Browser): Promise<MeasuredPage> {
    const context = await browser.createBrowserContext();
    const measured = new MeasuredPage(await context.newPage());
    await measured.#prepare();
    return measured;
  }

  async #prepare(): Promise<void> {
    const { page, problems } = this;
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.exposeFunction('tellBench', (event: PageEvent) => {
      this.#events.push(event);
      for (const look of [...this.#waiting]) look();
    });
    // tsx compiles named inner functions into calls of `__name`, which a page does not have.
    await page.evaluateOnNewDocument('globalThis.__name = (target) => target');
    await page.evaluateOnNewDocument(watchPictures);
    await page.setViewport({ width: 800, height: 600 });
  }

  /** Forgets what happened so far. */
  forget(): void {
    this.#events.length = 0;
  }

  /** The events of a kind so far. */
  all(kind: Kind): PageEvent[] {
    return this.#events.filter((event) => event.kind === kind);
  }

  /** Resolves with the event of a kind that is the `count`-th. @throws Error with the problems of the page */
  async nth(kind: Kind, count: number, patienceMs = 20_000): Promise<PageEvent> {
    let look: () => void = () => undefined;
    const found = new Promise<PageEvent>((resolve) => {
      look = () => {
        const event = this.all(kind)[count - 1];
        if (event) resolve(event);
      };
      this.#waiting.add(look);
      look();
    });
    try {
      return await within(found, `${kind} ${count} of ${this.page.url()}`, patienceMs);
    } catch (error) {
      throw new Error(`${String(error)}; ${this.problems.join('; ')}`, { cause: error });
    } finally {
      this.#waiting.delete(look);
    }
  }

  connectionsMade(): Promise<number> {
    return this.page.evaluate(() => window.connectionsMade);
  }

  async close(): Promise<void> {
    await this.page.browserContext().close();
  }
}
