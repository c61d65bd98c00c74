import type { TableDeclaration } from 'migration-proof'

/** The versions that were applied, one row each; the highest is the current one. */
export const schemaVersion: TableDeclaration = {
  name: 'schema_version',
  since: 1,
  columns: {
    version: { type: 'INTEGER' },
    applied_at: { type: 'TEXT', notNull: true, default: "datetime('now')", values: 'date-time' },
  },
  key: ['version'],
}
