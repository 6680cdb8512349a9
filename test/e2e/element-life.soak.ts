/**
 * Elements that are added and removed a hundred times leave nothing behind; the long form of `element-life.test.ts`.
 */
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { allJoined, openMeeting, type Meeting, type Person } from '../support/browser/meeting.ts';
import { isReleased, leavesNothing, unmount } from '../support/browser/mounts.ts';

let meeting: Meeting;
let ada: Person;

before(async () => {
  meeting = await openMeeting();
  const room = `often-${randomUUID()}`;
  ada = await meeting.enter('Ada', room);
  await allJoined([ada, await meeting.enter('Bo', room)]);
});
after(() => meeting.close());

test('a hundred calls of one page', { timeout: 600_000 }, async (t) => {
  await unmount(ada);
  await isReleased(ada);
  await leavesNothing(t, ada, 100);
});
