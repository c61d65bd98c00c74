import type { TableDeclaration } from 'migration-proof'

/** The settings of the server, by key. */
export const config: TableDeclaration = {
  name: 'config',
  since: 2,
  columns: {
    key: { type: 'TEXT', notNull: true, examples: ['domain_authority', 'oauth_signing_key', 'admin_dids'] },
    value: { type: 'TEXT', notNull: true },
    updated_at: { type: 'TEXT', notNull: true, default: "datetime('now')", values: 'date-time' },
  },
  key: ['key'],
}
