// @ts-check
/**
 * Some files have the events already.
 *
 * @type {import('migration-proof').Migration}
 */
export const v4SessionsAndEvents = {
  version: 4,
  name: 'sessions and events',
  up: (connection) => {
    connection.exec(`
      CREATE TABLE IF NOT EXISTS event (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        about TEXT
      );
      CREATE TABLE session (
        token TEXT PRIMARY KEY,
        member INTEGER REFERENCES member (id) ON DELETE SET NULL,
        expires_at INTEGER NOT NULL,
        note
      );
      CREATE INDEX session_expires_at ON session (expires_at)
    `)
  },
}
