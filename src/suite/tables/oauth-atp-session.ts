import type { TableDeclaration } from 'migration-proof'
import { dids, jsonWebKeys, scopes, sessions, states, thumbprints, tokens } from './examples.ts'

/** The sessions with the AT Protocol servers of the users, a row for each renewal. */
export const oauthAtpSession: TableDeclaration = {
  name: 'oauth_atp_session',
  since: 6,
  columns: {
    session_id: { type: 'TEXT', notNull: true, examples: sessions },
    iteration: { type: 'INTEGER', notNull: true },
    did: { type: 'TEXT', examples: dids },
    session_created_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    atp_oauth_state: { type: 'TEXT', notNull: true, examples: states },
    signing_key_jkt: { type: 'TEXT', notNull: true, examples: thumbprints },
    dpop_key: { type: 'TEXT', notNull: true, secret: true, examples: jsonWebKeys },
    access_token: { type: 'TEXT', secret: true, examples: tokens },
    refresh_token: { type: 'TEXT', secret: true, examples: tokens },
    access_token_created_at: { type: 'INTEGER', values: 'seconds' },
    access_token_expires_at: { type: 'INTEGER', values: 'seconds' },
    access_token_scopes: { type: 'TEXT', examples: scopes },
    session_exchanged_at: { type: 'INTEGER', values: 'seconds' },
    exchange_error: { type: 'TEXT' },
  },
  key: ['session_id', 'iteration'],
  indexes: {
    idx_oauth_atp_session_did: ['did'],
    idx_oauth_atp_session_access_token: ['access_token'],
  },
}
