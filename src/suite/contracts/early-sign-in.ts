import type { ContractDeclaration } from 'migration-proof'
import { primaryKeyOf } from './keys.ts'

/** `oauth_sessions` and `oauth_states`: the servers up to v5 use them; the one of v6 no longer does. */
const lifetime = { until: 6 } as const

export const earlySignInContracts: readonly ContractDeclaration[] = [
  {
    ...lifetime,
    name: 'find a sign-in session',
    table: 'oauth_sessions',
    sql: 'SELECT * FROM oauth_sessions WHERE session_id = ?',
    parameters: ['session-1'],
    access: { index: primaryKeyOf('oauth_sessions') },
  },
  {
    ...lifetime,
    name: 'insert or update a sign-in session',
    table: 'oauth_sessions',
    sql: `INSERT INTO oauth_sessions (session_id, access_token, refresh_token, did, handle, expires_at)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (session_id) DO UPDATE SET access_token = excluded.access_token,
        refresh_token = excluded.refresh_token, expires_at = excluded.expires_at`,
    parameters: ['session-1', 'token', null, 'did:plc:a', 'alice.example', null],
    access: { write: true },
  },
  {
    ...lifetime,
    name: 'delete a sign-in session',
    table: 'oauth_sessions',
    sql: 'DELETE FROM oauth_sessions WHERE session_id = ?',
    parameters: ['session-1'],
    access: { index: primaryKeyOf('oauth_sessions') },
  },
  {
    ...lifetime,
    name: 'find a sign-in attempt',
    table: 'oauth_states',
    sql: 'SELECT * FROM oauth_states WHERE state_id = ?',
    parameters: ['state-1'],
    access: { index: primaryKeyOf('oauth_states') },
  },
  {
    ...lifetime,
    name: 'insert or update a sign-in attempt',
    table: 'oauth_states',
    sql: `INSERT INTO oauth_states (state_id, code_verifier, code_challenge, login_hint) VALUES (?, ?, ?, ?)
      ON CONFLICT (state_id) DO UPDATE SET code_verifier = excluded.code_verifier,
        code_challenge = excluded.code_challenge, login_hint = excluded.login_hint`,
    parameters: ['state-1', 'verifier', 'challenge', 'alice.example'],
    access: { write: true },
  },
  {
    ...lifetime,
    name: 'delete a sign-in attempt',
    table: 'oauth_states',
    sql: 'DELETE FROM oauth_states WHERE state_id = ?',
    parameters: ['state-1'],
    access: { index: primaryKeyOf('oauth_states') },
  },
]
