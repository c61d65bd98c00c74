import type { Migration } from 'migration-proof'

/** The server's own settings, by key. */
export const v2ConfigTable: Migration = {
  version: 2,
  name: 'config table',
  up: (connection) => {
    connection.exec(`
      CREATE TABLE IF NOT EXISTS config (
        key TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL,
        updated_at TEXT NOT NULL DEFAULT (datetime('now'))
      );
    `)
  },
}
