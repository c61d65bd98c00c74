import type { TableFacts } from 'migration-proof'

/** The access tokens that were issued. */
export const oauthAccessToken: TableFacts = {
  name: 'oauth_access_token',
  since: 6,
  columns: [
    { name: 'token', type: 'TEXT', key: 1 },
    { name: 'token_type', type: 'TEXT', notNull: true, default: "'Bearer'" },
    { name: 'client_id', type: 'TEXT', notNull: true },
    { name: 'user_id', type: 'TEXT' },
    { name: 'session_id', type: 'TEXT' },
    { name: 'session_iteration', type: 'INTEGER' },
    { name: 'scope', type: 'TEXT' },
    { name: 'created_at', type: 'INTEGER', notNull: true },
    { name: 'expires_at', type: 'INTEGER', notNull: true },
    { name: 'revoked', type: 'INTEGER', notNull: true, default: '0' },
    { name: 'dpop_jkt', type: 'TEXT' },
  ],
  indexes: [
    { name: 'idx_oauth_access_token_expires_at', since: 6, columns: ['expires_at'] },
    { name: 'idx_oauth_access_token_client_id', since: 6, columns: ['client_id'] },
    { name: 'idx_oauth_access_token_user_id', since: 6, columns: ['user_id'] },
    { name: 'idx_oauth_access_token_dpop_jkt', since: 6, columns: ['dpop_jkt'] },
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
  expiry: { column: 'expires_at', index: 'idx_oauth_access_token_expires_at' },
}
