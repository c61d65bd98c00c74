import { defineTable, index, text, utcDateTime } from 'migration-proof/behaviour'
import { cids, collections, dateTimes, dids, documents, recordUris } from './network.ts'

/** Records of the network. */
export const record = defineTable({
  name: 'record',
  since: 1,
  key: ['uri'],
  columns: {
    uri: text(recordUris).required(),
    cid: text(cids).required(),
    did: text(dids).required(),
    collection: text(collections).required(),
    json: text(documents).required(),
    indexed_at: text(dateTimes).orNow(utcDateTime),
  },
  indexes: [
    index('idx_record_collection', ['collection'], 1),
    index('idx_record_did', ['did'], 1),
    index('idx_record_did_collection', ['did', 'collection'], 1),
    index('idx_record_indexed_at', ['indexed_at DESC'], 1),
    index('idx_record_cid', ['cid'], 3),
  ],
})
