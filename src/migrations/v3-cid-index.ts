import type { Migration } from 'migration-proof'

/** Records are also looked up by their CID. On a large file this index is most of the upgrade's work. */
export const v3CidIndex: Migration = {
  version: 3,
  name: 'CID index',
  up: (connection) => {
    connection.exec('CREATE INDEX IF NOT EXISTS idx_record_cid ON record(cid);')
  },
}
