/** How long a call through a relay takes to its first picture, beside a bare connection through the same relay. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { prepareBare, timeBareFrame, timeCallFrame } from '../support/browser/first-frame.ts';
import { allJoined, openMeeting, watchFrames, type Meeting, type Person } from '../support/browser/meeting.ts';
import { closeAll } from '../support/closing.ts';
import { readShipped } from '../support/server/shipped.ts';
import { createCredentials, startTurnServer, type TurnServer } from '../support/server/turn-server.ts';

const MINUTE = 60_000;

let turn: TurnServer;
let meeting: Meeting;
let ada: Person;
let bo: Person;

before(
  async () => {
    turn = await startTurnServer({ configuration: readShipped('server/turn/turnserver.conf') });
    meeting = await openMeeting({ TURN_URLS: turn.url, TURN_SECRET: turn.secret });
    const room = `relay-${randomUUID()}`;
    ada = await meeting.enter('Ada', room, { attributes: ['relay-only'] });
    bo = await meeting.enter('Bo', room, { attributes: ['relay-only'] });
    await allJoined([ada, bo]);
    await watchFrames([ada, bo]);
  },
  { timeout: 2 * MINUTE },
);
after(() =>
  closeAll(
    () => meeting?.close(),
    () => turn?.stop(),
  ),
);

test(
  'shows its first picture at most 1.25 times as late as a bare relayed connection',
  { timeout: 5 * MINUTE },
  async (t) => {
    const server = createCredentials(turn, Date.now() + 600_000);
    const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
    const told: string[] = [];
    await prepareBare([ada, bo]);
    // Up to five series, because a busy machine delays the call more than the bare pair, which does less work.
    for (let series = 0; series < 5; series++) {
      const [call, bare]: [number[], number[]] = [[], []];
      for (let round = 0; round < 9; round++) {
        bare.push(await timeBareFrame([ada, bo], server));
        call.push(await timeCallFrame(ada, bo));
      }
      const ratio = median(call) / median(bare);
      told.push(
        `call ${call.map(Math.round).join(' ')} ms, ` +
          `bare ${bare.map(Math.round).join(' ')} ms: ${ratio.toFixed(2)} times`,
      );
      t.diagnostic(told.at(-1)!);
      if (ratio <= 1.25) return;
    }
    assert.fail(told.join('\n'));
  },
);
