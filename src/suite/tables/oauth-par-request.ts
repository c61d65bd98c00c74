import type { TableDeclaration } from 'migration-proof'
import { dids, metadata } from './examples.ts'

/** References of RFC 9126. */
const uris = ['urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c', 'urn:example:bwc4JK']

/** The authorization requests that clients pushed. `client_id` has no index: the delete of a client reads it all. */
export const oauthParRequest: TableDeclaration = {
  name: 'oauth_par_request',
  since: 6,
  columns: {
    request_uri: { type: 'TEXT', examples: uris },
    authorization_request: { type: 'TEXT', notNull: true, values: 'json' },
    client_id: { type: 'TEXT', notNull: true },
    created_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    expires_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    subject: { type: 'TEXT', examples: dids },
    metadata: { type: 'TEXT', notNull: true, default: "'{}'", examples: metadata },
  },
  key: ['request_uri'],
  foreignKeys: [{ columns: ['client_id'], parent: 'oauth_client', onDelete: 'CASCADE' }],
  indexes: { idx_oauth_par_request_expires_at: ['expires_at'] },
  expiry: { column: 'expires_at', index: 'idx_oauth_par_request_expires_at' },
}
