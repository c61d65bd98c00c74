import type { TableFacts } from 'migration-proof'

/** The authorization requests of clients whose user is signing in elsewhere. */
export const oauthAuthRequest: TableFacts = {
  name: 'oauth_auth_request',
  since: 6,
  columns: [
    { name: 'session_id', type: 'TEXT', key: 1 },
    { name: 'client_id', type: 'TEXT', notNull: true },
    { name: 'redirect_uri', type: 'TEXT', notNull: true },
    { name: 'scope', type: 'TEXT' },
    { name: 'state', type: 'TEXT' },
    { name: 'code_challenge', type: 'TEXT' },
    { name: 'code_challenge_method', type: 'TEXT' },
    { name: 'response_type', type: 'TEXT', notNull: true },
    { name: 'nonce', type: 'TEXT' },
    { name: 'login_hint', type: 'TEXT' },
    { name: 'created_at', type: 'INTEGER', notNull: true },
    { name: 'expires_at', type: 'INTEGER', notNull: true },
  ],
  indexes: [
    { name: 'idx_oauth_auth_request_expires_at', since: 6, columns: ['expires_at'] },
    { name: 'idx_oauth_auth_request_client_id', since: 6, columns: ['client_id'] },
  ],
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
  expiry: { column: 'expires_at', index: 'idx_oauth_auth_request_expires_at' },
}
