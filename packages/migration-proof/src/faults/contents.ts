import type { MigrationPlan } from '../migrator/plan.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { ByteSink, type WasmConnection } from './wasm-connection.ts'

/**
 * All that a database holds: hashes that are equal only when the databases are. Of the tables of versions, it is the
 * versions that the store reads and the number of rows: a time beside a version is another in each run.
 */
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
    rows: hashTables(connection, plan),
    orphans: hashQuery(connection, 'PRAGMA foreign_key_check'),
    versions: JSON.stringify(plan.versions.read(connection)),
  }
}

/** The rows of each table in the order of storage, with the name of the table before them. */
function hashTables(connection: WasmConnection, { versions }: MigrationPlan): string {
  const versionTables = new Set(versions.tables.map(foldName))
  sink.clear()
  const tables = connection.all(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name`,
  )
  for (const { name } of tables) {
    sink.appendText(String(name))
    const columns = versionTables.has(foldName(String(name))) ? 'count(*)' : '*'
    connection.dump(`SELECT ${columns} FROM ${quoteName(String(name))} NOT INDEXED`, sink)
  }
  return sink.hash()
}

function hashQuery(connection: WasmConnection, sql: string): string {
  sink.clear()
  connection.dump(sql, sink)
  return sink.hash()
}
