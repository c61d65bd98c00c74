import { defineTable, rowNumber, text, utcDateTime } from 'migration-proof/behaviour'
import { dateTimes } from './network.ts'
import { rowNumbers } from './values.ts'

/** The versions that were applied. */
export const schemaVersion = defineTable({
  name: 'schema_version',
  since: 1,
  key: ['version'],
  rowNumbers: 'reused',
  columns: {
    version: rowNumber(rowNumbers),
    applied_at: text(dateTimes).orNow(utcDateTime),
  },
})
