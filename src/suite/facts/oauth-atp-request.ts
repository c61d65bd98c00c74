import type { TableFacts } from 'migration-proof'

/** The authorization requests of this server to AT Protocol servers. */
export const oauthAtpRequest: TableFacts = {
  name: 'oauth_atp_request',
  since: 6,
  columns: [
    { name: 'oauth_state', type: 'TEXT', key: 1 },
    { name: 'authorization_server', type: 'TEXT', notNull: true },
    { name: 'nonce', type: 'TEXT', notNull: true },
    { name: 'pkce_verifier', type: 'TEXT', notNull: true },
    { name: 'signing_public_key', type: 'TEXT', notNull: true },
    { name: 'dpop_private_key', type: 'TEXT', notNull: true },
    { name: 'created_at', type: 'INTEGER', notNull: true },
    { name: 'expires_at', type: 'INTEGER', notNull: true },
  ],
  indexes: [{ name: 'idx_oauth_atp_request_expires_at', since: 6, columns: ['expires_at'] }],
  foreignKeys: [],
  checks: [],
  expiry: { column: 'expires_at', index: 'idx_oauth_atp_request_expires_at' },
}
