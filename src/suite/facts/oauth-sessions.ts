import type { TableFacts } from 'migration-proof'

/** The sign-in sessions of the servers up to v5. Nothing purges them: `expires_at` has no index. */
export const oauthSessions: TableFacts = {
  name: 'oauth_sessions',
  since: 1,
  columns: [
    { name: 'session_id', type: 'TEXT', key: 1 },
    { name: 'access_token', type: 'TEXT', notNull: true },
    { name: 'refresh_token', type: 'TEXT' },
    { name: 'did', type: 'TEXT', notNull: true },
    { name: 'handle', type: 'TEXT', notNull: true },
    { name: 'expires_at', type: 'INTEGER' },
    { name: 'created_at', type: 'INTEGER', notNull: true, default: 'unixepoch()' },
  ],
  indexes: [],
  foreignKeys: [],
  checks: [],
}
