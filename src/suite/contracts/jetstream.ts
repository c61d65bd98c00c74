import type { ContractDeclaration } from 'migration-proof'

const WRAPPED = 'datetime(timestamp) hides the column from its index, so that every row is read'

/** `jetstream_activity` and `jetstream_cursor`: the event stream of the network. */
export const jetstreamContracts: readonly ContractDeclaration[] = [
  {
    name: 'note an event',
    table: 'jetstream_activity',
    sql: `INSERT INTO jetstream_activity (timestamp, operation, collection, did, status, event_json)
      VALUES (?, ?, ?, ?, ?, ?)`,
    parameters: ['2025-11-25T00:00:00Z', 'create', 'app.bsky.feed.post', 'did:plc:a', 'processing', '{}'],
    access: { write: true },
  },
  {
    name: 'note what became of an event',
    table: 'jetstream_activity',
    sql: 'UPDATE jetstream_activity SET status = ?, error_message = ? WHERE id = ?',
    parameters: ['error', 'no such lexicon', 1n],
    access: { index: 'rowid' },
  },
  {
    name: 'list the newest 1000 events of the last hours',
    table: 'jetstream_activity',
    sql: `SELECT * FROM jetstream_activity WHERE datetime(timestamp) >= datetime('now', ?)
      ORDER BY timestamp DESC LIMIT 1000`,
    parameters: ['-24 hours'],
    access: { scan: WRAPPED, through: 'idx_jetstream_activity_timestamp' },
  },
  {
    name: 'delete the events that are older than some hours',
    table: 'jetstream_activity',
    sql: `DELETE FROM jetstream_activity WHERE datetime(timestamp) < datetime('now', ?)`,
    parameters: ['-168 hours'],
    access: { scan: WRAPPED },
  },
  {
    name: 'read the cursor',
    table: 'jetstream_cursor',
    sql: 'SELECT cursor FROM jetstream_cursor WHERE id = 1',
    parameters: [],
    access: { index: 'rowid' },
  },
  {
    name: 'insert or update the cursor',
    table: 'jetstream_cursor',
    sql: `INSERT INTO jetstream_cursor (id, cursor) VALUES (1, ?)
      ON CONFLICT (id) DO UPDATE SET cursor = excluded.cursor, updated_at = datetime('now')`,
    parameters: [1_764_028_800_000_000n],
    access: { write: true },
  },
  {
    name: 'delete the cursor',
    table: 'jetstream_cursor',
    sql: 'DELETE FROM jetstream_cursor WHERE id = 1',
    parameters: [],
    access: { index: 'rowid' },
  },
]
