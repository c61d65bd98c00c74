import type { Connection, SqlRow } from '../sql/connection.ts'
import type { TypedValue } from '../sql/literal.ts'
import { quoteName } from '../sql/names.ts'
import { decodeText, readEncoding, type TextEncoding } from './text-encoding.ts'

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
