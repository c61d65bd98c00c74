import type { TableDeclaration } from 'migration-proof'
import { dids, handles, sessions, tokens } from './examples.ts'

/** The sign-in sessions of the servers up to v5. Nothing purges them: `expires_at` has no index. */
export const oauthSessions: TableDeclaration = {
  name: 'oauth_sessions',
  since: 1,
  columns: {
    session_id: { type: 'TEXT', examples: sessions },
    access_token: { type: 'TEXT', notNull: true, secret: true, examples: tokens },
    refresh_token: { type: 'TEXT', secret: true, examples: tokens },
    did: { type: 'TEXT', notNull: true, examples: dids },
    handle: { type: 'TEXT', notNull: true, examples: handles },
    expires_at: { type: 'INTEGER', values: 'seconds' },
    created_at: { type: 'INTEGER', notNull: true, default: 'unixepoch()', values: 'seconds' },
  },
  key: ['session_id'],
}
