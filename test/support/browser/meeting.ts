/**
 * Several people in one call, each in its own Chromium process, on a page that embeds the elements from another origin.
 * Pictures are small, so that one small machine can hold four people.
 */
import type { Page } from 'puppeteer-core';
import { closeBrowsers, launchBrowser, waitFor, type TestBrowser, type TestPage } from './browser.ts';
import { describeConnections, countFrames, readAudioEnergy } from './page-probes.ts';
import {
  embeddingHtml,
  serveEmbeddingPage,
  startServer,
  type EmbeddingPage,
  type ServerProcess,
} from '../server/server-process.ts';

export interface Person extends TestPage {
  name: string;
  testBrowser: TestBrowser;
}

/** How a person enters; by default directly and in a browser of its own. */
export interface EntryOptions {
  /** URL of the server for this page: a proxy in front of it. */
  server?: string;
  testBrowser?: TestBrowser;
  /** The page; by default the meeting's own. */
  site?: EmbeddingPage;
  /** Boolean attributes of the elements. */
  attributes?: string[];
  /** Runs in the page before anything else. */
  beforehand?: () => void;
  /** Receives the page before it navigates. */
  prepare?: (page: Page) => Promise<unknown>;
}

export interface Meeting {
  /** May be replaced by another process on the same port. */
  server: ServerProcess;
  site: EmbeddingPage;
  /** Opens the page in a new browser; resolves once the page is loaded, not once the call is. */
  enter(name: string, room: string, options?: EntryOptions): Promise<Person>;
  close(): Promise<void>;
}

/** What tests read of page and participant; the elements' public interface. */
export interface CallElement extends HTMLElement {
  state: string;
  room: string;
  constraints: MediaStreamConstraints | undefined;
  participants: readonly {
    id: string;
    displayName: string;
    isSelf: boolean;
    microphone: boolean;
    camera: boolean;
    screen: boolean;
    stream: MediaStream | null;
  }[];
  join(): Promise<void>;
  leave(): Promise<void>;
  toggleMicrophone(on?: boolean): Promise<boolean>;
  toggleCamera(on?: boolean): Promise<boolean>;
  setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void>;
}

export interface ChatElement extends HTMLElement {
  state: string;
  messages: readonly {
    id: string;
    text: string;
    kind: string;
    state: string;
    isSelf: boolean;
    from: { displayName: string };
  }[];
  participants: readonly { id: string; displayName: string; isSelf: boolean; inCall: boolean }[];
  sendMessage(text: string, options?: { to?: string }): Promise<{ id: string; state: string }>;
}

/** The browser's voice processing costs more than the picture, and nobody listens here. */
const PLAIN_SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
/** What each page captures, so that several browsers fit on a small machine. */
export const SMALL_PICTURE = { audio: PLAIN_SOUND, video: { width: 320, height: 240, frameRate: 8 } };

/** Both elements, which take their attributes from the address of the page. */
export const bodyWith = (
  constraints: MediaStreamConstraints = SMALL_PICTURE,
): string => `<video-call autojoin></video-call><chat-room></chat-room><script>
  const { searchParams } = new URL(location.href);
  for (const element of document.querySelectorAll('video-call, chat-room')) {
    element.setAttribute('room', searchParams.get('room'));
    element.setAttribute('display-name', searchParams.get('name'));
    for (const name of searchParams.getAll('attribute')) element.setAttribute(name, '');
    if (searchParams.has('server')) element.setAttribute('server', searchParams.get('server'));
  }
  // Before the element is upgraded: it must find what was set on it.
  document.querySelector('video-call').constraints = ${JSON.stringify(constraints)};
</script>`;

/**
 * @param settings the server's environment in addition to the quiet settings
 * @param constraints what everybody captures
 */
export async function openMeeting(
  settings: Record<string, string> = {},
  constraints: MediaStreamConstraints = SMALL_PICTURE,
): Promise<Meeting> {
  const server = await startServer(settings);
  const site = await serveEmbeddingPage(embeddingHtml(server.url, bodyWith(constraints)));
  const meeting: Meeting = {
    server,
    site,
    async enter(name, room, options = {}) {
      const testBrowser = options.testBrowser ?? (await launchBrowser());
      const testPage = await testBrowser.newPage();
      await options.prepare?.(testPage.page);
      if (options.beforehand) await testPage.page.evaluateOnNewDocument(options.beforehand);
      // Every drawn pixel costs time, for each person and each picture.
      await testPage.page.setViewport({ width: 480, height: 400 });
      const query = new URLSearchParams({ name, room, ...(options.server && { server: options.server }) });
      for (const attribute of options.attributes ?? []) query.append('attribute', attribute);
      await testPage.page.goto(`${(options.site ?? site).url}?${query}`);
      return { name, testBrowser, ...testPage };
    },
    async close() {
      try {
        await closeBrowsers();
      } finally {
        // Closed whatever a page has done, because a remaining server would keep the test's process alive.
        await site.close();
        await meeting.server.stop();
      }
    },
  };
  return meeting;
}

/** Waits until everybody is in the call and sees everybody. */
export async function allJoined(people: readonly Person[]): Promise<void> {
  await Promise.all(
    people.map(({ page, name }) =>
      waitFor(
        page,
        (count) => {
          const call = document.querySelector('video-call') as unknown as CallElement;
          return call.state === 'joined' && call.participants.length === count ? true : null;
        },
        [people.length],
        `${name} is not in a call of ${people.length}`,
        30_000,
      ),
    ),
  );
}

/** Waits until this page is in the call, and resolves to its participant's id. */
export async function joinedId(page: Page): Promise<string> {
  return waitFor(
    page,
    () => {
      const call = document.querySelector('video-call') as unknown as CallElement | null;
      return call?.state === 'joined' ? call.participants.find(({ isSelf }) => isSelf)?.id : null;
    },
    [],
    'not in the call',
    20_000,
  );
}

/** Runs in a page: the names of everybody in its call. */
export const namesSeen = () =>
  (document.querySelector('video-call') as unknown as CallElement).participants.map(({ displayName }) => displayName);

/** Starts counting the frames of all others on each page. */
export async function watchFrames(people: readonly Person[]): Promise<void> {
  await Promise.all(people.map(({ page }) => page.evaluate(countFrames, 'video-call')));
}

/** Waits until this page has received `more` new frames from each of `others` people. */
export async function framesGrow({ page, name }: Person, others: number, more = 10, timeoutMs = 30_000): Promise<void> {
  const before = await page.evaluate(() => ({ ...window.frameCounts }));
  await waitFor(
    page,
    (seen: Record<string, number>, count: number, least: number) =>
      Object.entries(window.frameCounts).filter(([id, frames]) => frames - (seen[id] ?? 0) >= least).length >= count ||
      null,
    [before, others, more] as [Record<string, number>, number, number],
    `${name} does not see ${others} moving pictures`,
    timeoutMs,
  ).catch(async (error: unknown) => {
    const [counts, ways] = await Promise.all([
      page.evaluate(() => window.frameCounts),
      page.evaluate(describeConnections),
    ]);
    throw new Error(`${String(error)}; frames: ${JSON.stringify(counts)}; ${ways.join('; ')}`, { cause: error });
  });
}

/** Waits until this page has received sound over `others` connections. */
export async function soundComes({ page, name }: Person, others: number): Promise<void> {
  await page.evaluate(`window.readAudioEnergy = ${readAudioEnergy.toString()}`);
  await waitFor(
    page,
    async (count) => {
      const { readAudioEnergy: read } = window as unknown as { readAudioEnergy: () => Promise<number[]> };
      return (await read()).filter((energy) => energy > 0.000_01).length >= count || null;
    },
    [others],
    `${name} does not hear ${others} people`,
    20_000,
  );
}
