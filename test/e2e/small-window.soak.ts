/** A call that goes into a small window and back ten times: a person never sees or hears nothing for long. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { allJoined, openMeeting, type Meeting } from '../support/browser/meeting.ts';
import { describeJourney, goOutAndBack, movesOf, tooLong, watchJourneys } from '../support/browser/small-window.ts';

const ROUNDS = 10;
const PICTURE = { audio: true, video: { width: 320, height: 240, frameRate: 15 } };

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting({}, PICTURE);
});
after(() => meeting?.close());

test('ten times out and back, without a gap and without a move', { timeout: 300_000 }, async (t) => {
  const room = `pip-${randomUUID()}`;
  const bo = await meeting.enter('Bo', room);
  const ada = await meeting.enter('Ada', room);
  await allJoined([ada, bo]);
  await ada.page.bringToFront();
  const quiet = await watchJourneys(ada.page);
  const wrong: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const journey = await goOutAndBack(ada.page, round, quiet);
    t.diagnostic(describeJourney(round, journey));
    wrong.push(...tooLong(journey).map((text) => `round ${round}, ${text}`));
  }
  assert.deepEqual(wrong, []);
  assert.equal(await movesOf(ada.page), 0);
  assert.deepEqual(ada.problems, []);
});
