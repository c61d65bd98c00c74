import type { Connection } from '../sql/connection.ts'

const state = `SELECT foreign_keys, defer_foreign_keys, legacy_alter_table, ignore_check_constraints, recursive_triggers,
  writable_schema, (SELECT group_concat(sql) FROM temp.sqlite_schema) AS own,
  (SELECT count(*) FROM pragma_database_list) AS databases
  FROM pragma_foreign_keys, pragma_defer_foreign_keys, pragma_legacy_alter_table, pragma_ignore_check_constraints,
  pragma_recursive_triggers, pragma_writable_schema`

/** What a connection has of its own, beside the database, that changes what the next migration does: as text, to compare. */
export function readConnectionState(connection: Connection): string {
  const [row = {}] = connection.all(state)
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))
}
