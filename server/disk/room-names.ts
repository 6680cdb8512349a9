/**
 * Renames rooms that an earlier version stored under names with invisible characters. Clients now ask for the names
 * without these characters. Runs at the start, before anything else reads the names.
 */
import type { Logger } from 'pino';
import { normalizeRoom } from '../texts.ts';
import { parseRoomMemory } from '../rooms/stored.ts';
import type { Database } from './database.ts';

/**
 * If two rooms get the same name, the one with the newer message keeps it. The other is dropped, and `ChatSweep`
 * deletes it.
 */
export async function stripRoomNames(database: Database, log: Logger): Promise<void> {
  const named = database.prepareQuery(
    "SELECT id, name FROM rooms WHERE name GLOB '*[^ -~]*' AND unicode(name) <> 1 ORDER BY id",
  );
  const unseen = named.all().filter(({ name }) => normalizeRoom(String(name)) !== name);
  if (unseen.length === 0) return;
  const { holder, newest, memory, drop, rename } = await database.prepareAll({
    holder: 'SELECT id FROM rooms WHERE name = ?',
    newest: "SELECT coalesce(max(id), '') AS id FROM messages WHERE room = ? AND body IS NOT NULL",
    memory: 'SELECT memory FROM rooms WHERE id = ?',
    drop: 'UPDATE rooms SET name = NULL, memory = NULL WHERE id = ?',
    rename: 'UPDATE rooms SET name = ?, memory = ? WHERE id = ?',
  });
  const newestOf = (room: number) => String(newest.get(room)?.['id']);
  const renamed = (room: number, name: string) => {
    const text = memory.get(room)?.['memory'];
    const known = text ? parseRoomMemory(text) : null;
    return known && JSON.stringify({ ...known, room: name });
  };
  await database.write(() => {
    for (const row of unseen) {
      const id = Number(row['id']);
      const before = String(row['name']);
      const name = normalizeRoom(before, true);
      const other = name === null ? undefined : holder.get(name)?.['id'];
      const keepsName = name !== null && (other === undefined || newestOf(id) > newestOf(Number(other)));
      if (keepsName && other !== undefined) {
        drop.run(Number(other));
        log.warn(
          { room: name, outcome: 'dropped' },
          'two rooms have the same name without invisible characters: the one with the older message is dropped',
        );
      }
      if (keepsName) rename.run(name, renamed(id, name), id);
      else drop.run(id);
      const outcome = keepsName ? 'renamed' : 'dropped';
      log.warn({ room: before, name, outcome }, 'the name of a stored room had invisible characters');
    }
  });
}
