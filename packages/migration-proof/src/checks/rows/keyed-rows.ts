import type { Table } from '../../schema/model.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'

/** The column of a row that holds what identifies it where the table names no key. */
export const rowidName = 'rowid of the row'

/**
 * The rows of a table by their keys.
 *
 * @param key the columns that name a row; none where its rowid does
 * @param more what else is read of each row, beginning with a comma
 */
export function readRows(
  connection: Connection,
  table: Table,
  key: readonly string[],
  more = '',
): Map<string, SqlRow> {
  const rowid = key.length === 0 ? `rowid AS ${quoteName(rowidName)}, ` : ''
  const rows = connection.all(`SELECT ${rowid}*${more} FROM main.${quoteName(table.name)}`)
  const names = key.length === 0 ? [rowidName] : key
  return new Map(rows.map((row) => [names.map((name) => shown(valueIn(row, name))).join(', '), row] as const))
}

/** SQLite names a column of a result as its table does, in whatever letters the statement has it. */
export function valueIn(row: SqlRow, name: string): SqlValue {
  if (name in row) return row[name] ?? null
  const found = Object.keys(row).find((key) => foldName(key) === foldName(name))
  return found === undefined ? null : (row[found] ?? null)
}

/** The column of a table, in whatever letters it is named. */
export function columnOf({ columns }: Table, name: string) {
  return columns.find((column) => foldName(column.name) === foldName(name))
}

/** Any two values of different type or content have different texts. */
export function shown(value: SqlValue): string {
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'number' && Number.isInteger(value)
    ? `${Object.is(value, -0) ? '-0' : value}.0`
    : `${value}`
}
