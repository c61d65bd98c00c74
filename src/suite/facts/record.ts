import type { TableFacts } from 'migration-proof'

/** The records of the network that the server has indexed. */
export const record: TableFacts = {
  name: 'record',
  since: 1,
  columns: [
    { name: 'uri', type: 'TEXT', key: 1, notNull: true },
    { name: 'cid', type: 'TEXT', notNull: true },
    { name: 'did', type: 'TEXT', notNull: true },
    { name: 'collection', type: 'TEXT', notNull: true },
    { name: 'json', type: 'TEXT', notNull: true },
    { name: 'indexed_at', type: 'TEXT', notNull: true, default: "datetime('now')" },
  ],
  indexes: [
    { name: 'idx_record_collection', since: 1, columns: ['collection'] },
    { name: 'idx_record_did', since: 1, columns: ['did'] },
    { name: 'idx_record_did_collection', since: 1, columns: ['did', 'collection'] },
    { name: 'idx_record_indexed_at', since: 1, columns: ['indexed_at DESC'] },
    { name: 'idx_record_cid', since: 3, columns: ['cid'] },
  ],
  foreignKeys: [],
  checks: [],
}
