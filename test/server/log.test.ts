/** What the log records of an error: never the other properties that a library attaches to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeError } from '../../server/log.ts';

test('records name, code, message and frames, and the same of the cause', () => {
  const cause = Object.assign(new TypeError('why'), { code: 'ECONNREFUSED', text: 'secret' });
  const error = Object.assign(new Error('two\nlines', { cause }), {
    code: 'SQLITE_FULL',
    command: { args: ['secret'] },
    errors: [new Error('secret')],
  });
  error.name = 'ReplyError';
  const { stack, cause: described, ...rest } = describeError(error);
  assert.deepEqual(rest, { type: 'ReplyError', code: 'SQLITE_FULL', message: 'two\nlines' });
  assert.match(stack ?? '', /^ {4}at .*log\.test\.ts/);
  assert.deepEqual({ ...described, stack: '' }, { type: 'TypeError', code: 'ECONNREFUSED', message: 'why', stack: '' });
  assert.doesNotMatch(JSON.stringify(describeError(error)), /secret/);
});

test('does not quote text that could not be parsed', () => {
  for (const text of ['secret-text', '{"a": secret}', '[1,\n"secret]']) {
    assert.throws(
      () => JSON.parse(text),
      (error) => {
        const described = describeError(error);
        assert.equal(described.type, 'SyntaxError');
        assert.match(described.stack ?? '', /^ {4}at JSON\.parse/);
        return !JSON.stringify(described).includes('secret');
      },
    );
  }
});

test('records values that are no errors, and errors without frames or with a code of another type', () => {
  assert.deepEqual(describeError('secret'), { type: 'string' });
  assert.deepEqual(describeError({ message: 'secret' }), { type: 'object' });
  assert.deepEqual(describeError(undefined), { type: 'undefined' });
  assert.deepEqual(describeError(Object.assign(new RangeError('x'), { stack: 'secret', code: { secret: 1 } })), {
    type: 'RangeError',
    message: 'x',
  });
  assert.deepEqual(describeError(Object.assign(new Error('x', { cause: 'secret' }), { stack: '' })), {
    type: 'Error',
    message: 'x',
  });
});
