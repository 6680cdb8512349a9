/** What the served build takes in place of files of the library does what those do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter as Theirs } from '@socket.io/component-emitter';
import { Emitter } from '../../components/served/event-emitter.ts';
import { byteLength, decode, encode } from '../../components/served/engine-basics.ts';

interface AnyEmitter {
  on(name: string, listener: (...values: unknown[]) => void): unknown;
  once(name: string, listener: (...values: unknown[]) => void): unknown;
  off(name?: string, listener?: (...values: unknown[]) => void): unknown;
  removeListener(name: string, listener: (...values: unknown[]) => void): unknown;
  removeAllListeners(name?: string): unknown;
  emit(name: string, ...values: unknown[]): unknown;
  hasListeners(name: string): boolean;
}

/** Everything that is done with one, and what is heard of it. */
function play(emitter: AnyEmitter): unknown[] {
  const heard: unknown[] = [];
  const a = (...values: unknown[]) => void heard.push(['a', ...values]);
  const b = (...values: unknown[]) => void heard.push(['b', ...values]);
  emitter.emit('nobody');
  emitter.on('x', a);
  emitter.once('x', b);
  emitter.emit('x', 1, 2);
  emitter.emit('x', 3);
  emitter.once('x', b);
  emitter.off('x', b);
  emitter.emit('x');
  emitter.on('x', () => emitter.on('x', b));
  emitter.emit('x', 'added while told');
  emitter.removeListener('x', b);
  emitter.on('__proto__', a);
  emitter.emit('__proto__', 4);
  heard.push(emitter.hasListeners('x'), emitter.hasListeners('y'));
  emitter.removeAllListeners('x');
  emitter.emit('x', 5);
  heard.push(emitter.hasListeners('x'));
  emitter.on('y', a);
  emitter.removeAllListeners();
  emitter.emit('y', 6);
  emitter.on('z', a);
  emitter.off();
  emitter.emit('z', 7);
  return heard;
}

test('the emitter tells the same, in the same order, as the one of the library', () => {
  const heard = play(new Emitter());
  assert.deepEqual(heard, play(new Theirs() as unknown as AnyEmitter));
  assert.ok(heard.length > 8);
});

test('what a class of the library emits is not what it sends', () => {
  class Sender extends Emitter {
    override emit(): this {
      throw new Error('sent');
    }
  }
  const sender = new Sender();
  const heard: unknown[] = [];
  sender.on('x', (value) => heard.push(value));
  sender.emitReserved('x', 1);
  assert.deepEqual(heard, [1]);
});

test('a query is read as it was written, and bytes are counted as they are sent', () => {
  const query = { EIO: '4', transport: 'websocket', sid: 'a b&c=d+é', t: '' };
  assert.deepEqual(decode(encode(query)), query);
  for (const text of ['', 'abc', 'é', '한국어', '👩‍👧', '\ud800'])
    assert.equal(byteLength(text), Buffer.byteLength(text));
});
