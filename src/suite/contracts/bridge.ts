import type { ContractDeclaration } from 'migration-proof'
import { NOW, primaryKeyOf } from './keys.ts'
import { purged, takenByKey } from './tokens.ts'

/** `oauth_atp_session` and `oauth_atp_request`: the bridge to the AT Protocol servers of the users. */
export const bridgeContracts: readonly ContractDeclaration[] = [
  {
    name: 'insert or replace a bridge session',
    table: 'oauth_atp_session',
    sql: `INSERT OR REPLACE INTO oauth_atp_session
      (session_id, iteration, session_created_at, atp_oauth_state, signing_key_jkt, dpop_key)
      VALUES (?, ?, ?, ?, ?, ?)`,
    parameters: ['session-1', 1n, NOW, 'state-1', 'thumbprint', '{}'],
    access: { write: true },
  },
  {
    name: 'find a bridge session by session_id and iteration',
    table: 'oauth_atp_session',
    sql: 'SELECT * FROM oauth_atp_session WHERE session_id = ? AND iteration = ?',
    parameters: ['session-1', 1n],
    access: { index: primaryKeyOf('oauth_atp_session') },
  },
  {
    name: 'find the highest iteration of a bridge session',
    table: 'oauth_atp_session',
    sql: 'SELECT * FROM oauth_atp_session WHERE session_id = ? ORDER BY iteration DESC LIMIT 1',
    parameters: ['session-1'],
    access: { index: primaryKeyOf('oauth_atp_session') },
  },
  {
    name: 'find the highest iteration of an atp_oauth_state',
    table: 'oauth_atp_session',
    sql: 'SELECT * FROM oauth_atp_session WHERE atp_oauth_state = ? ORDER BY iteration DESC LIMIT 1',
    parameters: ['state-1'],
    access: { scan: 'atp_oauth_state has no index, so that every session is read' },
    sorts: 'a state belongs to few iterations',
  },
  ...takenByKey('oauth_atp_request', 'oauth_state'),
  purged('oauth_atp_request'),
]
