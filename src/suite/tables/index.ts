import type { TableDeclaration } from 'migration-proof'
import { actor } from './actor.ts'
import { config } from './config.ts'
import { jetstreamActivity } from './jetstream-activity.ts'
import { jetstreamCursor } from './jetstream-cursor.ts'
import { lexicon } from './lexicon.ts'
import { oauthAccessToken } from './oauth-access-token.ts'
import { oauthAtpRequest } from './oauth-atp-request.ts'
import { oauthAtpSession } from './oauth-atp-session.ts'
import { oauthAuthRequest } from './oauth-auth-request.ts'
import { oauthClient } from './oauth-client.ts'
import { oauthDpopNonce } from './oauth-dpop-nonce.ts'
import { oauthParRequest } from './oauth-par-request.ts'
import { oauthRefreshToken } from './oauth-refresh-token.ts'
import { oauthSessions } from './oauth-sessions.ts'
import { oauthStates } from './oauth-states.ts'
import { record } from './record.ts'
import { schemaVersion } from './schema-version.ts'

/** Every table that any version has, as the specification says it is. */
export const tables: readonly TableDeclaration[] = [
  schemaVersion,
  record,
  actor,
  lexicon,
  oauthSessions,
  oauthStates,
  config,
  jetstreamActivity,
  jetstreamCursor,
  oauthClient,
  oauthAccessToken,
  oauthRefreshToken,
  oauthParRequest,
  oauthDpopNonce,
  oauthAuthRequest,
  oauthAtpSession,
  oauthAtpRequest,
]
