import { defineTable, index, text, utcDateTime } from 'migration-proof/behaviour'
import { dateTimes, documents, nsidKeys } from './network.ts'

/** Lexicon documents. */
export const lexicon = defineTable({
  name: 'lexicon',
  since: 1,
  key: ['id'],
  columns: {
    id: text(nsidKeys).required(),
    json: text(documents).required(),
    created_at: text(dateTimes).orNow(utcDateTime),
  },
  indexes: [index('idx_lexicon_created_at', ['created_at DESC'], 1)],
})
