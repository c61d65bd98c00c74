import type { TableDeclaration } from 'migration-proof'
import { nonces } from './examples.ts'

/** The DPoP nonces that were handed out. */
export const oauthDpopNonce: TableDeclaration = {
  name: 'oauth_dpop_nonce',
  since: 6,
  columns: {
    nonce: { type: 'TEXT', secret: true, examples: nonces },
    expires_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
  },
  key: ['nonce'],
  indexes: { idx_oauth_dpop_nonce_expires_at: ['expires_at'] },
  expiry: { column: 'expires_at', index: 'idx_oauth_dpop_nonce_expires_at' },
}
