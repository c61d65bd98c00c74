import { findTable } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { hasOwnRows, readVirtualTables } from '../schema/shadow.ts'
import type { Connection, SqlRow } from '../sql/connection.ts'
import type { TypedValue } from '../sql/literal.ts'
import { toLiteral } from '../sql/literal.ts'
import { foldName, isReservedKeyword, quoteName } from '../sql/names.ts'

/**
 * The columns that hold what was written: all but generated ones.
 * See https://www.sqlite.org/pragma.html#pragma_table_xinfo
 */
export function storedColumns(connection: Connection, table: string): string[] {
  const columns = connection.all(`PRAGMA table_xinfo(${quoteName(table)})`)
  return columns.filter(({ hidden }) => hidden === 0n).map(({ name }) => String(name))
}

/**
 * Every row of a table, with the types of its values.
 *
 * @param columns the columns to read; `rowid` may be one of them
 * @param orderBy columns that give the order; the engine's own order without them
 */
export function readTypedRows(
  connection: Connection,
  table: string,
  columns: readonly string[],
  orderBy: readonly string[] = [],
): TypedValue[][] {
  const values = columns.map((column, place) => {
    const name = quoteName(column)
    return `typeof(${name}) AS t${place},
      CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END AS v${place}`
  })
  const order = orderBy.length === 0 ? '' : ` ORDER BY ${orderBy.map(quoteName).join(', ')}`
  const encoding = readEncoding(connection)
  return connection
    .all(`SELECT ${values.join(', ')} FROM ${quoteName(table)}${order}`)
    .map((row) => columns.map((_, place) => toTyped(row, place, encoding)))
}

function toTyped(row: SqlRow, place: number, encoding: TextEncoding): TypedValue {
  const type = row[`t${place}`]
  const value = row[`v${place}`]
  if (type === 'integer' && typeof value === 'bigint') return { type, value }
  if (type === 'real' && typeof value === 'number') return { type, value }
  // Some engines return an empty blob as NULL.
  const bytes = value instanceof Uint8Array ? value : new Uint8Array()
  if (type === 'text') return { type, value: decodeText(bytes, encoding) }
  return type === 'blob' ? { type, value: bytes } : { type: 'null' }
}

/** How a database stores text: https://www.sqlite.org/pragma.html#pragma_encoding */
export type TextEncoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be'

/** Found by the bytes of a letter: D1 refuses `PRAGMA encoding`. */
function readEncoding(connection: Connection): TextEncoding {
  const [row] = connection.all("SELECT hex(CAST('a' AS BLOB)) AS bytes")
  if (row?.bytes === '6100') return 'UTF-16le'
  return row?.bytes === '0061' ? 'UTF-16be' : 'UTF-8'
}

/** The UTF-8 bytes of text as the database stores it. Bytes that are UTF-8 already stay as they are, valid or not. */
function decodeText(stored: Uint8Array, encoding: TextEncoding): Uint8Array {
  if (encoding === 'UTF-8') return stored
  const littleEndian = encoding === 'UTF-16le' ? Buffer.from(stored) : Buffer.from(stored).swap16()
  return Buffer.from(littleEndian.toString('utf16le'))
}

/**
 * All rows of these tables as INSERT statements, one table after another, in the order of their keys, and then those of
 * virtual tables; values are exact. Generated columns are left out.
 *
 * @param connection a database of UTF-8
 */
export function dumpRows(connection: Connection, tables: readonly string[]): string {
  const inserts = tables.map((table) => dumpTable(connection, table))
  inserts.push(dumpSequences(connection), ...dumpVirtualTables(connection))
  return [...inserts, dumpHeader(connection)].filter((text) => text !== '').join('\n')
}

/** The highest ids that AUTOINCREMENT ever gave: https://www.sqlite.org/autoinc.html */
export function dumpSequences(connection: Connection): string {
  const sequences = hasSequences(connection) ? dumpTable(connection, 'sqlite_sequence') : ''
  return sequences === '' ? '' : `DELETE FROM sqlite_sequence;\n\n${sequences}`
}

function hasSequences(connection: Connection): boolean {
  return connection.all(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).length > 0
}

/** How many ids above those that are there were given. */
const deletedIds = 10n

/** Makes AUTOINCREMENT remember ids above those that are there, as of rows that were deleted: a copy of the rows forgets them. */
export function raiseNumbers(connection: Connection, tables: readonly string[]): void {
  if (!hasSequences(connection)) return
  const known = new Set(connection.all('SELECT name FROM sqlite_sequence').map(({ name }) => String(name)))
  for (const table of tables.filter((name) => known.has(name))) {
    connection.all(
      `UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ? AND seq <= 9223372036854775807 - ?
         AND seq IS (SELECT max(rowid) FROM main.${quoteName(table)})`,
      [deletedIds, table, deletedIds],
    )
  }
}

/** The header's field for applications, where some keep their version: https://www.sqlite.org/pragma.html#pragma_user_version */
function dumpHeader(connection: Connection): string {
  const version = connection.all('PRAGMA user_version')[0]?.user_version
  return version === 0n ? '' : `PRAGMA user_version = ${version};\n`
}

/**
 * The rows of virtual tables, and the statement that fills those which index another table.
 *
 * @param presentOf lines of rows that are left out
 */
export function dumpVirtualTables(
  connection: Connection,
  presentOf: (table: string) => readonly string[] = () => [],
): string[] {
  return readVirtualTables(connection)
    .map((table) => {
      const name = quoteIfNeeded(table.name)
      if (hasOwnRows(table)) return dumpTable(connection, table.name, presentOf(table.name), table.columns)
      return table.contentTable === '' ? '' : `INSERT INTO ${name} (${name}) VALUES ('rebuild');\n`
    })
    .filter((text) => text !== '')
}

/** Whether full-text search knows the rows of a table by a rowid that is in no column of theirs. */
export function isKnownByRowid(connection: Connection, table: string): boolean {
  const isIndexed = readVirtualTables(connection).some(
    ({ contentTable }) => foldName(contentTable ?? '') === foldName(table),
  )
  const found = isIndexed ? findTable(readSchema(connection), table) : undefined
  if (found === undefined || found.withoutRowid || found.primaryKey?.isRowid === true) return false
  return !found.columns.some(({ name }) => foldName(name) === 'rowid')
}

/** The columns by which the rows of a table are written out. */
export function dumpedColumns(connection: Connection, table: string): readonly string[] {
  const stored = storedColumns(connection, table)
  return isKnownByRowid(connection, table) ? ['rowid', ...stored] : stored
}

/** The rows of one table, each as a line of an INSERT statement, in the order of the key. */
export function dumpLines(
  connection: Connection,
  table: string,
  columns: readonly string[] = dumpedColumns(connection, table),
): string[] {
  const rows = readTypedRows(connection, table, columns, orderOf(connection, table, columns))
  return rows.map((row) => `  (${row.map(toLiteral).join(', ')})`)
}

/**
 * The rows of one table as an INSERT statement; an empty text where there are none.
 *
 * @param present lines of rows that are left out
 */
export function dumpTable(
  connection: Connection,
  table: string,
  present: readonly string[] = [],
  columns: readonly string[] = dumpedColumns(connection, table),
): string {
  const lines = dumpLines(connection, table, columns).filter((line) => !present.includes(line))
  if (lines.length === 0) return ''
  const names = columns.map(quoteIfNeeded).join(', ')
  return `INSERT INTO ${quoteIfNeeded(table)} (${names}) VALUES\n${lines.join(',\n')};\n`
}

/** The columns of the primary key; all columns where there is none. */
function orderOf(connection: Connection, table: string, columns: readonly string[]): readonly string[] {
  const key = connection
    .all(`PRAGMA table_xinfo(${quoteName(table)})`)
    .filter(({ pk }) => Number(pk) > 0)
    .sort((left, right) => Number(left.pk) - Number(right.pk))
    .map(({ name }) => String(name))
  return key.length > 0 ? key : columns
}

function quoteIfNeeded(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !isReservedKeyword(name) ? name : quoteName(name)
}
