import type { TableDeclaration } from 'migration-proof'
import { dids, scopes, sessions, tokens } from './examples.ts'

/** The refresh tokens that were issued, each to a client. One without `expires_at` never expires. */
export const oauthRefreshToken: TableDeclaration = {
  name: 'oauth_refresh_token',
  since: 6,
  columns: {
    token: { type: 'TEXT', secret: true, examples: tokens },
    access_token: { type: 'TEXT', notNull: true, secret: true, examples: tokens },
    client_id: { type: 'TEXT', notNull: true },
    user_id: { type: 'TEXT', notNull: true, examples: dids },
    session_id: { type: 'TEXT', examples: sessions },
    scope: { type: 'TEXT', examples: scopes },
    created_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    expires_at: { type: 'INTEGER', values: 'seconds' },
    revoked: { type: 'INTEGER', notNull: true, default: '0', values: [0, 1] },
  },
  key: ['token'],
  foreignKeys: [{ columns: ['client_id'], parent: 'oauth_client', onDelete: 'CASCADE' }],
  references: [{ columns: ['access_token'], parent: 'oauth_access_token', parentColumns: ['token'] }],
  indexes: {
    idx_oauth_refresh_token_expires_at: ['expires_at'],
    idx_oauth_refresh_token_client_id: ['client_id'],
  },
  expiry: { column: 'expires_at', index: 'idx_oauth_refresh_token_expires_at' },
}
