import { AgeClock } from '../rooms/age-clock.ts';
import type { Database } from './database.ts';

/**
 * The clock that decides what the store under `DATA_DIR` may delete. It continues from the last time that an earlier
 * process accepted. A store of an earlier version has no such time; the clock then continues from the newest message.
 */
export async function openAgeClock(database: Database, now: () => number, steady?: () => number): Promise<AgeClock> {
  const [kept] = database.prepareQuery('SELECT believed FROM clock').all();
  const [newest] = database.prepareQuery('SELECT max(last_id) AS id FROM rooms').all();
  const believed = Number(kept?.['believed'] ?? Number.NaN);
  const posted = Number.parseInt(String(newest?.['id'] ?? '.'), 36);
  // An unreadable time counts as missing, because with it the clock would never delete anything.
  const time = [believed, posted].find((known) => Number.isSafeInteger(known)) ?? null;
  const ages = new AgeClock({ wall: now(), ...(time !== null && { believed: time }), ...(steady && { steady }) });
  await keepAgeClock(database, ages.read(now()));
  return ages;
}

/** Stores the accepted time, from which the next process continues. */
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
