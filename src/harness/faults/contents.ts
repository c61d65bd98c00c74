import type { MigrationPlan } from '../migrator/plan.ts'
import { quoteName } from '../sql/names.ts'
import { ByteSink } from './byte-sink.ts'
import type { WasmConnection } from './wasm-connection.ts'

/** All that a database holds: hashes that are equal only when the databases are. */
export interface Contents {
  readonly schema: string
  readonly rows: string
  /** Rows that lack their parent. Files in the field may have some; none may come or go. */
  readonly orphans: string
  /** The versions that it says were applied. */
  readonly versions: string
}

const parts = ['schema', 'rows', 'orphans', 'versions'] as const

export function isSameContents(expected: Contents, actual: Contents): boolean {
  return parts.every((part) => expected[part] === actual[part])
}

const sink = new ByteSink()

/**
 * Reads a database whole.
 *
 * @throws {VersionTableError} when the versions cannot be read
 */
export function readContents(connection: WasmConnection, plan: MigrationPlan): Contents {
  return {
    schema: hashQuery(connection, 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name'),
    rows: hashTables(connection),
    orphans: hashQuery(connection, 'PRAGMA foreign_key_check'),
    versions: plan.versions.read(connection).join(' '),
  }
}

/** The rows of each table in the order of storage, with the name of the table before them. */
function hashTables(connection: WasmConnection): string {
  sink.clear()
  const tables = connection.all(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name`,
  )
  for (const { name } of tables) {
    sink.appendText(String(name))
    connection.dump(`SELECT * FROM ${quoteName(String(name))} NOT INDEXED`, sink)
  }
  return sink.hash()
}

function hashQuery(connection: WasmConnection, sql: string): string {
  sink.clear()
  connection.dump(sql, sink)
  return sink.hash()
}
