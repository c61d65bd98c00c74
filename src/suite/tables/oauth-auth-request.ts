import type { TableDeclaration } from 'migration-proof'
import { challenges, handles, nonces, redirectUris, scopes, sessions, states } from './examples.ts'

/** The authorization requests of clients whose user is signing in elsewhere. */
export const oauthAuthRequest: TableDeclaration = {
  name: 'oauth_auth_request',
  since: 6,
  columns: {
    session_id: { type: 'TEXT', examples: sessions },
    client_id: { type: 'TEXT', notNull: true },
    redirect_uri: { type: 'TEXT', notNull: true, examples: redirectUris },
    scope: { type: 'TEXT', examples: scopes },
    state: { type: 'TEXT', examples: states },
    code_challenge: { type: 'TEXT', examples: challenges },
    code_challenge_method: { type: 'TEXT', examples: ['S256'] },
    response_type: { type: 'TEXT', notNull: true, examples: ['code'] },
    nonce: { type: 'TEXT', secret: true, examples: nonces },
    login_hint: { type: 'TEXT', examples: handles },
    created_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    expires_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
  },
  key: ['session_id'],
  foreignKeys: [{ columns: ['client_id'], parent: 'oauth_client', onDelete: 'CASCADE' }],
  indexes: {
    idx_oauth_auth_request_expires_at: ['expires_at'],
    idx_oauth_auth_request_client_id: ['client_id'],
  },
  expiry: { column: 'expires_at', index: 'idx_oauth_auth_request_expires_at' },
}
