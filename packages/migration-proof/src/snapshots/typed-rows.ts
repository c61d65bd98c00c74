import type { Connection, SqlRow } from '../sql/connection.ts'
import type { TypedValue } from '../sql/literal.ts'
import { quoteName } from '../sql/names.ts'

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

function readEncoding(connection: Connection): TextEncoding {
  const [row] = connection.all('PRAGMA encoding')
  return row?.encoding === 'UTF-16le' || row?.encoding === 'UTF-16be' ? row.encoding : 'UTF-8'
}

/** The UTF-8 bytes of text as the database stores it. Bytes that are UTF-8 already stay as they are, valid or not. */
function decodeText(stored: Uint8Array, encoding: TextEncoding): Uint8Array {
  if (encoding === 'UTF-8') return stored
  const littleEndian = encoding === 'UTF-16le' ? Buffer.from(stored) : Buffer.from(stored).swap16()
  return Buffer.from(littleEndian.toString('utf16le'))
}
