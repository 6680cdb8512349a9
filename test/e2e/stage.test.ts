/** What a call shows of an upright picture, in real pages: every face is whole, in calls of two, three and four. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { CORNERS, cornersSeen, giveFace, type Shape } from '../support/browser/face-camera.ts';
import { allJoined, openMeeting, type Meeting, type Person } from '../support/browser/meeting.ts';
import { eventually } from '../support/waiting.ts';

const BOXES = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
  { width: 270, height: 480 },
];
/** Four pages of one busy browser take a while until each sends a picture of this size. */
const PATIENCE_MS = 30_000;
const SHAPES: readonly Shape[] = ['16:9', '9:16', '16:9', '4:3'];

let meeting: Meeting;
let testBrowser: TestBrowser;
const room = `stage-${randomUUID()}`;
const people: Person[] = [];

/** One browser with a window for each person: four processes of their own would take minutes here. */
async function enter(name: string): Promise<void> {
  const shape = SHAPES[people.length]!;
  const prepare = (page: Person['page']) => giveFace(page, shape, people.length * 70);
  people.push(await meeting.enter(name, room, { testBrowser, prepare, attributes: ['muted'] }));
  await allJoined(people);
}

before(
  async () => {
    meeting = await openMeeting({}, { audio: true, video: true });
    testBrowser = await launchBrowser({ extraFlags: ['--disable-renderer-backgrounding'] });
    await enter('Ada');
  },
  { timeout: 60_000 },
);
after(() => meeting?.close());

/** Runs in a page: the boxes of the tiles of others, once each has a picture. */
function tilesOfOthers(count: number) {
  const tiles = [...document.querySelector('video-call')!.shadowRoot!.querySelectorAll<HTMLElement>('[part~=tile]')];
  const others = tiles.filter(({ part }) => !part.contains('tile-self'));
  const areShown = others.every((tile) => tile.shadowRoot!.querySelector('.shows') && !tile.getAnimations().length);
  if (others.length !== count || !areShown) return null;
  return others.map((tile) => {
    const { x, y, width, height } = tile.getBoundingClientRect();
    return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
  });
}

for (const [index, name] of ['Bo', 'Cleo', 'Di'].entries())
  test(`every face is whole in a call of ${index + 2}, on a desktop, a telephone and in a sidebar`, async () => {
    await enter(name);
    const { page } = people[0]!;
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('body { margin: 0 } video-call { height: 100vh } h1, chat-room { display: none }');
      document.adoptedStyleSheets = [sheet];
    });
    for (const box of BOXES) {
      await page.setViewport(box);
      await page.bringToFront();
      const where = `${box.width}×${box.height}`;
      await eventually(
        `whole faces at ${where}`,
        async () => {
          const tiles = await waitFor(page, tilesOfOthers, [index + 1], `no pictures at ${where}`, 20_000);
          const png = await page.screenshot({ encoding: 'base64' });
          const seen = await Promise.all(tiles.map((tile) => cornersSeen(page, png, tile)));
          return seen.every((corners) => corners.length === CORNERS.length) || null;
        },
        PATIENCE_MS,
      );
    }
    assert.equal(people.length, index + 2);
  });
