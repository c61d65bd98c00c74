import { defineTable, index, integer, text, textInNumber } from 'migration-proof/behaviour'
import { dids } from './network.ts'
import { jsonWebKeys, scopes, sessionKeys, states, thumbprints, tokens } from './oauth.ts'
import { counts, seconds, texts } from './values.ts'

/** Bridge sessions, a row for each renewal. */
export const oauthAtpSession = defineTable({
  name: 'oauth_atp_session',
  since: 6,
  key: ['session_id', 'iteration'],
  columns: {
    session_id: text(sessionKeys).required(),
    iteration: integer(counts).required(),
    did: text(dids).optional(),
    session_created_at: integer(seconds).required(),
    atp_oauth_state: text(states).required(),
    signing_key_jkt: text(thumbprints).required(),
    dpop_key: text(jsonWebKeys).required(),
    access_token: text(tokens).optional(),
    refresh_token: text(tokens).optional(),
    access_token_created_at: integer(seconds).optional(),
    access_token_expires_at: integer(seconds).optional(),
    access_token_scopes: text(scopes).optional(),
    session_exchanged_at: integer(seconds).optional(),
    exchange_error: text(texts).optional(),
  },
  hazards: [textInNumber('iteration'), textInNumber('access_token_expires_at')],
  indexes: [
    index('idx_oauth_atp_session_did', ['did'], 6),
    index('idx_oauth_atp_session_access_token', ['access_token'], 6),
  ],
})
