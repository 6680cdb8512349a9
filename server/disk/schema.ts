/**
 * The tables of the store, and the steps from the file of an earlier version to this one.
 *
 * Each step brings a file from its place in the list to the next. Steps are never changed once they were shipped; new
 * ones are added. `PRAGMA user_version` counts the steps that a file has behind it.
 *
 * - A room without a name is one that was dropped: its messages are deleted little by little.
 * - `live` counts a room's messages, `gone` the remains of its deleted ones; `last_id` is the newest id it ever gave.
 * - `client_id` is JSON, because SQLite would not distinguish all texts. `body` is the message in JSON; null if it was
 *   deleted. `changed_after` is the newest id of the room when the message was edited or deleted.
 * - `clock` holds one row: the last accepted time (`rooms/age-clock.ts`).
 * - `record` holds one row: the settings of the store (`config/record.ts`).
 * - A name that begins with U+0001 belongs to a room of the other mode, with grants or without. No client can ask for
 *   it (`disk-record.ts`).
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

/** Tables that were added without a step, because an earlier server can still open the file and leaves them alone. */
export const ADDITIONS: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS clock (believed INTEGER NOT NULL)',
  'CREATE TABLE IF NOT EXISTS record (value TEXT NOT NULL)',
];

/**
 * Columns that were added without a step, because an earlier server names the columns that it writes. `subject` is the
 * subject of the author's grant; null if it is unknown or the message was deleted.
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
