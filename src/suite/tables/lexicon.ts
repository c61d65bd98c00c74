import type { TableDeclaration } from 'migration-proof'
import { collections } from './examples.ts'

/** The lexicon documents that the server was given. */
export const lexicon: TableDeclaration = {
  name: 'lexicon',
  since: 1,
  columns: {
    id: { type: 'TEXT', notNull: true, examples: collections },
    json: { type: 'TEXT', notNull: true, values: 'json' },
    created_at: { type: 'TEXT', notNull: true, default: "datetime('now')", values: 'date-time' },
  },
  key: ['id'],
  indexes: { idx_lexicon_created_at: ['created_at DESC'] },
}
