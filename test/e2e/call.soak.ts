/** Four participants meet again and again, so that a rare fault shows. */
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  allJoined,
  framesGrow,
  openMeeting,
  soundComes,
  watchFrames,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';

const ROUNDS = 20;

describe(`four participants meet ${ROUNDS} times`, () => {
  let meeting: Meeting;
  before(async () => {
    meeting = await openMeeting();
  });
  after(() => meeting.close());

  for (let round = 1; round <= ROUNDS; round++) {
    test(`round ${round}: all twelve directions`, { timeout: 120_000 }, async () => {
      const room = `round-${randomUUID()}`;
      const people: Person[] = [];
      try {
        for (const name of ['Ada', 'Bo', 'Chu', 'Dal']) people.push(await meeting.enter(name, room));
        await allJoined(people);
        await watchFrames(people);
        await Promise.all(people.map((person) => framesGrow(person, 3)));
        await Promise.all(people.map((person) => soundComes(person, 3)));
      } finally {
        await Promise.all(people.map(({ testBrowser }) => testBrowser.close()));
      }
    });
  }
});
