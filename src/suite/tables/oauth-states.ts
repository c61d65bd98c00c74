import type { TableDeclaration } from 'migration-proof'
import { challenges, handles, states, verifiers } from './examples.ts'

/** The sign-in attempts of the servers up to v5. */
export const oauthStates: TableDeclaration = {
  name: 'oauth_states',
  since: 1,
  columns: {
    state_id: { type: 'TEXT', examples: states },
    code_verifier: { type: 'TEXT', notNull: true, secret: true, examples: verifiers },
    code_challenge: { type: 'TEXT', notNull: true, examples: challenges },
    login_hint: { type: 'TEXT', notNull: true, examples: handles },
    created_at: { type: 'INTEGER', notNull: true, default: 'unixepoch()', values: 'seconds' },
  },
  key: ['state_id'],
}
