import type { TableFacts } from 'migration-proof'

/** The sessions with the AT Protocol servers of the users, a row for each renewal. */
export const oauthAtpSession: TableFacts = {
  name: 'oauth_atp_session',
  since: 6,
  columns: [
    { name: 'session_id', type: 'TEXT', key: 1, notNull: true },
    { name: 'iteration', type: 'INTEGER', key: 2, notNull: true },
    { name: 'did', type: 'TEXT' },
    { name: 'session_created_at', type: 'INTEGER', notNull: true },
    { name: 'atp_oauth_state', type: 'TEXT', notNull: true },
    { name: 'signing_key_jkt', type: 'TEXT', notNull: true },
    { name: 'dpop_key', type: 'TEXT', notNull: true },
    { name: 'access_token', type: 'TEXT' },
    { name: 'refresh_token', type: 'TEXT' },
    { name: 'access_token_created_at', type: 'INTEGER' },
    { name: 'access_token_expires_at', type: 'INTEGER' },
    { name: 'access_token_scopes', type: 'TEXT' },
    { name: 'session_exchanged_at', type: 'INTEGER' },
    { name: 'exchange_error', type: 'TEXT' },
  ],
  indexes: [
    { name: 'idx_oauth_atp_session_did', since: 6, columns: ['did'] },
    { name: 'idx_oauth_atp_session_access_token', since: 6, columns: ['access_token'] },
  ],
  foreignKeys: [],
  checks: [],
}
