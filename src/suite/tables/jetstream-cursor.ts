import type { TableDeclaration } from 'migration-proof'

/** How far the server has read the event stream: one row at most. */
export const jetstreamCursor: TableDeclaration = {
  name: 'jetstream_cursor',
  since: 5,
  columns: {
    id: { type: 'INTEGER', values: [1] },
    cursor: { type: 'INTEGER', notNull: true },
    updated_at: { type: 'TEXT', notNull: true, default: "datetime('now')", values: 'date-time' },
  },
  key: ['id'],
  checks: [
    {
      sql: 'id = 1',
      holds: ({ id }) => id === null || id === 1n,
      refuses: [{ id: 0n }, { id: 2n }, { id: -1n }, { id: 2n ** 53n + 1n }],
    },
  ],
}
