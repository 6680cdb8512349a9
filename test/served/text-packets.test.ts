/** The packets of the served client, compared with those of `engine.io-parser`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as standard from 'engine.io-parser';
import { decodePayload, encodePayload } from '../../components/served/polling.ts';
import * as ours from '../../components/served/text-packets.ts';

const PACKETS: ours.EnginePacket[] = [
  { type: 'open', data: '{"sid":"a"}' },
  { type: 'close' },
  { type: 'ping' },
  { type: 'ping', data: 'probe' },
  { type: 'pong' },
  { type: 'message', data: '2["chat:send",{"text":"사랑방 🏠\\u2028"}]' },
  { type: 'upgrade' },
  { type: 'noop' },
];

/** What the library's parser hands to its callback at once, because the packets are text. */
function heard(encode: (done: (encoded: unknown) => void) => void): unknown {
  let result: unknown;
  encode((encoded) => (result = encoded));
  return result;
}

const encodeTheirs = (packet: ours.EnginePacket) =>
  heard((done) => standard.encodePacket(packet as never, true, done as never));
const encodeAllTheirs = (packets: readonly ours.EnginePacket[]) =>
  heard((done) => standard.encodePayload(packets as never, done));

describe('the packet format of Engine.IO', () => {
  for (const packet of PACKETS) {
    test(`writes and reads ${JSON.stringify(packet)} as the library does`, () => {
      assert.equal(ours.encodePacket(packet), encodeTheirs(packet));
      assert.deepEqual(ours.decodePacket(ours.encodePacket(packet)), packet);
      assert.deepEqual(standard.decodePacket(ours.encodePacket(packet)), packet);
    });
  }

  for (const frame of ['', 'x', '7', '9{}', '-1', ' 4']) {
    test(`refuses the frame ${JSON.stringify(frame)}`, () => {
      assert.deepEqual(ours.decodePacket(frame), standard.decodePacket(frame));
      assert.equal(ours.decodePacket(frame).type, 'error');
    });
  }

  test('refuses binary packets, because the wire has none', () => {
    assert.equal(ours.decodePacket(new Uint8Array([52])).type, 'error');
    assert.equal(ours.decodePacket('bAAAA').type, 'error');
  });

  test('reads several packets of one body, up to the first broken one', () => {
    assert.equal(encodePayload(PACKETS), encodeAllTheirs(PACKETS));
    for (const payload of [encodePayload(PACKETS), '', '4a', '4a\x1ex\x1e4b']) {
      assert.deepEqual(decodePayload(payload), standard.decodePayload(payload));
    }
  });

  test('has the version of the library', () => assert.equal(ours.protocol, standard.protocol));
});
