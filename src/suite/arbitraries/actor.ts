import { defineTable, index, text } from 'migration-proof/behaviour'
import { dateTimes, didKeys, handles } from './network.ts'

/** Accounts. */
export const actor = defineTable({
  name: 'actor',
  since: 1,
  key: ['did'],
  columns: {
    did: text(didKeys).required(),
    handle: text(handles).optional(),
    indexed_at: text(dateTimes).required(),
  },
  indexes: [index('idx_actor_handle', ['handle'], 1), index('idx_actor_indexed_at', ['indexed_at DESC'], 1)],
})
