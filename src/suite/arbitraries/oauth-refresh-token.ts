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
import { clientIds, scopes, sessionIds, tokenKeys, tokens } from './oauth.ts'
import { flags, seconds } from './values.ts'

/** Refresh tokens, each of a client; one without an expiry never expires. */
export const oauthRefreshToken = defineTable({
  name: 'oauth_refresh_token',
  since: 6,
  key: ['token'],
  columns: {
    token: text(tokenKeys).optional(),
    access_token: text(tokens).required(),
    client_id: text(clientIds).required(),
    user_id: text(dids).required(),
    session_id: text(sessionIds).optional(),
    scope: text(scopes).optional(),
    created_at: integer(seconds).required(),
    expires_at: integer(seconds).optional(),
    revoked: integer(flags).orElse(0n),
  },
  references: [cascade('client_id', 'oauth_client')],
  hazards: [nullKey('token'), textInNumber('expires_at')],
  indexes: [
    index('idx_oauth_refresh_token_expires_at', ['expires_at'], 6),
    index('idx_oauth_refresh_token_client_id', ['client_id'], 6),
  ],
  expiry: expiry(
    'expires_at',
    'idx_oauth_refresh_token_expires_at',
    'expires_at IS NOT NULL AND expires_at <= ?',
  ),
})
