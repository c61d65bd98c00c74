import type { TableFacts } from 'migration-proof'

/** The authorization requests that clients pushed. `client_id` has no index: the delete of a client reads it all. */
export const oauthParRequest: TableFacts = {
  name: 'oauth_par_request',
  since: 6,
  columns: [
    { name: 'request_uri', type: 'TEXT', key: 1 },
    { name: 'authorization_request', type: 'TEXT', notNull: true },
    { name: 'client_id', type: 'TEXT', notNull: true },
    { name: 'created_at', type: 'INTEGER', notNull: true },
    { name: 'expires_at', type: 'INTEGER', notNull: true },
    { name: 'subject', type: 'TEXT' },
    { name: 'metadata', type: 'TEXT', notNull: true, default: "'{}'" },
  ],
  indexes: [{ name: 'idx_oauth_par_request_expires_at', since: 6, columns: ['expires_at'] }],
  foreignKeys: [
    {
      columns: ['client_id'],
      parent: 'oauth_client',
      parentColumns: ['client_id'],
      onDelete: 'CASCADE',
      onUpdate: 'NO ACTION',
    },
  ],
  checks: [],
  expiry: { column: 'expires_at', index: 'idx_oauth_par_request_expires_at' },
}
