import { defineTable, integer, nullKey, text, textInNumber, unixSeconds } from 'migration-proof/behaviour'
import { handles } from './network.ts'
import { challenges, stateKeys, verifiers } from './oauth.ts'
import { seconds } from './values.ts'

/** Sign-in attempts of the servers up to v5. */
export const oauthStates = defineTable({
  name: 'oauth_states',
  since: 1,
  key: ['state_id'],
  columns: {
    state_id: text(stateKeys).optional(),
    code_verifier: text(verifiers).required(),
    code_challenge: text(challenges).required(),
    login_hint: text(handles).required(),
    created_at: integer(seconds).orNow(unixSeconds),
  },
  hazards: [nullKey('state_id'), textInNumber('created_at')],
})
