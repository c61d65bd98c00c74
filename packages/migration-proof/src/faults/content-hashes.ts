import type { MigrationPlan } from '../migrator/plan.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { ByteSink, type WasmConnection } from './wasm-connection.ts'

/**
 * Hashes of everything that a database holds, equal only if the databases are. The version store is represented by the
 * versions that it reads and its number of rows: a timestamp beside a version differs in each run.
 */
export interface ContentHashes {
  readonly schema: string
  readonly rows: string
  /** Rows without their parent. Existing files may have some; an upgrade must neither add nor remove any. */
  readonly orphans: string
  /** The versions that are recorded as applied. */
  readonly versions: string
}

const fields = ['schema', 'rows', 'orphans', 'versions'] as const

export function haveSameContent(expected: ContentHashes, actual: ContentHashes): boolean {
  return fields.every((field) => expected[field] === actual[field])
}

const sink = new ByteSink()

/**
 * Reads and hashes a whole database.
 *
 * @throws {VersionTableError} when the versions cannot be read
 */
export function hashContent(connection: WasmConnection, plan: MigrationPlan): ContentHashes {
  return {
    schema: hashQuery(connection, 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name'),
    rows: hashTables(connection, plan),
    orphans: hashQuery(connection, 'PRAGMA foreign_key_check'),
    versions: JSON.stringify(plan.versions.read(connection)),
  }
}

/** The rows of each table in storage order, preceded by the name of the table. */
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
