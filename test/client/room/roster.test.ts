/** The roster after the server's state began again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Roster } from '../../../components/client/room/roster.ts';
import { participant } from '../../support/server/fake-transport.ts';

const inCall = (joinId: string, since: number) => ({
  joinId,
  tracks: [],
  receivesVideo: true,
  newcomerOffers: true as const,
  since,
});

test('holds presences in the call after a restart, but not the own place in it', () => {
  const roster = new Roster();
  const before = [participant('me', { call: inCall('m1', 2) }), participant('kim', { call: inCall('k1', 3) })];
  roster.handleSnapshot(before, false, null, 'me');
  roster.handleSnapshot([participant('me'), participant('kim')], true, 'me', 'me');
  assert.deepEqual(
    roster.shown.map(({ call }) => [call?.joinId, call?.since]),
    [
      ['m1', undefined],
      ['k1', 3],
    ],
  );
});
