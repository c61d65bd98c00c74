// @ts-check
/**
 * As some tools write it, so that files from before versions are adopted.
 *
 * @type {import('migration-proof').Migration}
 */
export const v1Members = {
  version: 1,
  name: 'members',
  up: (connection) => {
    connection.exec(`
      CREATE TABLE IF NOT EXISTS member (
        id INTEGER PRIMARY KEY,
        email TEXT NOT NULL COLLATE NOCASE UNIQUE,
        kind TEXT NOT NULL DEFAULT 'guest' CHECK (kind IN ('guest', 'member'))
      )
    `)
  },
}
