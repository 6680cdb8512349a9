/** A text that shows nothing is no name and no message: default-ignorable code points, blanks, fillers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cleanDisplayName, parseAnnouncement, parsePayload, parseRoom } from '../../../server/parse.ts';
import { LIMITS } from '../../../server/protocol.ts';
import { EVERY_ROOM, normalizeRoom, showsNothing, stripUnseen } from '../../../server/texts.ts';
import { signGrant } from '../../../server/grants/grants.ts';
import { LOOK_ALIKES, SEEN_WITH_JOINERS } from '../../support/server/unseen.ts';
import { startApp } from '../../support/server/server.ts';

const BLANK_SIGNS = [...'\u2800\ufff9\ufffa\ufffb\ufffc\u{13441}\u{13442}\u{16fe4}\u{1d159}'];

/** Every code point that shows nothing alone: Unicode's property, white space, controls, and blank signs. */
const UNSEEN = [...allCodePoints()].filter((sign) => /[\s\p{White_Space}\p{Cc}\p{DI}]/u.test(sign)).concat(BLANK_SIGNS);
const IGNORABLE = UNSEEN.filter((sign) => /\p{DI}/u.test(sign)).concat(BLANK_SIGNS);

function* allCodePoints(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code++) if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code);
}

/** What is wrong with each of `signs`, as a list, so that one failure shows all. */
const wrongOf = (signs: readonly string[], isRight: (sign: string) => boolean) =>
  signs.filter((sign) => !isRight(sign)).map((sign) => `U+${sign.codePointAt(0)?.toString(16)}`);

function refusalOf(action: () => unknown): string {
  try {
    action();
    return '';
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}

describe('every code point that shows nothing', () => {
  assert.ok(UNSEEN.length > 4_200);

  test('is no room, alone or repeated', () => {
    assert.deepEqual(
      wrongOf(UNSEEN, (sign) =>
        [sign, sign.repeat(5), ` ${sign} `].every(
          (name) => normalizeRoom(name) === null && normalizeRoom(name, true) === null,
        ),
      ),
      [],
    );
    assert.deepEqual(
      wrongOf(UNSEEN, (sign) => refusalOf(() => parsePayload('room:join', { room: sign })) === 'room-invalid'),
      [],
    );
    assert.deepEqual(
      wrongOf(UNSEEN, (sign) => refusalOf(() => parseRoom(sign)) === 'room-invalid'),
      [],
    );
  });

  test("makes a room's name invalid, before, in or behind it", () => {
    for (const [before, behind] of [
      ['stand', 'up'],
      ['회', '의'],
      ['room1', '2'],
      ['क', 'ा'],
    ] as const) {
      const names = (sign: string) =>
        [before + sign + behind, sign + before + behind, before + behind + sign].filter((name) => name === name.trim());
      assert.deepEqual(
        wrongOf(IGNORABLE, (sign) => names(sign).every((name) => normalizeRoom(name) === null)),
        [],
        before,
      );
    }
  });

  test('is removed by a page before it asks for a room, unless it reverses the line', () => {
    const stripped = IGNORABLE.filter((sign) => !/\p{Bidi_C}/u.test(sign));
    const names = (sign: string) => [`stand${sign}up`, `${sign}standup`, `standup${sign}${sign}`];
    assert.deepEqual(
      wrongOf(stripped, (sign) => names(sign).every((name) => normalizeRoom(name, true) === 'standup')),
      [],
    );
    for (const turning of ['\u061c', '\u200e', '\u200f', '\u202a', '\u202e', '\u2066', '\u2069'])
      assert.equal(normalizeRoom(`a${turning}b`, true), null);
  });

  test('is no display name and no text of any command, alone or repeated', () => {
    assert.deepEqual(
      wrongOf(UNSEEN, (sign) =>
        [sign, sign.repeat(5), ` ${sign} `].every((name) => cleanDisplayName(name) === '' && showsNothing(name)),
      ),
      [],
    );
    const sends = [
      (text: string) => parsePayload('chat:send', { room: 'a', clientId: 'c', text }),
      (text: string) => parsePayload('chat:edit', { room: 'a', id: 'i', text }),
      (text: string) => parsePayload('announcement:send', { room: 'a', text }),
      parseAnnouncement,
    ];
    for (const send of sends)
      assert.deepEqual(
        wrongOf(UNSEEN, (sign) => refusalOf(() => send(sign + sign)) === 'payload-invalid'),
        [],
      );
    for (const send of sends)
      assert.deepEqual(
        wrongOf(UNSEEN, (sign) => refusalOf(() => send(`${sign}a`)) === ''),
        [],
      );
  });
});

test('shows nothing when mixed either', () => {
  for (const text of [
    '\u200d\ufe0f',
    '\u3164\u2800 \u00ad',
    '\ufeff\u2060\u180e',
    '\u{e0067}\u{e007f}',
    '\u115f\u1160',
    '\u0000\u200b\n',
    '\u202e\u2069',
  ]) {
    assert.ok(showsNothing(text), escape(text));
    assert.equal(cleanDisplayName(text), '');
    assert.equal(normalizeRoom(text, true), null);
  }
});

for (const [what, text] of Object.entries(SEEN_WITH_JOINERS)) {
  test(`accepts a name as it is: ${what}`, () => {
    assert.equal(stripUnseen(text), text);
    assert.equal(normalizeRoom(text), text.normalize('NFC'));
    assert.equal(normalizeRoom(text, true), text.normalize('NFC'));
    assert.equal(cleanDisplayName(text), text.normalize('NFC'));
    assert.ok(!showsNothing(text));
  });
}

for (const [what, [text, seen]] of Object.entries(LOOK_ALIKES)) {
  test(`refused by the server, and asked for as it reads by a page: ${what}`, () => {
    assert.equal(normalizeRoom(text), null);
    assert.equal(normalizeRoom(text, true), seen);
    assert.equal(cleanDisplayName(text), seen);
    assert.equal(normalizeRoom(seen), seen);
  });
}

test('a page never asks for a name that the server refuses', () => {
  const pieces = [
    ...Object.values(SEEN_WITH_JOINERS).flatMap((text) => [...text]),
    'a',
    '1',
    ' ',
    '\u034f',
    '\u0301',
    '\u0323',
    '\u115f',
    '\u1100',
    '\u3164',
    '\u2800',
    '\u200b',
    '\ufa11',
  ];
  let seed = 1;
  const next = (below: number) => (seed = (seed * 48_271) % 0x7fff_ffff) % below;
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 1 + next(8) }, () => pieces[next(pieces.length)]).join('');
    const asked = normalizeRoom(text, true);
    // `*` is the only visible text that is no name, because it means every room in a grant.
    const isName = !showsNothing(text) && stripUnseen(text).trim() !== EVERY_ROOM;
    assert.equal(asked !== null, isName, escape(text));
    if (asked !== null) assert.equal(normalizeRoom(asked), asked, escape(text));
  }
});

test('accepts blanks between words, and names untrimmed or in another normal form', () => {
  for (const name of ['a b', 'a  b', 'a\u00a0b', '会議\u3000室']) assert.equal(normalizeRoom(name), name);
  assert.equal(normalizeRoom('\u3000\t caf\u0065\u0301\u00a0\n'), 'café');
  assert.equal(normalizeRoom('사랑방'.normalize('NFD')), '사랑방');
});

test('a cut display name keeps no half of a picture', () => {
  const name = cleanDisplayName('x'.repeat(LIMITS.displayNameCodePoints - 2) + '👩\u200d👩');
  assert.equal(name, 'x'.repeat(LIMITS.displayNameCodePoints - 2) + '👩');
});

test("over the wire, refuses such a room and message, and replaces such a display name by the guest's", async (t) => {
  const { app, connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  await ben.request('room:join', { room: 'standup' });
  for (const room of [
    'standup\u200b',
    '\u2060standup',
    'stand\u3164up',
    'standup\u2800',
    'stand\u200dup',
    'standup\ufe0f',
  ]) {
    for (const command of ['room:join', 'room:leave', 'chat:typing', 'call:leave'] as const)
      assert.equal(await ann.refusal(command, { room }), 'room-invalid');
    assert.equal(await ann.refusal('signal:send', { room, to: ben.id, link: 'l', signal: {} }), 'room-invalid');
  }
  assert.equal(await ann.refusal('room:join', { rooms: ['a', 'standup\u2060'] }), 'room-invalid');
  assert.deepEqual(
    (await app.rooms()).map(({ name, participantCount }) => [name, participantCount]),
    [['standup', 1]],
  );
  const { rooms } = await ann.request('room:join', { room: ' standup ', displayName: '\u3164\u200b' });
  const self = rooms[0]?.participants.find(({ id }) => id === ann.id);
  assert.match(self?.displayName ?? '', /^Guest \d{4}$/);
  assert.equal((await ann.request('participant:update', { displayName: '\u3164Mina\u200b' })).displayName, 'Mina');
  assert.match((await ann.request('participant:update', { displayName: '\u2800' })).displayName, /^Guest \d{4}$/);
  for (const text of ['\u200b', '\u2800\u3164', '\ufe0f']) {
    assert.equal(await ann.refusal('chat:send', { room: 'standup', clientId: text, text }), 'payload-invalid');
    assert.equal(await ben.refusal('announcement:send', { room: 'standup', text }), 'payload-invalid');
  }
  const { message } = await ann.request('chat:send', { room: 'standup', clientId: 'c', text: 'a' });
  assert.equal(await ann.refusal('chat:edit', { room: 'standup', id: message.id, text: '\u00ad' }), 'payload-invalid');
});

test('in a grant, such a name names nobody, and a room with such characters opens no other room', async (t) => {
  const secret = 'a secret of thirty-two characters';
  const { connect } = await startApp(t, { tokenSecret: secret });
  const sign = (name: string, rooms: string[]) =>
    signGrant(secret, { subject: 's', name, rooms, role: 'participant', ttlMs: 60_000, id: 'i' });
  const ann = await connect();
  const { rooms } = await ann.request('room:join', {
    room: 'a',
    displayName: 'Ann',
    token: await sign('\u3164\u2800', ['a']),
  });
  assert.equal(rooms[0]?.participants[0]?.displayName, 'Ann');
  assert.equal(
    await ann.refusal('room:join', { room: 'admin', token: await sign('', ['admin\u200b']) }),
    'not-allowed',
  );
  assert.equal(
    await ann.refusal('room:join', { room: 'admin\u200b', token: await sign('', ['admin\u200b']) }),
    'room-invalid',
  );
});
