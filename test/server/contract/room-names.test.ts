/** Rooms that an earlier version stored under names with invisible characters, which this version strips. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { pino } from 'pino';
import type { Backend } from '../../../server/memory/backend.ts';
import type { Refusal } from '../../../server/refusal.ts';
import type { Entrant } from '../../../server/rooms/rooms.ts';
import { BACKENDS, openRedis } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';
import { LOOK_ALIKES } from '../../support/server/unseen.ts';

after(stopOwnRedis);

const guest = (id: string): Entrant => ({ id, displayName: id, role: null, subject: null, address: '' });

let sent = 0;
const say = ({ chatLog }: Backend, room: string, text: string, to?: string) =>
  chatLog.append(room, {
    clientId: `${++sent}`,
    from: { id: 'ann', displayName: 'ann' },
    text,
    kind: 'text',
    ...(to !== undefined && { to }),
  });

/** Sends in a later millisecond than all messages so far: only then are ids of different rooms in order of time. */
async function sayLater(backend: Backend, room: string, text: string) {
  const { message: first } = await say(backend, 'clock', 'tick');
  const timeOf = (id: string) => id.split('-')[0] ?? '';
  for (
    let time = timeOf(first.id);
    time === timeOf(first.id);
    time = timeOf((await say(backend, 'clock', 'tick')).message.id)
  );
  return say(backend, room, text);
}

const heard = async ({ chatLog }: Backend, room: string, viewer = 'ben') =>
  (await chatLog.read(room, viewer, { limit: 100 })).messages.map(({ text }) => text);

/** A log, and an array of the lines that it has written. */
function createLog() {
  const lines: { room?: string; name?: string; outcome?: string }[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line) as object) });
  return { log, lines };
}

for (const { name: kind, open, place } of BACKENDS.filter(({ outlives }) => outlives)) {
  describe(`names kept in ${kind}`, () => {
    test('gives each room the name it reads as, with all its messages, direct ones included', async (t) => {
      const config = await place(t);
      const before = await open(t, config);
      for (const [index, [room]] of Object.values(LOOK_ALIKES).entries()) {
        await say(before, `${index} ${room}`, `to all in ${index}`);
        await say(before, `${index} ${room}`, `to ben in ${index}`, 'ben');
      }
      await say(before, '회의', 'untouched');
      await before.close();
      const { log, lines } = createLog();
      const later = await open(t, config, { log });
      for (const [index, [room, seen]] of Object.values(LOOK_ALIKES).entries()) {
        assert.deepEqual(await heard(later, `${index} ${seen}`), [`to all in ${index}`, `to ben in ${index}`]);
        assert.deepEqual(await heard(later, `${index} ${seen}`, 'cho'), [`to all in ${index}`]);
        assert.deepEqual(await heard(later, `${index} ${room}`), []);
        assert.equal(
          lines.filter((line) => line.room === `${index} ${room}` && line.name === `${index} ${seen}`).length,
          1,
        );
      }
      assert.deepEqual(await heard(later, '회의'), ['untouched']);
      const { message } = await say(later, '0 standup', 'goes on');
      assert.equal((await later.chatLog.edit('0 standup', message.id, 'ann', 'edited')).message.text, 'edited');
      assert.deepEqual(await heard(later, '0 standup', 'cho'), ['to all in 0', 'edited']);
      await later.close();
      const again = createLog();
      await open(t, config, { log: again.log });
      assert.deepEqual(
        again.lines.filter(({ room }) => room),
        [],
        'once is enough',
      );
    });

    test('lets the newer message decide between two rooms of one name', async (t) => {
      const config = await place(t);
      const before = await open(t, config);
      await say(before, 'a\u200b', 'older');
      await sayLater(before, 'a', 'newer');
      await say(before, 'b', 'older');
      await sayLater(before, 'b\u200b', 'newer');
      await say(before, 'c\u200b', 'oldest');
      await sayLater(before, 'c\u00ad', 'in between');
      await sayLater(before, 'c\u2060', 'newest');
      await say(before, 'd\u200b', 'older, and still there');
      const { message } = await sayLater(before, 'd', 'newer, and deleted');
      await before.chatLog.delete('d', message.id, { id: 'ann', isModerator: false });
      await before.close();
      const { log, lines } = createLog();
      const later = await open(t, config, { log });
      for (const room of ['a', 'b']) assert.deepEqual(await heard(later, room), ['newer']);
      assert.deepEqual(await heard(later, 'c'), ['newest']);
      assert.deepEqual(await heard(later, 'd'), ['older, and still there']);
      for (const room of ['a\u200b', 'b\u200b', 'c\u200b', 'c\u2060', 'c\u00ad', 'd\u200b'])
        assert.deepEqual(await heard(later, room), []);
      assert.equal(lines.find(({ room }) => room === 'a\u200b')?.outcome, 'dropped');
      assert.match(lines.find(({ room }) => room === 'b\u200b')?.outcome ?? '', /^renamed/);
    });

    test('drops an empty name with its messages', async (t) => {
      const config = await place(t);
      const before = await open(t, config);
      await say(before, '\u3164', 'nobody can ask for it');
      await before.close();
      const { log, lines } = createLog();
      const later = await open(t, config, { log });
      assert.deepEqual(await heard(later, '\u3164'), []);
      assert.equal(lines.find(({ room }) => room === '\u3164')?.outcome, 'dropped');
    });

    test('keeps the lock with the room, and its participants may return', async (t) => {
      const config = await place(t);
      const before = await open(t, config);
      await before.rooms.enter(guest('ann'), ['standup\u200b'], { unlisted: false });
      await before.rooms.lock('standup\u200b', true);
      await say(before, 'standup\u200b', 'hello');
      await before.close();
      const later = await open(t, config);
      const refusal = await later.rooms
        .enter(guest('ben'), ['standup'], { unlisted: false })
        .catch((error: Refusal) => error.code);
      assert.equal(refusal, 'room-locked');
      const [state] = await later.rooms.enter(guest('ann'), ['standup'], { unlisted: false });
      assert.deepEqual([state?.locked, state?.participants[0]?.role], [true, 'moderator']);
      assert.deepEqual(await heard(later, 'standup'), ['hello']);
      assert.deepEqual(
        (await later.rooms.list()).map(({ name }) => name),
        ['standup'],
      );
    });
  });
}

test('waits for a room that a participant of a running process is in', async (t) => {
  const { place } = BACKENDS.find(({ name }) => name === 'redis')!;
  const { redisUrl } = await place(t);
  const earlier = await openRedis(t, redisUrl as string);
  await earlier.rooms.enter(guest('ann'), ['standup\u200b'], { unlisted: false });
  await earlier.presence.arrive('ann', { emit: () => undefined, disconnect: () => undefined } as never);
  await say(earlier, 'standup\u200b', 'hello');
  const { log, lines } = createLog();
  const later = await openRedis(t, redisUrl as string, {}, { log });
  assert.deepEqual(await heard(later, 'standup\u200b'), ['hello']);
  assert.deepEqual(
    lines.filter(({ room }) => room),
    [],
  );
  await earlier.close();
  const third = await openRedis(t, redisUrl as string);
  assert.deepEqual(await heard(third, 'standup'), ['hello']);
});
