import type { TableDeclaration } from 'migration-proof'
import { collections, dids } from './examples.ts'

const outcomes = ['processing', 'success', 'validation_error', 'error']

/** What arrived from the event stream of the network, and what became of it. Its numbers are never used again. */
export const jetstreamActivity: TableDeclaration = {
  name: 'jetstream_activity',
  since: 4,
  columns: {
    id: { type: 'INTEGER' },
    timestamp: { type: 'TEXT', notNull: true, values: 'date-time' },
    operation: { type: 'TEXT', notNull: true, examples: ['create', 'update', 'delete'] },
    collection: { type: 'TEXT', notNull: true, examples: collections },
    did: { type: 'TEXT', notNull: true, examples: dids },
    status: { type: 'TEXT', notNull: true, examples: outcomes },
    error_message: { type: 'TEXT' },
    event_json: { type: 'TEXT', notNull: true, values: 'json' },
  },
  key: ['id'],
  autoincrement: true,
  indexes: { idx_jetstream_activity_timestamp: ['timestamp DESC'] },
}
