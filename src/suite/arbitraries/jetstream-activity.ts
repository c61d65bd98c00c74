import { defineTable, index, rowNumber, text } from 'migration-proof/behaviour'
import { collections, dateTimes, dids, documents } from './network.ts'
import { mostly, rowNumbers, texts } from './values.ts'

/** Events of the network; their numbers are never used again. */
export const jetstreamActivity = defineTable({
  name: 'jetstream_activity',
  since: 4,
  key: ['id'],
  rowNumbers: 'never reused',
  columns: {
    id: rowNumber(rowNumbers),
    timestamp: text(dateTimes).required(),
    operation: text(mostly('create', 'update', 'delete')).required(),
    collection: text(collections).required(),
    did: text(dids).required(),
    status: text(mostly('processing', 'success', 'validation_error', 'error')).required(),
    error_message: text(texts).optional(),
    event_json: text(documents).required(),
  },
  indexes: [index('idx_jetstream_activity_timestamp', ['timestamp DESC'], 4)],
})
