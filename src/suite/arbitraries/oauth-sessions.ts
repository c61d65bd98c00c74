import { defineTable, integer, nullKey, text, textInNumber, unixSeconds } from 'migration-proof/behaviour'
import { dids, handles } from './network.ts'
import { sessionKeys, tokens } from './oauth.ts'
import { seconds } from './values.ts'

/** Sign-in sessions of the servers up to v5, expired and open, some without an end. */
export const oauthSessions = defineTable({
  name: 'oauth_sessions',
  since: 1,
  key: ['session_id'],
  columns: {
    session_id: text(sessionKeys).optional(),
    access_token: text(tokens).required(),
    refresh_token: text(tokens).optional(),
    did: text(dids).required(),
    handle: text(handles).required(),
    expires_at: integer(seconds).optional(),
    created_at: integer(seconds).orNow(unixSeconds),
  },
  hazards: [nullKey('session_id'), textInNumber('expires_at')],
})
