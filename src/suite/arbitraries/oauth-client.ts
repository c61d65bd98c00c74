import { defineTable, integer, nullKey, text, textInNumber } from 'migration-proof/behaviour'
import { clientIds, jsonWebKeys, metadata, redirectUris, scopes, tokens } from './oauth.ts'
import { counts, flags, mostly, seconds, texts } from './values.ts'

/** Registered OAuth clients. */
export const oauthClient = defineTable({
  name: 'oauth_client',
  since: 6,
  key: ['client_id'],
  columns: {
    client_id: text(clientIds).optional(),
    client_secret: text(tokens).optional(),
    client_name: text(texts).required(),
    redirect_uris: text(redirectUris).required(),
    grant_types: text(mostly('authorization_code refresh_token')).required(),
    response_types: text(mostly('code')).required(),
    scope: text(scopes).optional(),
    token_endpoint_auth_method: text(mostly('none', 'client_secret_basic', 'private_key_jwt')).required(),
    client_type: text(mostly('public', 'confidential')).required(),
    created_at: integer(seconds).required(),
    updated_at: integer(seconds).required(),
    metadata: text(metadata).orElse('{}'),
    access_token_expiration: integer(counts).orElse(86_400n),
    refresh_token_expiration: integer(counts).orElse(1_209_600n),
    require_redirect_exact: integer(flags).orElse(1n),
    registration_access_token: text(tokens).optional(),
    jwks: text(jsonWebKeys).optional(),
  },
  hazards: [nullKey('client_id'), textInNumber('created_at')],
})
