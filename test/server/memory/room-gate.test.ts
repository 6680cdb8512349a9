/** The bans of a room stay small, however many participants are banned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomGate } from '../../../server/memory/room-gate.ts';
import type { Entrant } from '../../../server/rooms/rooms.ts';

const STREET = '192.0.2.1';
const person = (id: string, more: Partial<Entrant> = {}): Entrant => ({
  id,
  displayName: id,
  role: null,
  subject: null,
  address: STREET,
  ...more,
});
const PRESENT = Array.from({ length: 50 }, (_, index) => `present-${index}-0123456789abcdef0123456789abcdef`);

const WAYS: [name: string, more: Partial<Entrant>][] = [
  ['guests of one address', {}],
  ['guests of this machine', { address: '' }],
  ['people with a subject', { subject: 'ann' }],
];

for (const [name, more] of WAYS) {
  test(`a thousand ${name} banned from a full room take less than 200 kB`, () => {
    const gate = new RoomGate(null, { admissionMs: 1_000 });
    for (let index = 0; index < 1_000; index++) {
      const one = person(`guest-${index}`, more);
      gate.pass(one);
      gate.ban(one.id, [...PRESENT, one.id]);
      gate.leave(one.id, 'participant', { mayReturn: false });
    }
    const bytes = JSON.stringify(gate.remembered([])).length;
    assert.ok(bytes < 200_000, `${bytes} bytes`);
    assert.ok(gate.isBanned(person('guest-999', more)));
  });
}

test('an address banned twice spares those whom both bans spare, and keeps every other guest out', () => {
  const gate = new RoomGate(null, { admissionMs: 1_000 });
  for (const id of ['ben', 'cho', 'dan', 'eve']) gate.pass(person(id));
  gate.ban('ben', ['ben', 'cho', 'dan']);
  gate.ban('cho', ['cho', 'dan', 'eve']);
  const again = new RoomGate({ locked: false, members: {}, bans: gate.bans }, { admissionMs: 1_000 });
  for (const known of [gate, again]) {
    assert.deepEqual(
      ['ben', 'cho', 'dan', 'eve', 'new'].filter((id) => known.isBanned(person(id))),
      ['ben', 'cho', 'eve', 'new'],
    );
    assert.deepEqual(
      ['ben', 'cho', 'dan', 'new'].filter((id) => known.isBanned(person(id, { address: '198.51.100.7' }))),
      ['ben', 'cho'],
    );
    assert.equal(known.isBanned(person('mia', { role: 'moderator' })), false);
  }
  gate.banAddress(STREET, []);
  assert.ok(gate.isBanned(person('dan')));
});
