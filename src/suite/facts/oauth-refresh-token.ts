import type { TableFacts } from 'migration-proof'

/** The refresh tokens that were issued. One without `expires_at` never expires. */
export const oauthRefreshToken: TableFacts = {
  name: 'oauth_refresh_token',
  since: 6,
  columns: [
    { name: 'token', type: 'TEXT', key: 1 },
    { name: 'access_token', type: 'TEXT', notNull: true },
    { name: 'client_id', type: 'TEXT', notNull: true },
    { name: 'user_id', type: 'TEXT', notNull: true },
    { name: 'session_id', type: 'TEXT' },
    { name: 'scope', type: 'TEXT' },
    { name: 'created_at', type: 'INTEGER', notNull: true },
    { name: 'expires_at', type: 'INTEGER' },
    { name: 'revoked', type: 'INTEGER', notNull: true, default: '0' },
  ],
  indexes: [
    { name: 'idx_oauth_refresh_token_expires_at', since: 6, columns: ['expires_at'] },
    { name: 'idx_oauth_refresh_token_client_id', since: 6, columns: ['client_id'] },
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
  expiry: { column: 'expires_at', index: 'idx_oauth_refresh_token_expires_at', nullNeverExpires: true },
}
