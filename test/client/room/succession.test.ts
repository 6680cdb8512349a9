/** The moderator of a room whose participants lose and regain their connections: every page sees the same one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomSession } from '../../../components/client/index.ts';
import { Dice } from '../../support/dice.ts';
import { connect, joined } from '../../support/server/clients.ts';
import { startApp } from '../../support/server/server.ts';
import { TcpProxy } from '../../support/server/tcp-proxy.ts';
import { eventually, pass } from '../../support/waiting.ts';

const NAMES = ['Ada', 'Bo', 'Cho', 'Dan', 'Eve'] as const;
const ROUNDS = Number(process.env.SUCCESSION_ROUNDS ?? 4);
/** Shorter than some losses and longer than others, in milliseconds. */
const RETURN_MS = 600;

const moderatorsAt = (session: RoomSession): string[] =>
  session.store
    .get()
    .participants.filter(({ role }) => role === 'moderator')
    .map(({ id }) => id);

test('one participant moderates, the same on every page, after losses short and long', async (t) => {
  const { url } = await startApp(t, {}, { returnMs: RETURN_MS });
  const dice = new Dice(Number(process.env.SUCCESSION_SEED ?? Math.floor(Math.random() * 2 ** 31)));
  t.diagnostic(`seed ${dice.seed}`);
  const paths: TcpProxy[] = [];
  const sessions: RoomSession[] = [];
  for (const name of NAMES) {
    const path = await TcpProxy.start(t, url);
    paths.push(path);
    sessions.push(connect(t, path.url, name).join('hall'));
    await joined(sessions.at(-1)!, sessions.length);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const isAll = dice.between(0, 1) < 0.3;
    const lost = paths.filter(() => isAll || dice.between(0, 1) < 0.6);
    for (const path of lost) {
      path.goDown();
      await pass(dice.between(0, 60));
    }
    await pass(dice.between(0, 2 * RETURN_MS));
    for (const path of lost) {
      path.restore();
      await pass(dice.between(0, 200));
    }
    await eventually(
      `round ${round}: one moderator, the same for all`,
      () => {
        const seen = sessions.map((session) => ({
          all: session.store.get().participants.length,
          moderators: moderatorsAt(session).join(),
          state: session.store.get().state,
        }));
        const isSame = new Set(seen.map((one) => JSON.stringify(one))).size === 1;
        const [one] = seen;
        if (!isSame || one!.all !== NAMES.length || one!.moderators === '' || one!.moderators.includes(','))
          throw new Error(JSON.stringify(seen));
        assert.equal(sessions.filter((session) => session.store.get().role === 'moderator').length, 1);
        return true;
      },
      20_000,
    );
  }
});
