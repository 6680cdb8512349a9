/** The packets of the served client, compared with those of `socket.io-parser`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as standard from 'socket.io-parser';
import * as ours from '../../components/served/text-parser.ts';

const PACKETS: ours.Packet[] = [
  { type: 0, nsp: '/' },
  { type: 0, nsp: '/', data: { sid: 'a', pid: 'b' } },
  { type: 0, nsp: '/rooms', data: { version: 1 } },
  { type: 1, nsp: '/' },
  { type: 1, nsp: '/rooms' },
  { type: 2, nsp: '/', data: ['chat:send', { text: '12["사랑방"], /a,b 🏠\n\u2028' }] },
  { type: 2, nsp: '/', id: 0, data: ['room:join', { room: 'a' }] },
  { type: 2, nsp: '/rooms', id: 4_711, data: ['x'] },
  { type: 3, nsp: '/', id: 12, data: [] },
  { type: 3, nsp: '/', id: 3, data: [{ ok: true, value: { list: [1, null, 'x'] } }] },
  { type: 4, nsp: '/', data: { message: 'no', data: { code: 'origin-refused' } } },
  { type: 4, nsp: '/', data: 'no' },
];

/** What the library's decoder reads from a frame. */
function decodeTheirs(frame: unknown): unknown {
  const decoder = new standard.Decoder();
  let decoded: unknown = 'nothing';
  decoder.on('decoded', (packet) => (decoded = packet));
  decoder.add(frame);
  return decoded;
}

describe('the packet format of Socket.IO', () => {
  for (const packet of PACKETS) {
    const [frame] = new standard.Encoder().encode(packet as never) as [string];
    test(`writes and reads ${frame} as the library does`, () => {
      assert.equal(ours.encode(packet), frame);
      assert.deepEqual(ours.decode(frame), decodeTheirs(frame));
      assert.deepEqual(ours.decode(frame), packet);
    });
  }

  for (const frame of [
    '',
    'x',
    '7',
    '9[]',
    '2',
    '2{}',
    '2[1',
    '2["a"',
    '3{}',
    '1{}',
    '4',
    '0[]',
    '/',
    '2/rooms',
    '51-["a"]',
    '{}',
    new Uint8Array([1]),
  ]) {
    test(`refuses the frame ${JSON.stringify(frame)}`, () => {
      assert.throws(() => ours.decode(frame));
    });
  }

  test('has the version and the packet types of the library', () => {
    assert.equal(ours.protocol, standard.protocol);
    for (const [name, type] of Object.entries(ours.PacketType))
      assert.equal(standard.PacketType[name as keyof typeof standard.PacketType] as number, type);
  });
});
