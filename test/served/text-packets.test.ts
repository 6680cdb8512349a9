/** Our text packets are what the library's own parser says and understands, as far as text goes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as standard from 'engine.io-parser';
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

const encode = (codec: typeof ours, packet: ours.EnginePacket): unknown => {
  let encoded: unknown;
  codec.encodePacket(packet, true, (text) => (encoded = text));
  return encoded;
};

const encodeAll = (codec: typeof ours, packets: readonly ours.EnginePacket[]): unknown => {
  let encoded: unknown;
  codec.encodePayload(packets, (text) => (encoded = text));
  return encoded;
};

const theirs = standard as unknown as typeof ours;

describe('text packets', () => {
  for (const packet of PACKETS) {
    test(`say and understand ${JSON.stringify(packet)}`, () => {
      assert.equal(encode(ours, packet), encode(theirs, packet));
      assert.deepEqual(ours.decodePacket(encode(ours, packet)), packet);
      assert.deepEqual(theirs.decodePacket(encode(ours, packet)), packet);
    });
  }

  for (const frame of ['', 'x', '7', '9{}', '-1', ' 4']) {
    test(`refuse what is no packet: ${JSON.stringify(frame)}`, () => {
      assert.deepEqual(ours.decodePacket(frame), theirs.decodePacket(frame));
      assert.equal(ours.decodePacket(frame).type, 'error');
    });
  }

  test('refuse binary ones, of which the wire has none', () => {
    assert.equal(ours.decodePacket(new Uint8Array([52])).type, 'error');
    assert.equal(ours.decodePacket('bAAAA').type, 'error');
  });

  test('go several at a time, up to the first that is none', () => {
    assert.equal(encodeAll(ours, PACKETS), encodeAll(theirs, PACKETS));
    for (const payload of [encodeAll(ours, PACKETS) as string, '', '4a', '4a\x1ex\x1e4b']) {
      assert.deepEqual(ours.decodePayload(payload), theirs.decodePayload(payload));
    }
  });

  test('are of the standard version', () => assert.equal(ours.protocol, standard.protocol));
});
