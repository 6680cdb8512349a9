/** Raised hands, as every `Rooms` must keep and order them, wherever it keeps them. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Hand } from '../../../server/protocol.ts';
import type { Rooms } from '../../../server/rooms/rooms.ts';
import { BACKENDS, Listener } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';

const ROOM = 'a';
const microphone = { source: 'microphone', mid: null, muted: false } as const;
const enter = (rooms: Rooms, id: string) =>
  rooms.enter({ id, displayName: id, role: null, subject: null, address: '' }, [ROOM], { unlisted: false });
const call = (rooms: Rooms, id: string, joinId = id) =>
  rooms.enterCall(ROOM, id, { joinId, tracks: [microphone], receivesVideo: true });

/** Everybody enters the room and its call. The first one moderates. */
async function meet(rooms: Rooms, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    await enter(rooms, id);
    await call(rooms, id);
  }
}

const handOf = async (rooms: Rooms, id: string): Promise<Hand | undefined> => (await rooms.find(ROOM, id))?.call?.hand;

/** The participants with a raised hand, in their order. */
async function queue(rooms: Rooms): Promise<string[]> {
  const { participants = [] } = (await rooms.state(ROOM)) ?? {};
  const hands = participants.flatMap(({ id, call: presence }) => (presence?.hand ? [{ id, n: presence.hand.n }] : []));
  return hands.toSorted((one, other) => one.n - other.n).map(({ id }) => id);
}

after(stopOwnRedis);

for (const { name, open } of BACKENDS) {
  describe(`raised hands in ${name}`, () => {
    test('stand in the order in which the room heard them, told by participant:changed', async (t) => {
      const backend = await open(t);
      const { rooms } = backend;
      const listener = new Listener(backend);
      await meet(rooms, 'ann', 'ben', 'cho');
      const before = Date.now();
      for (const id of ['cho', 'ann', 'ben', 'cho']) await rooms.raiseHand(ROOM, id, true);
      assert.deepEqual(await queue(rooms), ['cho', 'ann', 'ben']);
      const told = listener.facts('participant:changed').slice(-3);
      assert.deepEqual(
        told.map(({ participant }) => [participant.id, participant.call?.hand?.n]),
        told.map(({ n, participant }) => [participant.id, n]),
      );
      const { at } = (await handOf(rooms, 'cho'))!;
      assert.ok(at >= before - 5_000 && at <= Date.now() + 5_000, 'since when');
      await rooms.raiseHand(ROOM, 'cho', false);
      await rooms.raiseHand(ROOM, 'cho', false);
      await rooms.raiseHand(ROOM, 'cho', true);
      assert.deepEqual(await queue(rooms), ['ann', 'ben', 'cho'], 'raised again, it stands at the end');
    });

    test('are for people in the call', async (t) => {
      const { rooms } = await open(t);
      await enter(rooms, 'ann');
      for (const id of ['ann', 'nobody'])
        await assert.rejects(rooms.raiseHand(ROOM, id, true), { code: 'not-in-room' });
      await assert.rejects(rooms.raiseHand('nowhere', 'ann', true), { code: 'not-in-room' });
    });

    test('stay over tracks, a role, a name, a loss and a return, also with a new joinId', async (t) => {
      const { rooms } = await open(t);
      await meet(rooms, 'ann', 'ben');
      await rooms.raiseHand(ROOM, 'ben', true);
      const hand = await handOf(rooms, 'ben');
      assert.ok(hand);
      await rooms.updateCall(ROOM, 'ben', { tracks: [], receivesVideo: false });
      await rooms.mute(ROOM, 'ben', 'ann');
      await rooms.setRole(ROOM, 'ben', 'viewer');
      await rooms.rename('ben', 'Benjamin');
      await rooms.markLost('ben');
      assert.deepEqual(await handOf(rooms, 'ben'), hand);
      await enter(rooms, 'ben');
      await call(rooms, 'ben');
      assert.deepEqual(await handOf(rooms, 'ben'), hand);
      await call(rooms, 'ben', 'a new page');
      assert.deepEqual(await handOf(rooms, 'ben'), hand);
    });

    test('are kept with their place over a goodbye, and seen by people who come later', async (t) => {
      const { rooms } = await open(t);
      await meet(rooms, 'ann', 'ben', 'cho');
      for (const id of ['ben', 'cho']) await rooms.raiseHand(ROOM, id, true);
      const hand = await handOf(rooms, 'ben');
      await rooms.leave(ROOM, 'ben', 'left', { isGoodbye: true });
      assert.deepEqual(await queue(rooms), ['cho']);
      await rooms.raiseHand(ROOM, 'ann', true);
      await enter(rooms, 'ben');
      assert.deepEqual(await queue(rooms), ['cho', 'ann'], 'a hand is of the call, not of the room');
      await call(rooms, 'ben', 'after the reload');
      assert.deepEqual(await queue(rooms), ['ben', 'cho', 'ann']);
      assert.deepEqual(await handOf(rooms, 'ben'), hand);
      const [state] = await enter(rooms, 'dan');
      assert.deepEqual(state?.participants.find(({ id }) => id === 'ben')?.call?.hand, hand);
    });

    test('stay when the last one in the room says goodbye and comes back', async (t) => {
      const { rooms } = await open(t);
      await meet(rooms, 'ann');
      await rooms.raiseHand(ROOM, 'ann', true);
      await rooms.leave(ROOM, 'ann', 'left', { isGoodbye: true });
      await meet(rooms, 'ann');
      assert.deepEqual(await queue(rooms), ['ann']);
    });

    test('stay over a second goodbye before the call was entered again', async (t) => {
      const { rooms } = await open(t);
      await meet(rooms, 'ann', 'ben');
      await rooms.raiseHand(ROOM, 'ben', true);
      for (let goodbye = 0; goodbye < 2; goodbye++) {
        await rooms.leave(ROOM, 'ben', 'left', { isGoodbye: true });
        await enter(rooms, 'ben');
      }
      await call(rooms, 'ben');
      assert.deepEqual(await queue(rooms), ['ben']);
    });

    const ENDS: { [how: string]: (rooms: Rooms) => Promise<unknown> } = {
      'leaving the call': (rooms) => rooms.leaveCall(ROOM, 'ben'),
      'leaving the room': (rooms) => rooms.leave(ROOM, 'ben', 'left'),
      'leaving the room for good, after a goodbye and a return that did not reach the call': async (rooms) => {
        await rooms.leave(ROOM, 'ben', 'left', { isGoodbye: true });
        await enter(rooms, 'ben');
        await rooms.leave(ROOM, 'ben', 'left');
      },
      'the end of the call': (rooms) => rooms.endCall(ROOM),
      'the end of the call, after a goodbye': async (rooms) => {
        await rooms.leave(ROOM, 'ben', 'left', { isGoodbye: true });
        await rooms.endCall(ROOM);
      },
      'the end of the room, after a goodbye': async (rooms) => {
        await rooms.leave(ROOM, 'ben', 'left', { isGoodbye: true });
        await rooms.end(ROOM);
      },
      'lowering all, after a goodbye': async (rooms) => {
        await rooms.leave(ROOM, 'ben', 'left', { isGoodbye: true });
        assert.equal(await rooms.lowerHands(ROOM, null), 0);
      },
      'lowering it, after a goodbye': async (rooms) => {
        await rooms.leave(ROOM, 'ben', 'left', { isGoodbye: true });
        assert.equal(await rooms.lowerHands(ROOM, 'ben'), null);
      },
      removal: async (rooms) => {
        await rooms.ban(ROOM, 'ben');
        const [ban] = await rooms.bans(ROOM);
        assert.equal(await rooms.liftBan(ROOM, ban!.id), true);
      },
      'a wait that ended': (rooms) => rooms.leave(ROOM, 'ben', 'lost'),
      'a move to another room and back': async (rooms) => {
        await rooms.transfer(ROOM, 'b', { leaving: true });
        await rooms.transfer('b', ROOM, { leaving: true });
      },
    };
    for (const [how, end] of Object.entries(ENDS)) {
      test(`end at once: ${how}`, async (t) => {
        const { rooms } = await open(t);
        await meet(rooms, 'ann', 'ben');
        await rooms.raiseHand(ROOM, 'ben', true);
        await end(rooms);
        await enter(rooms, 'ben');
        await call(rooms, 'ben');
        assert.equal(await handOf(rooms, 'ben'), undefined);
      });
    }

    test('are lowered one by one, or all at once', async (t) => {
      const { rooms } = await open(t);
      await meet(rooms, 'ann', 'ben', 'cho');
      for (const id of ['ann', 'ben', 'cho']) await rooms.raiseHand(ROOM, id, true);
      assert.equal(await rooms.lowerHands(ROOM, 'ben'), 1);
      assert.equal(await rooms.lowerHands(ROOM, 'ben'), 0);
      assert.equal(await rooms.lowerHands(ROOM, 'nobody'), null);
      assert.deepEqual(await queue(rooms), ['ann', 'cho']);
      assert.equal(await rooms.lowerHands(ROOM, null), 2);
      assert.deepEqual(await queue(rooms), []);
      const { n } = await rooms.version(ROOM);
      assert.equal(await rooms.lowerHands(ROOM, null), 0);
      assert.equal((await rooms.version(ROOM)).n, n, 'nothing to lower is no change');
    });

    test('muting all spares moderators and silences the others, as muting one does', async (t) => {
      const { rooms } = await open(t);
      await meet(rooms, 'ann', 'ben', 'cho', 'dan');
      await rooms.setRole(ROOM, 'dan', 'moderator');
      await enter(rooms, 'eve');
      assert.equal(await rooms.muteAll(ROOM, 'ann'), 2);
      assert.equal(await rooms.muteAll(ROOM, 'ann'), 0);
      const tracks = async (id: string) => (await rooms.find(ROOM, id))?.call?.tracks;
      for (const id of ['ann', 'dan']) assert.deepEqual(await tracks(id), [microphone]);
      for (const id of ['ben', 'cho'])
        assert.deepEqual(await tracks(id), [{ ...microphone, muted: true, mutedBy: 'ann' }]);
      assert.equal(await rooms.muteAll('nowhere', 'ann'), 0);
    });
  });
}
