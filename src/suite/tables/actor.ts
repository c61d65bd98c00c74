import type { TableDeclaration } from 'migration-proof'
import { dids, handles } from './examples.ts'

/** The accounts that the server knows. */
export const actor: TableDeclaration = {
  name: 'actor',
  since: 1,
  columns: {
    did: { type: 'TEXT', notNull: true, examples: dids },
    handle: { type: 'TEXT', examples: handles },
    indexed_at: { type: 'TEXT', notNull: true, values: 'date-time' },
  },
  key: ['did'],
  indexes: { idx_actor_handle: ['handle'], idx_actor_indexed_at: ['indexed_at DESC'] },
}
