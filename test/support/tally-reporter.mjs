import { sourceOf } from './compiled-tests.mjs';

/** @import { TestEvent } from 'node:test/reporters' */

/**
 * Reporter for Node's test runner: how many tests passed, failed and were skipped, the failed ones by name, and how
 * long each file took, as one line of JSON.
 * @param {AsyncIterable<TestEvent>} source
 */
export default async function* tally(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  /** @type {Record<string, number>} */
  const fileMs = {};
  /** @type {string[]} */
  const failures = [];
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const file = data.file && sourceOf(data.file);
    if (data.nesting === 0 && file) fileMs[file] = (fileMs[file] ?? 0) + data.details.duration_ms;
    if (data.details?.type === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined) counts.skipped++;
    else if (type === 'test:pass') counts.passed++;
    else {
      counts.failed++;
      failures.push(`${file ?? ''}: ${data.name}: ${causeOf(data.details.error)}`);
    }
  }
  yield JSON.stringify({ ...counts, fileMs, failures });
}

/**
 * What a test threw, without the wrapping of the test runner.
 * @param {Error & { cause?: unknown }} error
 */
function causeOf({ cause, message }) {
  return cause instanceof Error ? cause.message : message;
}
