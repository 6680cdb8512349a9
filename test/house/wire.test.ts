/** `server/protocol.md` lists every event and error code of the protocol, and no event that does not exist. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERROR_CODES } from '../../server/protocol.ts';
import { firstColumns, readTables } from './documents.ts';
import { read } from './syntax.ts';

/** The quoted keys of an interface in `server/protocol.ts`. */
function keysOf(name: string): string[] {
  const text = read('server/protocol.ts');
  const body = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(text)?.[1] ?? '';
  return [...body.matchAll(/^ {2}'([a-z]+:[a-z-]+)'/gm)].map(([, key]) => key ?? '');
}

const events = [...keysOf('Commands'), ...keysOf('Facts')];
const told = firstColumns(readTables());

describe('the wire in protocol.md', () => {
  test('events are found in the protocol at all', () => {
    assert.ok(events.length >= 30, `${events.length} events`);
  });

  test('every event has a row', () => {
    assert.deepEqual(
      events.filter((event) => !told.includes(event)),
      [],
    );
  });

  test('every row has an event', () => {
    assert.deepEqual(
      told.filter((name) => /^[a-z]+:[a-z-]+$/.test(name) && !events.includes(name)),
      [],
    );
  });

  test('every error code has a row', () => {
    assert.deepEqual(
      ERROR_CODES.filter((code) => !told.includes(code)),
      [],
    );
  });
});
