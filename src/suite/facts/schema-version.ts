import type { TableFacts } from 'migration-proof'

/** The versions that were applied, one row each; the highest is the current one. */
export const schemaVersion: TableFacts = {
  name: 'schema_version',
  since: 1,
  columns: [
    { name: 'version', type: 'INTEGER', key: 1 },
    { name: 'applied_at', type: 'TEXT', notNull: true, default: "datetime('now')" },
  ],
  indexes: [],
  foreignKeys: [],
  checks: [],
}
