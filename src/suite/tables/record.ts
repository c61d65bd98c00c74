import type { TableDeclaration } from 'migration-proof'
import { collections, dids } from './examples.ts'

const uris = [
  'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3jui7kd54zh2y',
  'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.actor.profile/self',
  'at://did:web:alice.example/xyz.statusphere.status/3l4q7c4xyzs2a',
]
const cids = [
  'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a',
  'bafyreihffx5a2e7k5uwrmmgofbvzujc5cmw5h4espouwuxt3liqoflx3ee',
]

/** The records of the network that the server has indexed. */
export const record: TableDeclaration = {
  name: 'record',
  since: 1,
  columns: {
    uri: { type: 'TEXT', notNull: true, examples: uris },
    cid: { type: 'TEXT', notNull: true, examples: cids },
    did: { type: 'TEXT', notNull: true, examples: dids },
    collection: { type: 'TEXT', notNull: true, examples: collections },
    json: { type: 'TEXT', notNull: true, values: 'json' },
    indexed_at: { type: 'TEXT', notNull: true, default: "datetime('now')", values: 'date-time' },
  },
  key: ['uri'],
  indexes: {
    idx_record_collection: ['collection'],
    idx_record_did: ['did'],
    idx_record_did_collection: ['did', 'collection'],
    idx_record_indexed_at: ['indexed_at DESC'],
    idx_record_cid: { columns: ['cid'], since: 3 },
  },
}
