import type { TableFacts } from 'migration-proof'

/** The OAuth clients that are registered. Four tables lose their rows with their client. */
export const oauthClient: TableFacts = {
  name: 'oauth_client',
  since: 6,
  columns: [
    { name: 'client_id', type: 'TEXT', key: 1 },
    { name: 'client_secret', type: 'TEXT' },
    { name: 'client_name', type: 'TEXT', notNull: true },
    { name: 'redirect_uris', type: 'TEXT', notNull: true },
    { name: 'grant_types', type: 'TEXT', notNull: true },
    { name: 'response_types', type: 'TEXT', notNull: true },
    { name: 'scope', type: 'TEXT' },
    { name: 'token_endpoint_auth_method', type: 'TEXT', notNull: true },
    { name: 'client_type', type: 'TEXT', notNull: true },
    { name: 'created_at', type: 'INTEGER', notNull: true },
    { name: 'updated_at', type: 'INTEGER', notNull: true },
    { name: 'metadata', type: 'TEXT', notNull: true, default: "'{}'" },
    { name: 'access_token_expiration', type: 'INTEGER', notNull: true, default: '86400' },
    { name: 'refresh_token_expiration', type: 'INTEGER', notNull: true, default: '1209600' },
    { name: 'require_redirect_exact', type: 'INTEGER', notNull: true, default: '1' },
    { name: 'registration_access_token', type: 'TEXT' },
    { name: 'jwks', type: 'TEXT' },
  ],
  indexes: [],
  foreignKeys: [],
  checks: [],
}
