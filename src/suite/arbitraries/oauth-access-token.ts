import {
  cascade,
  defineTable,
  expiry,
  index,
  integer,
  nullKey,
  text,
  textInNumber,
} from 'migration-proof/behaviour'
import { dids } from './network.ts'
import { clientIds, scopes, sessionIds, thumbprints, tokenKeys, tokenTypes } from './oauth.ts'
import { counts, flags, seconds } from './values.ts'

/** Access tokens, each of a client. */
export const oauthAccessToken = defineTable({
  name: 'oauth_access_token',
  since: 6,
  key: ['token'],
  columns: {
    token: text(tokenKeys).optional(),
    token_type: text(tokenTypes).orElse('Bearer'),
    client_id: text(clientIds).required(),
    user_id: text(dids).optional(),
    session_id: text(sessionIds).optional(),
    session_iteration: integer(counts).optional(),
    scope: text(scopes).optional(),
    created_at: integer(seconds).required(),
    expires_at: integer(seconds).required(),
    revoked: integer(flags).orElse(0n),
    dpop_jkt: text(thumbprints).optional(),
  },
  references: [cascade('client_id', 'oauth_client')],
  hazards: [nullKey('token'), textInNumber('expires_at')],
  indexes: [
    index('idx_oauth_access_token_expires_at', ['expires_at'], 6),
    index('idx_oauth_access_token_client_id', ['client_id'], 6),
    index('idx_oauth_access_token_user_id', ['user_id'], 6),
    index('idx_oauth_access_token_dpop_jkt', ['dpop_jkt'], 6),
  ],
  expiry: expiry('expires_at', 'idx_oauth_access_token_expires_at'),
})
