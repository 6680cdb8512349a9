import { AgeClock } from '../rooms/age-clock.ts';
import type { Database } from './database.ts';

/**
 * The clock by which things in the store under `DATA_DIR` are deleted. It goes on from the last time that an earlier
 * process believed; in the store of an earlier version from the time of the newest message.
 */
export async function openAgeClock(database: Database, now: () => number, steady?: () => number): Promise<AgeClock> {
  const [kept] = database.prepareQuery('SELECT believed FROM clock').all();
  const [newest] = database.prepareQuery('SELECT max(last_id) AS id FROM rooms').all();
  const believed = Number(kept?.['believed'] ?? Number.NaN);
  const posted = Number.parseInt(String(newest?.['id'] ?? '.'), 36);
  // What cannot be read is not there: a clock made of it would never delete anything.
  const time = [believed, posted].find((known) => Number.isSafeInteger(known)) ?? null;
  const ages = new AgeClock({ wall: now(), ...(time !== null && { believed: time }), ...(steady && { steady }) });
  await keepAgeClock(database, ages.read(now()));
  return ages;
}

/** Keeps the time that is believed now, from which the next process goes on. */
export async function keepAgeClock(database: Database, believed: number): Promise<void> {
  const { forget, note } = await database.prepareAll({
    forget: 'DELETE FROM clock',
    note: 'INSERT INTO clock (believed) VALUES (?)',
  });
  await database.write(() => {
    forget.run();
    note.run(believed);
  });
}
