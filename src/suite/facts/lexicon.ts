import type { TableFacts } from 'migration-proof'

/** The lexicon documents that the server was given. */
export const lexicon: TableFacts = {
  name: 'lexicon',
  since: 1,
  columns: [
    { name: 'id', type: 'TEXT', key: 1, notNull: true },
    { name: 'json', type: 'TEXT', notNull: true },
    { name: 'created_at', type: 'TEXT', notNull: true, default: "datetime('now')" },
  ],
  indexes: [{ name: 'idx_lexicon_created_at', since: 1, columns: ['created_at DESC'] }],
  foreignKeys: [],
  checks: [],
}
