/** What Redis answers is parsed: a reply of a wrong form becomes an error that names the function. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../../server/refusal.ts';
import { SCRIPTS } from '../../../server/redis/scripts.ts';
import type { Script } from '../../../server/redis/scripts.ts';

type Name = keyof typeof SCRIPTS;
type AnyScript = Script<Record<string, unknown>, unknown>;
const scriptOf = (name: Name) => SCRIPTS[name] as unknown as AnyScript;

/** One good reply of each function, and what it is read as. */
const GOOD: [name: Name, reply: unknown, read: unknown][] = [
  [
    'enter',
    ['', 3, '0', 4, '1'],
    [
      { n: 3, isUnlisted: false },
      { n: 4, isUnlisted: true },
    ],
  ],
  ['leave', [1, 7, 'a', 'b'], { isRemoved: true, n: 7, ended: ['a', 'b'] }],
  ['leave', [0, 0], { isRemoved: false, n: 0, ended: [] }],
  [
    'rename',
    ['', 'a', 3, 'b', 4],
    [
      { room: 'a', n: 3 },
      { room: 'b', n: 4 },
    ],
  ],
  ['markLost', [''], []],
  ['setRole', ['', 5], 5],
  ['publish', ['', 'e', 5], ['e', 5]],
  ['transfer', [['ann'], []], [['ann'], []]],
  [
    'load',
    ['e', 2, '1', '0', ['ann', '{}'], ['[]'], [], '1 chat'],
    {
      epoch: 'e',
      n: 2,
      isLocked: true,
      isUnlisted: false,
      members: [['ann', '{}']],
      missed: ['[]'],
      waiting: [],
      restricted: '1 chat',
    },
  ],
  ['find', null, null],
  ['find', '{}', '{}'],
  ['isPlaced', 1, true],
  ['version', ['e', 5], ['e', 5]],
  ['roomsOf', ['a'], ['a']],
  ['list', [3, ['a', '[1,0,0,0]']], [3, [['a', '[1,0,0,0]']]]],
  ['enterCall', ['', 5], 5],
  ['mute', ['', 1, 5], [true, 5]],
  ['muteAll', ['', 2, 5], [2, 5]],
  ['raiseHand', ['', 5], 5],
  ['lowerHands', ['', 1, 2, 5], [true, 2, 5]],
  ['permit', ['', 2, 5, '1 chat'], [2, 5, '1 chat']],
  ['lock', ['', 5, 0], [5, false]],
  ['answerKnock', 0, false],
  ['ban', [1, 7], { isRemoved: true, n: 7, ended: [] }],
  ['append', [1, '{}'], { isFresh: true, text: '{}' }],
  ['append', [0, '{}'], { isFresh: false, text: '{}' }],
  ['sent', '', ''],
  ['read', [1, ['{}', null]], { hasOlder: true, newestFirst: ['{}'] }],
  ['peek', [5, null], [5, null]],
  ['replace', 1, true],
  ['changes', null, null],
  ['changes', [['{}'], ['1']], [['{}'], ['1']]],
  ['purge', [], []],
  ['beat', [1, 500, 'a'], { isKnown: true, dueMs: 500, ended: ['a'] }],
  ['claim', [3, 'Ann'], [3, 'Ann']],
  ['depart', ['a'], ['a']],
  ['reassert', [0, 'a'], { isElsewhere: false, ended: ['a'] }],
  ['present', [['ann', 'Ann', 1]], [['ann', 'Ann', true]]],
  ['countConnected', 3, 3],
  ['agree', 'x', 'x'],
  ['revoked', ['s:ann', '5'], [['s:ann', '5']]],
  ['revoke', 4, undefined],
  ['deliver', 1, 1],
  ['sweep', ['7', 1], ['7', true]],
  ['tidy', '0', '0'],
  ['readRecord', null, null],
  ['countMessages', [1, 2, 3, 4, 5], { messages: 1, beyond: 2, aged: 3, forgotten: 4, keptMs: 5 }],
  ['findNames', ['0', ['a']], ['0', ['a']]],
  ['renameRoom', 'in use', 'in use'],
];

/** Replies that no function gives. The server ignores the replies of `IGNORED`, so these may be anything. */
const ODD: unknown[] = [undefined, true, -1, 0.5, 'x\u0000', {}, [[]], [null], [1, 2, 3, 4, 5, 6, 7, 8, 9], new Map()];
const UNUSED: readonly Name[] = ['adoptAdmission', 'dropChat', 'restore', 'revoke', 'lift', 'show', 'rewriteFailed'];
const IGNORED = new Set<string>([...UNUSED, 'restoreRecord', 'trial']);
const ANY_TEXT = new Set<string>(['find', 'sent', 'agree', 'tidy', 'readRecord', 'adoptChats']);

describe('replies of Redis', () => {
  for (const [name, reply, read] of GOOD) {
    test(`${name} reads ${JSON.stringify(reply)}`, () => assert.deepEqual(scriptOf(name).parse(reply), read));
  }

  test('every function refuses replies of a wrong form with a sentence that names it', () => {
    for (const name of Object.keys(SCRIPTS).filter((one) => !IGNORED.has(one)) as Name[]) {
      for (const odd of ODD.filter((one) => !(ANY_TEXT.has(name) && typeof one === 'string'))) {
        assert.throws(
          () => scriptOf(name).parse(odd),
          (error: Error) => {
            assert.ok(!(error instanceof Refusal), name);
            assert.match(error.message, new RegExp(`^The Redis function "${name}" answered in a wrong form: .+\\.$`));
            return true;
          },
          `${name} of ${JSON.stringify(odd)}`,
        );
      }
    }
  });

  test('the sentence says where the reply is wrong, and not what it holds', () => {
    const wrong = ['e', 2, '1', '0', ['ann', 'secret'], ['secret', 7], []];
    assert.throws(() => scriptOf('load').parse(wrong), {
      message: 'The Redis function "load" answered in a wrong form: 5.1 must be string.',
    });
    assert.throws(() => scriptOf('load').parse('secret'), {
      message: 'The Redis function "load" answered in a wrong form: the whole must be Array.',
    });
  });

  test('a code of a refusal becomes that refusal, and an unknown code is a wrong form', () => {
    const cases: [name: Name, reply: unknown, code: string][] = [
      ['enter', ['room-locked'], 'room-locked'],
      ['enter', ['limit-reached', 'rooms'], 'limit-reached'],
      ['rename', ['replaced'], 'replaced'],
      ['enterCall', ['call-full'], 'call-full'],
      ['publish', ['not-in-room'], 'not-in-room'],
      ['append', ['participant-gone'], 'participant-gone'],
    ];
    for (const [name, reply, code] of cases)
      assert.throws(() => scriptOf(name).parse(reply), { name: 'Refusal', code });
    for (const name of ['enter', 'append'] as const) {
      assert.throws(() => scriptOf(name).parse(['of-a-later-version']), /answered in a wrong form/);
    }
  });
});

test('arguments become texts in the order of the function', () => {
  const values = {
    rooms: ['a', 'b'],
    roomLimit: 9,
    node: 'n',
    participantId: 'ann',
    arrival: null,
    displayName: 'Ann',
    role: null,
    subject: 's',
    address: '',
    epoch: 'e',
    unlisted: true,
    knocks: false,
    roomCapacity: 50,
    roomsPerParticipant: 8,
  };
  const texts = ['n', 'ann', '', 'Ann', '', 's', '', 'e', '1', '0', '50', '8', '9', 'a', 'b'];
  assert.deepEqual(SCRIPTS.enter.encode(values), texts);
  const update = { node: 'n', room: 'a', participantId: 'ann', tracks: null, receivesVideo: false };
  assert.deepEqual(SCRIPTS.updateCall.encode(update), ['n', 'a', 'ann', '', '0']);
});
