/** A short form of the bench `idle-lists`, with limits that hold on a busy machine too. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { median } from './figures.ts';
import { MeasuredList } from './measured-list.ts';

const ROOMS = 5_000;
/** Four times the targets of the bench, in milliseconds. */
const [MAX_CHANGE_MS, MAX_KEY_MS] = [16, 8];

describe('a list of five thousand rooms', () => {
  let list: MeasuredList;

  before(async () => {
    list = await MeasuredList.open(ROOMS);
  });

  after(() => list.close());

  test('takes a change in a few milliseconds of main thread', async () => {
    const { work, tasks } = await list.measureChanges(6);
    assert.equal(work.length, 6);
    assert.ok(median(work) > 0.5, `a change was drawn in ${median(work)} ms`);
    assert.ok(median(tasks) > 0.5, `a change took ${median(tasks)} ms of tasks`);
    assert.ok(median(work) < MAX_CHANGE_MS, `${median(work)} ms a change: ${work.join(', ')}`);
  });

  test('takes a key in a few milliseconds of main thread', async () => {
    const { work } = await list.measureKeys(['room 0'], false);
    assert.equal(work.length, 6);
    assert.ok(median(work) > 0.2, `a key was drawn in ${median(work)} ms`);
    assert.ok(median(work) < MAX_KEY_MS, `${median(work)} ms a key: ${work.join(', ')}`);
  });
});
