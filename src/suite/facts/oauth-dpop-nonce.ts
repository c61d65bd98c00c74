import type { TableFacts } from 'migration-proof'

/** The DPoP nonces that were handed out. */
export const oauthDpopNonce: TableFacts = {
  name: 'oauth_dpop_nonce',
  since: 6,
  columns: [
    { name: 'nonce', type: 'TEXT', key: 1 },
    { name: 'expires_at', type: 'INTEGER', notNull: true },
  ],
  indexes: [{ name: 'idx_oauth_dpop_nonce_expires_at', since: 6, columns: ['expires_at'] }],
  foreignKeys: [],
  checks: [],
  expiry: { column: 'expires_at', index: 'idx_oauth_dpop_nonce_expires_at' },
}
