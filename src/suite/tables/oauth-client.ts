import type { TableDeclaration } from 'migration-proof'
import { jsonWebKeys, metadata, redirectUris, scopes, tokens } from './examples.ts'

/**
 * Client identifiers of RFC 7591, and of the AT Protocol, where they are the address of a document. They are few, so
 * that children find their parents.
 */
const ids = ['https://app.example/client-metadata.json', 'client-1', 'CLIENT-1', 'client-1\u0000', '']
const methods = ['none', 'client_secret_basic', 'private_key_jwt']

/** The OAuth clients that are registered. Four tables lose their rows with their client. */
export const oauthClient: TableDeclaration = {
  name: 'oauth_client',
  since: 6,
  columns: {
    client_id: { type: 'TEXT', values: ids },
    client_secret: { type: 'TEXT', secret: true, examples: tokens },
    client_name: { type: 'TEXT', notNull: true },
    redirect_uris: { type: 'TEXT', notNull: true, examples: redirectUris },
    grant_types: { type: 'TEXT', notNull: true, examples: ['authorization_code refresh_token'] },
    response_types: { type: 'TEXT', notNull: true, examples: ['code'] },
    scope: { type: 'TEXT', examples: scopes },
    token_endpoint_auth_method: { type: 'TEXT', notNull: true, examples: methods },
    client_type: { type: 'TEXT', notNull: true, examples: ['public', 'confidential'] },
    created_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    updated_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    metadata: { type: 'TEXT', notNull: true, default: "'{}'", examples: metadata },
    access_token_expiration: { type: 'INTEGER', notNull: true, default: '86400' },
    refresh_token_expiration: { type: 'INTEGER', notNull: true, default: '1209600' },
    require_redirect_exact: { type: 'INTEGER', notNull: true, default: '1', values: [0, 1] },
    registration_access_token: { type: 'TEXT', secret: true, examples: tokens },
    jwks: { type: 'TEXT', examples: jsonWebKeys },
  },
  key: ['client_id'],
}
