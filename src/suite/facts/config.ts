import type { TableFacts } from 'migration-proof'

/** The settings of the server, by key. */
export const config: TableFacts = {
  name: 'config',
  since: 2,
  columns: [
    { name: 'key', type: 'TEXT', key: 1, notNull: true },
    { name: 'value', type: 'TEXT', notNull: true },
    { name: 'updated_at', type: 'TEXT', notNull: true, default: "datetime('now')" },
  ],
  indexes: [],
  foreignKeys: [],
  checks: [],
}
