import type { TableFacts } from 'migration-proof'

/** How far the server has read the event stream: one row at most. */
export const jetstreamCursor: TableFacts = {
  name: 'jetstream_cursor',
  since: 5,
  columns: [
    { name: 'id', type: 'INTEGER', key: 1 },
    { name: 'cursor', type: 'INTEGER', notNull: true },
    { name: 'updated_at', type: 'TEXT', notNull: true, default: "datetime('now')" },
  ],
  indexes: [],
  foreignKeys: [],
  checks: ['id = 1'],
}
