import type { ContractDeclaration } from 'migration-proof'
import { NOW, primaryKeyOf } from './keys.ts'

const BY_SESSION = 'session_id has no index, so that every token is read'

/** The tokens and requests of this server's own OAuth clients. */
export const tokenContracts: readonly ContractDeclaration[] = [
  ...foundByKey('oauth_access_token', 'token'),
  ...foundByKey('oauth_refresh_token', 'token'),
  ...takenByKey('oauth_par_request', 'request_uri'),
  ...takenByKey('oauth_dpop_nonce', 'nonce'),
  ...takenByKey('oauth_auth_request', 'session_id'),
  purged('oauth_access_token'),
  purged('oauth_refresh_token', 'expires_at IS NOT NULL AND expires_at <= ?'),
  purged('oauth_par_request'),
  purged('oauth_dpop_nonce'),
  purged('oauth_auth_request'),
  newestOfSession('oauth_access_token'),
  newestOfSession('oauth_refresh_token'),
  revoked('oauth_access_token'),
  revoked('oauth_refresh_token'),
  {
    name: 'find the access tokens that are bound to a DPoP key and not revoked',
    table: 'oauth_access_token',
    sql: 'SELECT * FROM oauth_access_token WHERE dpop_jkt = ? AND revoked = 0',
    parameters: ['0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'],
    access: { index: 'idx_oauth_access_token_dpop_jkt' },
  },
]

/** The row of a key. */
function foundByKey(table: string, key: string): ContractDeclaration[] {
  return [
    {
      name: `find a row of ${table} by ${key}`,
      table,
      sql: `SELECT * FROM ${table} WHERE ${key} = ?`,
      parameters: ['a-key'],
      access: { index: primaryKeyOf(table) },
    },
  ]
}

/** The row of a key, which is read once and then deleted. */
export function takenByKey(table: string, key: string): ContractDeclaration[] {
  return [
    ...foundByKey(table, key),
    {
      name: `delete a row of ${table} by ${key}`,
      table,
      sql: `DELETE FROM ${table} WHERE ${key} = ?`,
      parameters: ['a-key'],
      access: { index: primaryKeyOf(table) },
    },
  ]
}

/** The rows that have expired, deleted. */
export function purged(table: string, expired = 'expires_at <= ?'): ContractDeclaration {
  return {
    name: `purge the expired rows of ${table}`,
    table,
    sql: `DELETE FROM ${table} WHERE ${expired}`,
    parameters: [NOW],
    access: { index: `idx_${table}_expires_at` },
  }
}

function newestOfSession(table: string): ContractDeclaration {
  return {
    name: `find the newest row of ${table} of a session that is not revoked`,
    table,
    sql: `SELECT * FROM ${table} WHERE session_id = ? AND revoked = 0 ORDER BY created_at DESC LIMIT 1`,
    parameters: ['session-1'],
    access: { scan: BY_SESSION },
    sorts: 'a session has few tokens',
  }
}

function revoked(table: string): ContractDeclaration {
  return {
    name: `revoke a row of ${table}`,
    table,
    sql: `UPDATE ${table} SET revoked = 1 WHERE token = ?`,
    parameters: ['a-token'],
    access: { index: primaryKeyOf(table) },
  }
}
