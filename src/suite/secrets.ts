import type { ReferenceFacts, SecretFacts } from 'migration-proof'

/** Columns that hold a secret as the server got or made it: whoever has the value may act in somebody's name. */
export const secrets: readonly SecretFacts[] = [
  ...secretsOf('oauth_sessions', 1, ['access_token', 'refresh_token']),
  ...secretsOf('oauth_states', 1, ['code_verifier']),
  ...secretsOf('oauth_client', 6, ['client_secret', 'registration_access_token']),
  ...secretsOf('oauth_access_token', 6, ['token']),
  ...secretsOf('oauth_refresh_token', 6, ['token', 'access_token']),
  ...secretsOf('oauth_dpop_nonce', 6, ['nonce']),
  ...secretsOf('oauth_auth_request', 6, ['nonce']),
  ...secretsOf('oauth_atp_session', 6, ['dpop_key', 'access_token', 'refresh_token']),
  ...secretsOf('oauth_atp_request', 6, ['nonce', 'pkce_verifier', 'dpop_private_key']),
]

/** Rows that belong together, as the server uses them, without a foreign key that says so. */
export const references: readonly ReferenceFacts[] = [
  {
    since: 6,
    table: 'oauth_access_token',
    columns: ['session_id', 'session_iteration'],
    parent: 'oauth_atp_session',
    parentColumns: ['session_id', 'iteration'],
  },
  {
    since: 6,
    table: 'oauth_refresh_token',
    columns: ['access_token'],
    parent: 'oauth_access_token',
    parentColumns: ['token'],
  },
]

function secretsOf(table: string, since: number, columns: readonly string[]): SecretFacts[] {
  return columns.map((column) => ({ table, since, column }))
}
