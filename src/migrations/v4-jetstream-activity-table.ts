import type { Migration } from 'migration-proof'

/** What arrived from the network's event stream, and what became of it. */
export const v4JetstreamActivityTable: Migration = {
  version: 4,
  name: 'jetstream_activity table',
  up: (connection) => {
    connection.exec(`
      CREATE TABLE IF NOT EXISTS jetstream_activity (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        timestamp TEXT NOT NULL,
        operation TEXT NOT NULL,
        collection TEXT NOT NULL,
        did TEXT NOT NULL,
        status TEXT NOT NULL,
        error_message TEXT,
        event_json TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS idx_jetstream_activity_timestamp ON jetstream_activity(timestamp DESC);
    `)
  },
}
