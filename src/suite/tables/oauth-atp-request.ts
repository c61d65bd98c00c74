import type { TableDeclaration } from 'migration-proof'
import { jsonWebKeys, nonces, states, verifiers } from './examples.ts'

/** The authorization requests of this server to AT Protocol servers. */
export const oauthAtpRequest: TableDeclaration = {
  name: 'oauth_atp_request',
  since: 6,
  columns: {
    oauth_state: { type: 'TEXT', examples: states },
    authorization_server: {
      type: 'TEXT',
      notNull: true,
      examples: ['https://bsky.social', 'https://pds.example'],
    },
    nonce: { type: 'TEXT', notNull: true, secret: true, examples: nonces },
    pkce_verifier: { type: 'TEXT', notNull: true, secret: true, examples: verifiers },
    signing_public_key: { type: 'TEXT', notNull: true, examples: jsonWebKeys },
    dpop_private_key: { type: 'TEXT', notNull: true, secret: true, examples: jsonWebKeys },
    created_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    expires_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
  },
  key: ['oauth_state'],
  indexes: { idx_oauth_atp_request_expires_at: ['expires_at'] },
  expiry: { column: 'expires_at', index: 'idx_oauth_atp_request_expires_at' },
}
