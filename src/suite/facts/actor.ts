import type { TableFacts } from 'migration-proof'

/** The accounts that the server knows. */
export const actor: TableFacts = {
  name: 'actor',
  since: 1,
  columns: [
    { name: 'did', type: 'TEXT', key: 1, notNull: true },
    { name: 'handle', type: 'TEXT' },
    { name: 'indexed_at', type: 'TEXT', notNull: true },
  ],
  indexes: [
    { name: 'idx_actor_handle', since: 1, columns: ['handle'] },
    { name: 'idx_actor_indexed_at', since: 1, columns: ['indexed_at DESC'] },
  ],
  foreignKeys: [],
  checks: [],
}
