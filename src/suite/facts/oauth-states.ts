import type { TableFacts } from 'migration-proof'

/** The sign-in attempts of the servers up to v5. */
export const oauthStates: TableFacts = {
  name: 'oauth_states',
  since: 1,
  columns: [
    { name: 'state_id', type: 'TEXT', key: 1 },
    { name: 'code_verifier', type: 'TEXT', notNull: true },
    { name: 'code_challenge', type: 'TEXT', notNull: true },
    { name: 'login_hint', type: 'TEXT', notNull: true },
    { name: 'created_at', type: 'INTEGER', notNull: true, default: 'unixepoch()' },
  ],
  indexes: [],
  foreignKeys: [],
  checks: [],
}
