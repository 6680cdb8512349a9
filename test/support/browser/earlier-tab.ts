/**
 * A tab of the earlier commit in a call with pages of today, while hands, reactions and permissions change.
 *
 * Owns what happens in the call, and what each page must not notice: a second request for its room, a picture that
 * stands still, a message that is lost or doubled.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { embeddingHtml, serveEmbeddingPage } from '../server/server-process.ts';
import { eventually, pass } from '../waiting.ts';
import type { TestBrowser } from './browser.ts';
import { allJoined, bodyWith, type CallElement, type ChatElement, type Meeting, type Person } from './meeting.ts';
import type { ModeratedElement } from './restricted-call.ts';

declare global {
  interface Window {
    /** How often the page asked for a snapshot of its room. */
    joins: number;
    /** For each other participant: how many frames were drawn, and the longest time between two, in milliseconds. */
    drawn: Record<string, { frames: number; lastAt: number; longestMs: number }>;
    /** Each state of the call since `followDrawn`. */
    statesSince: string[];
  }
}

export interface Stir {
  meeting: Meeting;
  browser: TestBrowser;
  /** The address of the elements of the earlier commit. */
  earlier: string;
  rounds: number;
  /** Milliseconds from one round to the next: a participant may send thirty reactions in ten seconds. */
  everyMs: number;
}

const STILL_MS = 500;
const QUIET_MS = 3_000;
/** Without the camera: that permission ends pictures. */
const WHATS = ['microphone', 'screen', 'chat'] as const;

/** Runs in each page before its scripts. */
function watchJoins(): void {
  window.joins = 0;
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (frame) {
    if (String(frame).includes('["room:join"')) window.joins++;
    send.call(this, frame);
  };
}

/** Runs in a page: follows each frame that the elements draw of other participants, from now on. */
function followDrawn(): void {
  type Participant = { id: string; isSelf: boolean; stream: MediaStream | null };
  const call = document.querySelector('video-call') as unknown as HTMLElement & {
    state: string;
    participants: readonly Participant[];
  };
  window.drawn = {};
  window.statesSince = [];
  call.addEventListener('state-change', () => window.statesSince.push(call.state));
  const seen = new WeakSet<HTMLVideoElement>();
  const follow = (video: HTMLVideoElement): void => {
    seen.add(video);
    let presented = 0;
    const count: VideoFrameRequestCallback = (now, { presentedFrames }) => {
      video.requestVideoFrameCallback(count);
      const person = call.participants.find(({ stream }) => stream && stream === video.srcObject);
      if (!person) return;
      const of = (window.drawn[person.id] ??= { frames: 0, lastAt: now, longestMs: 0 });
      // A page that is too busy to be called back has drawn more than one frame meanwhile.
      const frames = Math.max(1, presented > 0 ? presentedFrames - presented : 1);
      of.longestMs = Math.max(of.longestMs, (now - of.lastAt) / frames);
      of.frames++;
      of.lastAt = now;
      presented = presentedFrames;
    };
    video.requestVideoFrameCallback(count);
  };
  const visit = (root: ShadowRoot): void => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot);
      if (element instanceof HTMLVideoElement && !seen.has(element)) follow(element);
    }
  };
  setInterval(() => {
    if (call.shadowRoot) visit(call.shadowRoot);
  }, 50);
}

/**
 * Runs in a page without elements: sends a moving picture from one connection to another and follows its frames in the
 * same way. What stands still here does so because of the machine.
 */
async function followPlainCall(): Promise<void> {
  const canvas = document.createElement('canvas');
  const paint = canvas.getContext('2d')!;
  setInterval(() => {
    paint.fillStyle = `hsl(${performance.now() % 360} 90% 50%)`;
    paint.fillRect(0, 0, 300, 150);
  }, 60);
  const video = document.createElement('video');
  Object.assign(video, { muted: true, autoplay: true });
  document.body.append(video);
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
  one.addEventListener('icecandidate', ({ candidate }) => void other.addIceCandidate(candidate ?? undefined));
  other.addEventListener('icecandidate', ({ candidate }) => void one.addIceCandidate(candidate ?? undefined));
  other.addEventListener('track', ({ track }) => (video.srcObject = new MediaStream([track])));
  for (const track of canvas.captureStream(8).getTracks()) one.addTrack(track);
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription!);
  await other.setLocalDescription();
  await one.setRemoteDescription(other.localDescription!);
  const plain = { frames: 0, lastAt: performance.now(), longestMs: 0 };
  window.drawn = { plain };
  let presented = 0;
  const count: VideoFrameRequestCallback = (now, { presentedFrames }) => {
    video.requestVideoFrameCallback(count);
    const frames = Math.max(1, presented > 0 ? presentedFrames - presented : 1);
    plain.longestMs = Math.max(plain.longestMs, (now - plain.lastAt) / frames);
    plain.frames++;
    plain.lastAt = now;
    presented = presentedFrames;
  };
  video.requestVideoFrameCallback(count);
}

/** Runs in a page: forgets the times of before. Resolves once each other participant was drawn again. */
function drawnAgain(count: number): boolean {
  const all = Object.values(window.drawn);
  if (all.length < count || all.some(({ frames }) => frames < 5)) return false;
  for (const one of all) Object.assign(one, { longestMs: 0, lastAt: performance.now() });
  return true;
}

const longestOf = async (people: readonly Pick<Person, 'page' | 'name'>[]): Promise<Record<string, number>> =>
  Object.fromEntries(
    await Promise.all(
      people.map(async ({ page, name }) => [
        name,
        await page.evaluate(() =>
          Math.round(
            Math.max(
              ...Object.values(window.drawn).map(({ longestMs, lastAt }) =>
                // A picture that stands still now has not been noted.
                Math.max(longestMs, performance.now() - lastAt),
              ),
            ),
          ),
        ),
      ]),
    ),
  ) as Record<string, number>;

/** Runs in a page of today. */
async function act(hand: boolean | null, reaction: string | null): Promise<void> {
  const call = document.querySelector('video-call') as unknown as ModeratedElement;
  if (hand !== null) await call.raiseHand(hand);
  if (reaction !== null) await call.react(reaction);
}

const write = (text: string) => (document.querySelector('chat-room') as unknown as ChatElement).sendMessage(text);

/** Lets hands, reactions, permissions and messages come and go. Resolves to the messages. */
async function change(ada: Person, cho: Person, dee: Person, { rounds, everyMs }: Stir): Promise<string[]> {
  const sent: string[] = [];
  let mayAllWrite = true;
  for (let round = 0; round < rounds; round++) {
    const [raiser, other] = round % 2 === 0 ? [ada, dee] : [dee, ada];
    const what = WHATS[round % WHATS.length]!;
    const isFree = Math.floor(round / WHATS.length) % 2 === 1;
    await Promise.all([
      raiser.page.evaluate(act, round % 4 < 2, null),
      other.page.evaluate(act, null, '👏'),
      ada.page.evaluate(
        (name, who) => (document.querySelector('video-call') as unknown as ModeratedElement).setPermission(name, who),
        what,
        isFree ? 'everyone' : 'moderators',
      ),
    ]);
    if (what === 'chat') mayAllWrite = isFree;
    const writers = mayAllWrite ? [ada, cho, dee] : [ada];
    await Promise.all(writers.map(({ page, name }) => page.evaluate(write, `${name} ${round}`)));
    sent.push(...writers.map(({ name }) => `${name} ${round}`));
    await pass(everyMs);
  }
  return sent;
}

/** Cho has the tab of the earlier commit; Ada moderates; Dee has a page of today. */
export async function checkEarlierTab(t: TestContext, stir: Stir): Promise<void> {
  const { meeting, browser, earlier, rounds } = stir;
  const site = await serveEmbeddingPage(embeddingHtml(earlier, bodyWith()));
  t.after(() => site.close());
  const room = `earlier-${randomUUID()}`;
  const people: Person[] = [];
  const enter = async (name: string, more: object = {}): Promise<Person> => {
    const person = await meeting.enter(name, room, { testBrowser: browser, beforehand: watchJoins, ...more });
    t.after(() => person.page.close());
    people.push(person);
    await allJoined(people);
    return person;
  };
  const ada = await enter('Ada');
  const cho = await enter('Cho', { site, server: meeting.server.url });
  const dee = await enter('Dee');
  await Promise.all(people.map(({ page }) => page.evaluate(followDrawn)));
  const plain: Person = { name: 'plain', testBrowser: browser, ...(await browser.newPage()) };
  t.after(() => plain.page.close());
  const empty = await serveEmbeddingPage('<!doctype html><title>A plain call</title><body></body>');
  t.after(() => empty.close());
  await plain.page.goto(empty.url);
  await plain.page.evaluate(followPlainCall);
  const watched = [...people, plain];
  const begin = () =>
    eventually(
      'everybody draws everybody',
      async () =>
        (await Promise.all(watched.map(({ page }) => page.evaluate(drawnAgain, page === plain.page ? 1 : 2)))).every(
          Boolean,
        ),
      20_000,
    );
  await begin();
  await pass(QUIET_MS);
  const quiet = await longestOf(watched);
  const joins = () => Promise.all(people.map(({ page }) => page.evaluate(() => window.joins)));
  const joinsBefore = await joins();
  await begin();

  const sent = await change(ada, cho, dee, stir);

  const { plain: machineMs = 0, ...longest } = await longestOf(watched);
  t.diagnostic(
    `longest time without a frame: ${JSON.stringify(longest)} ms, in a plain call meanwhile: ${machineMs} ms; ` +
      `with nothing happening: ${JSON.stringify(quiet)} ms`,
  );
  // On a busy machine a call without elements stands still as well, which raises the limit.
  for (const [name, ms] of Object.entries(longest))
    assert.ok(
      ms <= Math.max(STILL_MS, 1.5 * Math.max(machineMs, quiet[name] ?? 0)),
      `${name} saw a picture stand still for ${ms} ms`,
    );
  assert.deepEqual(await joins(), joinsBefore, 'no page asked for its room again');
  for (const { page, name } of people) {
    const texts = () =>
      page.evaluate(() =>
        (document.querySelector('chat-room') as unknown as ChatElement).messages
          .filter(({ kind }) => kind === 'text')
          .map(({ text }) => text),
      );
    await eventually(`${name} has the last message`, async () => (await texts()).includes(sent.at(-1)!));
    assert.deepEqual((await texts()).toSorted(), sent.toSorted(), `${name} has each message once`);
    assert.deepEqual(await page.evaluate(() => window.statesSince), [], `${name} stayed in the call`);
    assert.equal(
      await page.evaluate(() => (document.querySelector('video-call') as unknown as CallElement).participants.length),
      3,
    );
  }
  t.diagnostic(`${rounds} rounds; ${sent.length} messages, each once at each of three pages`);
}
