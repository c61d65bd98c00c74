import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { sha256 } from './hash.ts'
import type { TableEntry } from './ledger.ts'
import { decodeText, readEncoding, type TextEncoding } from './text-encoding.ts'

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
 * follow from the others, and the statistics of ANALYZE. The rows of a virtual table are those of its
 * shadow tables.
 */
export function readContent(connection: Connection): Content {
  const encoding = readEncoding(connection)
  const tables = tableNames(connection).map((name) => hashTable(connection, name, encoding))
  const schemaHash = hashSchema(connection)
  return { contentHash: sha256(JSON.stringify([schemaHash, tables])), schemaHash, tables }
}

/** What differs between two contents, one line for each table, the schema first; none where they are equal. */
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
  return rows.map(({ name }) => String(name))
}

function hashSchema(connection: Connection): string {
  const objects = connection
    .all(`SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL`)
    .filter(({ name }) => !String(name).startsWith('sqlite_'))
    .map(({ type, name, tbl_name, sql }) => JSON.stringify([type, name, tbl_name, normaliseSql(String(sql))]))
  return sha256(objects.sort().join('\n'))
}

function hashTable(connection: Connection, name: string, encoding: TextEncoding): TableEntry {
  const columns = storedColumns(connection, name)
  const digests = connection
    .all(selectTyped(name, columns))
    .map((row) => sha256(encodeRow(row, columns.length, encoding)))
  const hash = sha256([JSON.stringify(columns), ...digests.sort()].join('\n'))
  return { name, rows: digests.length, hash }
}

/** The columns that hold what was written: all but generated ones (https://www.sqlite.org/pragma.html#pragma_table_xinfo). */
export function storedColumns(connection: Connection, table: string): string[] {
  const columns = connection.all(`PRAGMA table_xinfo(${quoteName(table)})`)
  return columns.filter(({ hidden }) => hidden === 0n).map(({ name }) => String(name))
}

/** Text is read as the bytes that it is: some engines cut text at a NUL. */
function selectTyped(table: string, columns: readonly string[]): string {
  const values = columns.map((column, place) => {
    const name = quoteName(column)
    return `typeof(${name}) AS t${place},
      CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END AS v${place}`
  })
  return `SELECT ${values.join(', ')} FROM ${quoteName(table)}`
}

function encodeRow(row: SqlRow, width: number, encoding: TextEncoding): Buffer {
  const values = Array.from({ length: width }, (_, place) =>
    encodeValue(row[`t${place}`], row[`v${place}`] ?? null, encoding),
  )
  return Buffer.concat(values)
}

/** A letter for the type, then the value; what has no fixed length says its own. */
function encodeValue(type: SqlValue | undefined, value: SqlValue, encoding: TextEncoding): Buffer {
  if (type === 'null') return Buffer.from('n')
  const bytes = Buffer.alloc(9)
  if (type === 'integer' && typeof value === 'bigint') {
    bytes.write('i')
    bytes.writeBigInt64BE(value, 1)
    return bytes
  }
  if (type === 'real' && typeof value === 'number') {
    bytes.write('r')
    bytes.writeDoubleBE(value, 1)
    return bytes
  }
  // Some engines return an empty blob as NULL.
  const stored = value instanceof Uint8Array ? value : new Uint8Array()
  const content = type === 'text' ? decodeText(stored, encoding) : stored
  bytes.write(type === 'text' ? 't' : 'b')
  bytes.writeBigInt64BE(BigInt(content.length), 1)
  return Buffer.concat([bytes, content])
}
