import { defineTable, expiry, index, integer, nullKey, text, textInNumber } from 'migration-proof/behaviour'
import { jsonWebKeys, nonces, servers, stateKeys, verifiers } from './oauth.ts'
import { seconds } from './values.ts'

/** Requests of this server to AT Protocol servers. */
export const oauthAtpRequest = defineTable({
  name: 'oauth_atp_request',
  since: 6,
  key: ['oauth_state'],
  columns: {
    oauth_state: text(stateKeys).optional(),
    authorization_server: text(servers).required(),
    nonce: text(nonces).required(),
    pkce_verifier: text(verifiers).required(),
    signing_public_key: text(jsonWebKeys).required(),
    dpop_private_key: text(jsonWebKeys).required(),
    created_at: integer(seconds).required(),
    expires_at: integer(seconds).required(),
  },
  hazards: [nullKey('oauth_state'), textInNumber('expires_at')],
  indexes: [index('idx_oauth_atp_request_expires_at', ['expires_at'], 6)],
  expiry: expiry('expires_at', 'idx_oauth_atp_request_expires_at'),
})
