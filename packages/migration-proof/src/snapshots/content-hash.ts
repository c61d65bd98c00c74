import { hasOwnRows, readVirtualTables } from '../schema/shadow.ts'
import type { Connection } from '../sql/connection.ts'
import type { TypedValue } from '../sql/literal.ts'
import { foldName, isInternalName } from '../sql/names.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { sha256 } from './hash.ts'
import type { TableEntry } from './ledger.ts'
import { readTypedRows, storedColumns } from './typed-rows.ts'

/** What a database holds, as hashes that are the same on every engine and for every layout of the file. */
export interface Content {
  /** Of all the rest: two databases of the same content hash hold the same schema and rows. */
  readonly contentHash: string
  readonly schemaHash: string
  /** By name. `sqlite_sequence` is among them: it keeps ids from being used again. */
  readonly tables: readonly TableEntry[]
}

/**
 * Hashes schema and rows of a database. Values count with their types: integers, reals by their eight bytes
 * (never as text, which differs between engines), text as UTF-8, blobs, NULL. The order of the rows, rowids
 * that no column shows, page size, encoding and journal mode do not count; nor do generated columns, which
 * follow from the others, the statistics of ANALYZE, and an empty `sqlite_sequence`, which outlives its tables. The rows of
 * full-text search and of an R*Tree are those that they answer; the tables behind any other virtual table count instead.
 *
 * @example
 * ```js
 * import { openSnapshot, readContent } from 'migration-proof'
 *
 * const snapshot = openSnapshot('fixtures', 'v1', { on: 'memory' })
 * console.log(readContent(snapshot.connection).tables.map(({ name }) => name)) // [ 'note', 'schema_version' ]
 * snapshot.close()
 * ```
 */
export function readContent(connection: Connection): Content {
  const virtual = readVirtualTables(connection)
  const shadows = new Set(virtual.flatMap((table) => table.shadows))
  const tables = [
    ...tableNames(connection)
      .filter((name) => !shadows.has(foldName(name)))
      .map((name) => hashRows(connection, name, storedColumns(connection, name))),
    ...virtual.filter(hasOwnRows).map(({ name, columns }) => hashRows(connection, name, columns)),
  ]
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .filter(({ name, rows }) => name !== 'sqlite_sequence' || rows > 0)
  const schemaHash = hashSchema(connection)
  return { contentHash: sha256(JSON.stringify([schemaHash, tables])), schemaHash, tables }
}

/**
 * What differs between two contents, one line for each table, the schema first; none where they are equal.
 *
 * @example
 * ```js
 * import { diffContent, openSnapshot, readContent } from 'migration-proof'
 *
 * const snapshot = openSnapshot('fixtures', 'v1', { on: 'memory' })
 * const before = readContent(snapshot.connection)
 * snapshot.connection.exec('DELETE FROM note')
 * console.log(diffContent(before, readContent(snapshot.connection)).length) // 1
 * snapshot.close()
 * ```
 */
export function diffContent(expected: Content, actual: Content): string[] {
  const names = new Set([...expected.tables, ...actual.tables].map(({ name }) => name))
  const differences = [...names].sort().flatMap((name) => {
    const before = expected.tables.find((table) => table.name === name)
    const after = actual.tables.find((table) => table.name === name)
    if (before?.hash === after?.hash) return []
    return `table ${name}: ${describeRows(before)} expected, ${describeRows(after)} found`
  })
  return expected.schemaHash === actual.schemaHash ? differences : ['another schema', ...differences]
}

function describeRows(table: TableEntry | undefined): string {
  return table === undefined ? 'no table' : `${table.rows} rows of hash ${table.hash.slice(0, 12)}`
}

/** The tables whose rows count, by name. A virtual table has no pages of its own. */
function tableNames(connection: Connection): string[] {
  const rows = connection.all(
    `SELECT name FROM sqlite_schema
     WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY name`,
  )
  return rows
    .map(({ name }) => String(name))
    .filter((name) => name === 'sqlite_sequence' || !isInternalName(name))
}

function hashSchema(connection: Connection): string {
  const objects = connection
    .all(`SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL`)
    .filter(({ name }) => !isInternalName(String(name)))
    .map(({ type, name, tbl_name, sql }) => JSON.stringify([type, name, tbl_name, storedSql(String(sql))]))
  return sha256(objects.sort().join('\n'))
}

/** Turso keeps the IF NOT EXISTS of an index, which SQLite does not store. */
function storedSql(sql: string): string {
  return normaliseSql(sql).replace(/^(create (?:unique )?index) if not exists /, '$1 ')
}

/** A table, how many rows it has, and a hash of them by these columns. */
export function hashRows(connection: Connection, name: string, columns: readonly string[]): TableEntry {
  const digests = readTypedRows(connection, name, columns).map((row) =>
    sha256(Buffer.concat(row.map(encodeValue))),
  )
  const hash = sha256([JSON.stringify(columns), ...digests.sort()].join('\n'))
  return { name, rows: digests.length, hash }
}

/** A letter for the type, then eight bytes: the number, or the length of the bytes that follow. */
function encodeValue(typed: TypedValue): Buffer {
  if (typed.type === 'null') return Buffer.from('n')
  const bytes = Buffer.alloc(9)
  bytes.write(typed.type.charAt(0))
  if (typed.type === 'real') bytes.writeDoubleBE(typed.value, 1)
  else bytes.writeBigInt64BE(typed.type === 'integer' ? typed.value : BigInt(typed.value.length), 1)
  return typed.type === 'text' || typed.type === 'blob' ? Buffer.concat([bytes, typed.value]) : bytes
}
