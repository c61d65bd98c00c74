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
import { handles } from './network.ts'
import { challenges, clientIds, nonces, redirectUris, scopes, sessionKeys, states } from './oauth.ts'
import { mostly, seconds } from './values.ts'

/** Authorization requests of clients whose user is signing in elsewhere. */
export const oauthAuthRequest = defineTable({
  name: 'oauth_auth_request',
  since: 6,
  key: ['session_id'],
  columns: {
    session_id: text(sessionKeys).optional(),
    client_id: text(clientIds).required(),
    redirect_uri: text(redirectUris).required(),
    scope: text(scopes).optional(),
    state: text(states).optional(),
    code_challenge: text(challenges).optional(),
    code_challenge_method: text(mostly('S256')).optional(),
    response_type: text(mostly('code')).required(),
    nonce: text(nonces).optional(),
    login_hint: text(handles).optional(),
    created_at: integer(seconds).required(),
    expires_at: integer(seconds).required(),
  },
  references: [cascade('client_id', 'oauth_client')],
  hazards: [nullKey('session_id'), textInNumber('expires_at')],
  indexes: [
    index('idx_oauth_auth_request_expires_at', ['expires_at'], 6),
    index('idx_oauth_auth_request_client_id', ['client_id'], 6),
  ],
  expiry: expiry('expires_at', 'idx_oauth_auth_request_expires_at'),
})
