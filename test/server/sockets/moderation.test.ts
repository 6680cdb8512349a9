import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ALLOWANCES } from '../../../server/traffic/limits.ts';
import { MemoryRooms } from '../../../server/memory/memory-rooms.ts';
import type { RoomMemory } from '../../../server/rooms/rooms.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';
import { within } from '../../support/waiting.ts';

const microphone = { source: 'microphone', mid: null, muted: false } as const;

/** Headers of a client that reaches the server through a trusted proxy from this address. */
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const [STREET, FIELD] = ['192.0.2.1', '198.51.100.7'];

/** Ann (a moderator) and Ben in room `a`. */
async function meet(
  t: TestContext,
  addresses: [string, string] = ['', ''],
): Promise<TestApp & { ann: TestClient; ben: TestClient }> {
  const app = await startApp(t, { trustProxy: 1 });
  const [ann, ben] = [await app.connect(from(addresses[0])), await app.connect(from(addresses[1]))];
  await ann.request('room:join', { room: 'a', displayName: 'Ann' });
  await ben.request('room:join', { room: 'a', displayName: 'Ben' });
  return { ...app, ann, ben };
}

test('shows a knock on a locked room to its moderators, and lets an admitted participant enter', async (t) => {
  const { ann, ben, connect, app } = await meet(t);
  assert.deepEqual(await ann.request('room:lock', { room: 'a', locked: true }), { locked: true });
  assert.equal((await ben.once('room:locked')).locked, true);
  assert.equal((await app.rooms())[0]?.locked, true);
  const cho = await connect();
  assert.equal(await cho.refusal('room:join', { room: 'a', displayName: 'Cho' }), 'room-locked');
  assert.equal(await cho.refusal('room:join', { room: 'a', displayName: 'Cho' }), 'room-locked');
  const knock = await ann.once('participant:knocked');
  assert.deepEqual(knock, { room: 'a', participant: { id: cho.id, displayName: 'Cho' }, waiting: true });
  const again = await ann.request('room:join', { room: 'a' });
  assert.deepEqual(again.rooms[0]?.waiting, [{ id: cho.id, displayName: 'Cho' }], 'a returning moderator is told too');
  assert.deepEqual((await ben.request('room:join', { room: 'a' })).rooms[0]?.waiting, [], 'nobody else is told');

  await ann.request('room:admit', { room: 'a', participantId: cho.id });
  assert.equal((await cho.once('participant:knocked')).admitted, true);
  await cho.request('room:join', { room: 'a', displayName: 'Cho' });
  assert.deepEqual(
    ann.all('participant:knocked').map(({ waiting }) => waiting),
    [true, false],
  );
  assert.equal(ben.all('participant:knocked').length, 0, 'told to moderators only');
  assert.equal(
    (await ben.request('room:join', { room: 'a' })).rooms[0]?.participants.length,
    3,
    'a participant in the room may enter again',
  );
});

test('a knock ends when it is refused or withdrawn, or the participant disconnects', async (t) => {
  const { ann, connect } = await meet(t);
  await ann.request('room:lock', { room: 'a', locked: true });
  const [cho, dan, eve] = [await connect(), await connect(), await connect()];
  for (const client of [cho, dan, eve]) assert.equal(await client.refusal('room:join', { room: 'a' }), 'room-locked');
  await ann.request('room:refuse', { room: 'a', participantId: cho.id });
  const { admitted, code } = await cho.once('participant:knocked');
  assert.deepEqual([admitted, code], [false, 'knock-refused']);
  assert.equal(await ann.refusal('room:admit', { room: 'a', participantId: cho.id }), 'participant-gone');
  await dan.request('room:leave', { room: 'a' });
  eve.socket.disconnect();
  for (const client of [cho, dan, eve])
    await ann.once(
      'participant:knocked',
      (fact) => fact.participant.id === client.session.participantId && !fact.waiting,
    );
  assert.deepEqual((await ann.request('room:join', { room: 'a' })).rooms[0]?.waiting, []);
});

test('unlocking admits everybody who waits', async (t) => {
  const { ann, connect } = await meet(t);
  await ann.request('room:lock', { room: 'a', locked: true });
  const cho = await connect();
  assert.equal(await cho.refusal('room:join', { room: 'a' }), 'room-locked');
  await ann.request('room:lock', { room: 'a', locked: false });
  assert.equal((await cho.once('participant:knocked')).admitted, true);
  await cho.request('room:join', { room: 'a' });
});

test('a new moderator hears of the waiting participants', async (t) => {
  const { ann, ben, connect } = await meet(t);
  await ann.request('room:lock', { room: 'a', locked: true });
  const cho = await connect();
  assert.equal(await cho.refusal('room:join', { room: 'a' }), 'room-locked');
  await ann.request('room:leave', { room: 'a' });
  await ben.once('participant:knocked', (fact) => fact.participant.id === cho.id && fact.waiting);
  await ben.request('room:admit', { room: 'a', participantId: cho.id });
  await cho.request('room:join', { room: 'a' });
});

test('the last one of a locked room may return and moderates it; others must still knock', async (t) => {
  const { ann, ben, connect } = await meet(t);
  await ben.request('room:leave', { room: 'a' });
  await ann.request('room:lock', { room: 'a', locked: true });
  await ann.request('room:leave', { room: 'a' });
  assert.equal(await (await connect()).refusal('room:join', { room: 'a' }), 'room-locked');
  assert.equal((await ann.request('room:join', { room: 'a' })).rooms[0]?.participants[0]?.role, 'moderator');
});

test('removes a participant at once, and refuses newcomers of its address; those inside stay', async (t) => {
  const { ann, ben, connect } = await meet(t, [STREET, STREET]);
  await ben.request('call:join', { room: 'a', joinId: 'j' });
  await ann.request('participant:remove', { room: 'a', participantId: ben.id });
  const heard = await ben.once('participant:left');
  assert.deepEqual([heard.participantId, heard.reason], [ben.id, 'removed']);
  assert.equal(await ben.refusal('room:join', { room: 'a' }), 'removed');
  assert.equal(await ben.refusal('signal:send', { room: 'a', to: ann.id, link: 'l', signal: {} }), 'not-in-room');
  assert.equal(await (await connect(from(STREET))).refusal('room:join', { room: 'a' }), 'removed');
  await ann.request('room:leave', { room: 'a' });
  assert.equal(
    (await ann.answer('room:join', { room: 'a' })).ok,
    true,
    'participants present at the ban are not banned',
  );
  await ben.request('room:join', { room: 'b' });
  assert.equal(await ann.refusal('participant:remove', { room: 'a', participantId: ben.id }), 'participant-gone');
  assert.equal(await ann.refusal('participant:remove', { room: 'a', participantId: ann.id }), 'not-allowed');
});

test('behind a proxy that is not named, newcomers from the address of a removed participant may enter', async (t) => {
  const { ann, ben, connect } = await meet(t);
  await ann.request('participant:remove', { room: 'a', participantId: ben.id });
  assert.equal(await ben.refusal('room:join', { room: 'a' }), 'removed');
  await (await connect()).request('room:join', { room: 'a' });
});

test('removes a whole address and its newcomers; a local address means one participant', async (t) => {
  const { ann, ben, connect } = await meet(t, [STREET, STREET]);
  const [cho, dan] = [await connect(from(STREET)), await connect(from(FIELD))];
  for (const client of [cho, dan]) await client.request('room:join', { room: 'a' });
  assert.equal(
    await dan.refusal('participant:remove', { room: 'a', participantId: ben.id, withAddress: true }),
    'not-allowed',
  );
  assert.equal(
    await ann.refusal('participant:remove', { room: 'a', participantId: ben.id, withAddress: 'yes' }),
    'payload-invalid',
  );
  await ann.request('participant:remove', { room: 'a', participantId: ben.id, withAddress: true });
  for (const client of [ben, cho]) {
    assert.equal(
      (await client.once('participant:left', ({ participantId }) => participantId === client.id)).reason,
      'removed',
    );
    assert.equal(await client.refusal('room:join', { room: 'a' }), 'removed');
  }
  assert.equal(await (await connect(from(STREET))).refusal('room:join', { room: 'a' }), 'removed');
  const { rooms } = await ann.request('room:join', { room: 'a' });
  assert.deepEqual(
    rooms[0]?.participants.map(({ id }) => id),
    [ann.id, dan.id],
  );
  const [eve, fay] = [await connect(), await connect()];
  for (const client of [eve, fay]) await client.request('room:join', { room: 'a' });
  await ann.request('participant:remove', { room: 'a', participantId: eve.id, withAddress: true });
  assert.equal(await eve.refusal('room:join', { room: 'a' }), 'removed');
  await fay.request('room:join', { room: 'a' });
});

test('tells the moderator about the knock of another address when one address has filled the lobby', async (t) => {
  const { ann, connect } = await meet(t, [FIELD, FIELD]);
  await ann.request('room:lock', { room: 'a', locked: true });
  const crowd = await Promise.all(Array.from({ length: 101 }, () => connect(from(STREET))));
  for (const client of crowd) assert.equal(await client.refusal('room:join', { room: 'a' }), 'room-locked');
  const honest = await connect(from('203.0.113.9'));
  assert.equal(await honest.refusal('room:join', { room: 'a' }), 'room-locked');
  await ann.once('participant:knocked', ({ participant, waiting }) => participant.id === honest.id && waiting);
  const { admitted, code } = await crowd[0]!.once('participant:knocked');
  assert.deepEqual([admitted, code], [false, 'room-locked']);
  await ann.request('room:admit', { room: 'a', participantId: honest.id });
  await honest.request('room:join', { room: 'a' });
});

test('lets the moderator into a call that one address has filled, one over the capacity', async (t) => {
  const { ann, ben, connect } = await meet(t, [FIELD, STREET]);
  const crowd = [ben, ...(await Promise.all(Array.from({ length: 8 }, () => connect(from(STREET)))))];
  for (const client of crowd.slice(1)) await client.request('room:join', { room: 'a' });
  for (const [index, client] of crowd.entries()) {
    const answer = await client.answer('call:join', { room: 'a', joinId: `j${index}` });
    assert.equal(answer.ok || answer.error.code, index < 8 ? true : 'call-full');
  }
  const { participants } = await ann.request('call:join', { room: 'a', joinId: 'ann' });
  assert.equal(participants.filter(({ call }) => call).length, 9);
  assert.equal(await crowd[8]!.refusal('call:join', { room: 'a', joinId: 'again' }), 'call-full');
});

test('shows who muted a participant, until the participant updates its tracks', async (t) => {
  const { ann, ben } = await meet(t);
  assert.equal(
    await ann.refusal('participant:mute', { room: 'a', participantId: ben.id }),
    'participant-gone',
    'not in the call',
  );
  await ben.request('call:join', { room: 'a', joinId: 'j', tracks: [microphone] });
  await ann.request('participant:mute', { room: 'a', participantId: ben.id });
  const muted = await ben.once('participant:changed', (fact) => fact.participant.call?.tracks[0]?.muted === true);
  assert.equal(muted.participant.call?.tracks[0]?.mutedBy, ann.id);
  await ben.request('participant:update', {
    room: 'a',
    tracks: [{ ...microphone, mutedBy: 'somebody' } as typeof microphone],
  });
  const { rooms } = await ann.request('room:join', { room: 'a' });
  assert.deepEqual(rooms[0]?.participants[1]?.call?.tracks, [microphone], 'only the server tells who muted');
});

test('ending the call leaves everybody in the room, and no absent participant restarts it', async (t) => {
  const { ann, ben, connect, app } = await meet(t);
  const cho = await connect({ reconnects: true });
  await cho.request('room:join', { room: 'a' });
  for (const [client, joinId] of [
    [ann, 'j1'],
    [ben, 'j2'],
    [cho, 'j3'],
  ] as const)
    await client.request('call:join', { room: 'a', joinId });
  cho.cut();
  await ann.once('participant:changed', (fact) => fact.participant.id === cho.id && !fact.participant.connected);
  await ann.request('call:end', { room: 'a' });
  assert.equal((await ben.once('call:ended')).reason, 'ended');
  assert.deepEqual(
    (await app.participants('a')).map(({ inCall }) => inCall),
    [false, false, false],
  );
  await cho.once('session:ready', () => cho.all('session:ready').length > 1);
  await cho.request('room:join', { room: 'a' });
  assert.equal(await cho.refusal('call:join', { room: 'a', joinId: 'j3' }), 'cancelled');
  assert.equal(
    (await cho.answer('call:join', { room: 'a', joinId: 'j4' })).ok,
    true,
    'a new presence may start the call',
  );
});

test("announces to the moderator's room only, and counts the receivers", async (t) => {
  const { ann, ben, connect } = await meet(t);
  const cho = await connect();
  await cho.request('room:join', { room: 'b' });
  assert.deepEqual(await ann.request('announcement:send', { room: 'a', text: 'Tea is ready' }), { count: 2 });
  const heard = await ben.once('announcement:posted');
  assert.deepEqual([heard.text, heard.room], ['Tea is ready', 'a']);
  await cho.settle();
  assert.deepEqual(cho.all('announcement:posted'), []);
});

const person = (id: string) => ({
  id,
  displayName: id,
  role: null,
  subject: null,
  address: id === 'ben2' ? "ben's" : `${id}'s`,
});

test('lock, bans, roles, visibility and epoch outlive the process, and end with the room', async () => {
  const kept = new Map<string, string>();
  const memories = {
    recall: (room: string) => JSON.parse(kept.get(room) ?? 'null') as RoomMemory | null,
    keep: (room: string, read: () => RoomMemory) => void kept.set(room, JSON.stringify(read())),
    forget: (room: string) => void kept.delete(room),
    saved: async () => undefined,
  };
  const options = { roomCapacity: 5, callCapacity: 5, lingerMs: 60_000, memories };
  const before = new MemoryRooms({ ...options, epoch: 'first' });
  for (const id of ['ann', 'ben', 'cho']) await before.enter(person(id), ['a'], { unlisted: true });
  await before.ban('a', 'ben');
  await before.lock('a', true);
  const { epoch, n } = await before.version('a');
  await before.close();

  const after = new MemoryRooms({ ...options, epoch: 'second' });
  await assert.rejects(after.enter(person('eve'), ['a'], { unlisted: false }), { code: 'room-locked' });
  for (const id of ['ben', 'ben2'])
    await assert.rejects(after.enter(person(id), ['a'], { unlisted: false }), { code: 'removed' });
  const [cho] = await after.enter(person('cho'), ['a'], { unlisted: false });
  assert.deepEqual(
    [cho?.participants[0]?.role, cho?.locked, cho?.unlisted, cho?.epoch],
    ['participant', true, true, epoch],
    'the first one back is not made moderator',
  );
  assert.ok((cho?.n ?? 0) > n, 'numbers do not go back');
  const [ann] = await after.enter(person('ann'), ['a'], { unlisted: false });
  assert.equal(ann?.participants[1]?.role, 'moderator');
  await after.end('a');
  await assert.rejects(
    after.enter(person('ann'), ['a'], { unlisted: false }),
    { code: 'room-locked' },
    'nobody is expected back',
  );
  await after.close();
});

test('another participant follows a moderator who does not return after a restart', async () => {
  const memory: RoomMemory = {
    room: 'a',
    epoch: 'e',
    n: 5,
    locked: false,
    unlisted: false,
    bans: [],
    members: { 'participant:ann': 'moderator', 'participant:cho': 'participant' },
  };
  const memories = {
    recall: () => memory,
    keep: () => undefined,
    forget: () => undefined,
    saved: async () => undefined,
  };
  const rooms = new MemoryRooms({
    epoch: 'x',
    roomCapacity: 5,
    callCapacity: 5,
    lingerMs: 60_000,
    returnMs: 20,
    memories,
  });
  const followed = new Promise<string>((resolve) => {
    rooms.changes.on(
      'fact',
      (name, fact) =>
        name === 'participant:changed' &&
        'participant' in fact &&
        fact.participant.id === 'cho' &&
        'role' in fact.participant &&
        resolve(fact.participant.role),
    );
  });
  const [state] = await rooms.enter(person('cho'), ['a'], { unlisted: false });
  assert.equal(state?.participants[0]?.role, 'participant');
  assert.equal(await within(followed, 'the successor'), 'moderator');
  await rooms.close();
});

test('stops telling the knocks of a participant who knocks and withdraws repeatedly', async (t) => {
  const { ann, connect } = await meet(t);
  await ann.request('room:lock', { room: 'a', locked: true });
  const cho = await connect();
  for (let count = 0; count < ALLOWANCES.knock.points; count++) {
    assert.equal(await cho.refusal('room:join', { room: 'a', displayName: 'Cho' }), 'room-locked');
    await cho.request('room:leave', { room: 'a' });
  }
  assert.equal(await cho.refusal('room:join', { room: 'a', displayName: 'Cho' }), 'rate-limited');
  await ann.settle();
  assert.equal(ann.all('participant:knocked').filter(({ waiting }) => waiting).length, ALLOWANCES.knock.points);
  const dan = await connect();
  assert.equal(
    await dan.refusal('room:join', { room: 'a', displayName: 'Dan' }),
    'room-locked',
    'nobody else is refused',
  );
});
