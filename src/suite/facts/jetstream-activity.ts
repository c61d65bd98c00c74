import type { TableFacts } from 'migration-proof'

/** What arrived from the event stream of the network, and what became of it. */
export const jetstreamActivity: TableFacts = {
  name: 'jetstream_activity',
  since: 4,
  columns: [
    { name: 'id', type: 'INTEGER', key: 1 },
    { name: 'timestamp', type: 'TEXT', notNull: true },
    { name: 'operation', type: 'TEXT', notNull: true },
    { name: 'collection', type: 'TEXT', notNull: true },
    { name: 'did', type: 'TEXT', notNull: true },
    { name: 'status', type: 'TEXT', notNull: true },
    { name: 'error_message', type: 'TEXT' },
    { name: 'event_json', type: 'TEXT', notNull: true },
  ],
  indexes: [{ name: 'idx_jetstream_activity_timestamp', since: 4, columns: ['timestamp DESC'] }],
  foreignKeys: [],
  checks: [],
  autoincrement: true,
}
