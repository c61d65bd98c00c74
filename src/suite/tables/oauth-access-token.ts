import type { TableDeclaration } from 'migration-proof'
import { dids, scopes, sessions, thumbprints, tokens } from './examples.ts'

/** The access tokens that were issued, each to a client. */
export const oauthAccessToken: TableDeclaration = {
  name: 'oauth_access_token',
  since: 6,
  columns: {
    token: { type: 'TEXT', secret: true, examples: tokens },
    token_type: { type: 'TEXT', notNull: true, default: "'Bearer'", examples: ['Bearer', 'DPoP'] },
    client_id: { type: 'TEXT', notNull: true },
    user_id: { type: 'TEXT', examples: dids },
    session_id: { type: 'TEXT', examples: sessions },
    session_iteration: { type: 'INTEGER' },
    scope: { type: 'TEXT', examples: scopes },
    created_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    expires_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    revoked: { type: 'INTEGER', notNull: true, default: '0', values: [0, 1] },
    dpop_jkt: { type: 'TEXT', examples: thumbprints },
  },
  key: ['token'],
  foreignKeys: [{ columns: ['client_id'], parent: 'oauth_client', onDelete: 'CASCADE' }],
  references: [
    {
      columns: ['session_id', 'session_iteration'],
      parent: 'oauth_atp_session',
      parentColumns: ['session_id', 'iteration'],
    },
  ],
  indexes: {
    idx_oauth_access_token_expires_at: ['expires_at'],
    idx_oauth_access_token_client_id: ['client_id'],
    idx_oauth_access_token_user_id: ['user_id'],
    idx_oauth_access_token_dpop_jkt: ['dpop_jkt'],
  },
  expiry: { column: 'expires_at', index: 'idx_oauth_access_token_expires_at' },
}
