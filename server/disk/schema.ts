/**
 * What the tables of the store are, and how a file of an earlier version becomes one of this.
 *
 * Each step brings a file from its place in the list to the next; steps are never changed once they were shipped,
 * only added. `PRAGMA user_version` says how many a file has behind it.
 *
 * - A room without a name is one that was dropped: its messages go little by little.
 * - `live` and `gone` count a room's messages and what is left of its deleted ones; `last_id` is the newest id it ever gave.
 * - `client_id` is JSON, because a text of any kind must be told from every other one; `body` is the message in
 *   JSON, null where it was deleted. `changed_after` is the room's newest id when it was edited or deleted.
 * - `clock` holds one row: the last time that was believed (see `age-clock.ts`).
 * - `record` holds one row: the settings that the store is used with (see `store/record.ts`).
 * - A room's name that begins with U+0001 is one of the mode, with grants or without, that is not in use: nobody can ask
 *   for it (see `disk-record.ts`).
 */
export const STEPS: readonly string[] = [
  `
  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT UNIQUE,
    memory TEXT,
    live INTEGER NOT NULL DEFAULT 0,
    gone INTEGER NOT NULL DEFAULT 0,
    last_id TEXT
  );
  CREATE TABLE messages (
    room INTEGER NOT NULL,
    id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT,
    client_id TEXT NOT NULL,
    body TEXT,
    changed_after TEXT,
    PRIMARY KEY (room, id)
  );
  CREATE UNIQUE INDEX messages_by_sending ON messages (room, sender, client_id);
  CREATE INDEX messages_by_recipient ON messages (room, recipient, id);
  CREATE INDEX messages_by_sender ON messages (room, sender, id) WHERE recipient IS NOT NULL;
  CREATE INDEX messages_by_change ON messages (room, changed_after) WHERE changed_after IS NOT NULL;
  CREATE TABLE revocations (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
  `,
];

/** Tables that came without a step: an earlier server opens the file all the same, and leaves them alone. */
export const ADDITIONS: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS clock (believed INTEGER NOT NULL)',
  'CREATE TABLE IF NOT EXISTS record (value TEXT NOT NULL)',
];

/**
 * Columns that came without a step, for the same reason: an earlier server names the columns that it writes. `subject` is
 * the author's, as its grant says; null where it is not known, and where the message was deleted.
 */
export const COLUMNS: readonly { table: string; column: string; sql: string }[] = [
  {
    table: 'messages',
    column: 'subject',
    sql: `
      ALTER TABLE messages ADD COLUMN subject TEXT;
      CREATE INDEX messages_by_subject ON messages (subject, room, id) WHERE subject IS NOT NULL;
    `,
  },
];
