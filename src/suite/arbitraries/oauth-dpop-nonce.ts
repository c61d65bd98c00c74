import { defineTable, expiry, index, integer, nullKey, text, textInNumber } from 'migration-proof/behaviour'
import { nonceKeys } from './oauth.ts'
import { seconds } from './values.ts'

/** DPoP nonces. */
export const oauthDpopNonce = defineTable({
  name: 'oauth_dpop_nonce',
  since: 6,
  key: ['nonce'],
  columns: {
    nonce: text(nonceKeys).optional(),
    expires_at: integer(seconds).required(),
  },
  hazards: [nullKey('nonce'), textInNumber('expires_at')],
  indexes: [index('idx_oauth_dpop_nonce_expires_at', ['expires_at'], 6)],
  expiry: expiry('expires_at', 'idx_oauth_dpop_nonce_expires_at'),
})
