/** @import { TestEvent } from 'node:test/reporters' */

/**
 * Reporter for Node's test runner: how many tests passed, failed and were skipped, and how long each file took, as one
 * line of JSON.
 * @param {AsyncIterable<TestEvent>} source
 */
export default async function* tally(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  /** @type {Record<string, number>} */
  const fileMs = {};
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.nesting === 0 && data.file) fileMs[data.file] = (fileMs[data.file] ?? 0) + data.details.duration_ms;
    if (data.details?.type === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined) counts.skipped++;
    else counts[type === 'test:pass' ? 'passed' : 'failed']++;
  }
  yield JSON.stringify({ ...counts, fileMs });
}
