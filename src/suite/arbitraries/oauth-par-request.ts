import {
  cascade,
  defineTable,
  expiry,
  index,
  integer,
  nullKey,
  text,
  textInNumber,
} from 'migration-proof/behaviour'
import { dids, documents } from './network.ts'
import { clientIds, metadata, requestUris } from './oauth.ts'
import { seconds } from './values.ts'

/** Pushed authorization requests, each of a client. */
export const oauthParRequest = defineTable({
  name: 'oauth_par_request',
  since: 6,
  key: ['request_uri'],
  columns: {
    request_uri: text(requestUris).optional(),
    authorization_request: text(documents).required(),
    client_id: text(clientIds).required(),
    created_at: integer(seconds).required(),
    expires_at: integer(seconds).required(),
    subject: text(dids).optional(),
    metadata: text(metadata).orElse('{}'),
  },
  references: [cascade('client_id', 'oauth_client')],
  hazards: [nullKey('request_uri'), textInNumber('expires_at')],
  indexes: [index('idx_oauth_par_request_expires_at', ['expires_at'], 6)],
  expiry: expiry('expires_at', 'idx_oauth_par_request_expires_at'),
})
