import type { Migration } from 'migration-proof'

/** How far the server has read the network's event stream: one row at most. */
export const v5JetstreamCursorTable: Migration = {
  version: 5,
  name: 'jetstream_cursor table',
  up: (connection) => {
    connection.exec(`
      CREATE TABLE IF NOT EXISTS jetstream_cursor (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        cursor INTEGER NOT NULL,
        updated_at TEXT NOT NULL DEFAULT (datetime('now'))
      );
    `)
  },
}
