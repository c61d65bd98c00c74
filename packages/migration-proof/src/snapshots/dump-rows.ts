import type { Connection } from '../sql/connection.ts'
import { toLiteral } from '../sql/literal.ts'
import { isReservedKeyword, quoteName } from '../sql/names.ts'
import { readTypedRows, storedColumns } from './typed-rows.ts'

/**
 * All rows of these tables as INSERT statements, one table after another, in the order of their keys; values
 * are exact. Generated columns are left out.
 *
 * @param connection a database of UTF-8
 */
export function dumpRows(connection: Connection, tables: readonly string[]): string {
  const inserts = tables.map((table) => dumpTable(connection, table))
  // AUTOINCREMENT remembers the highest id that it ever gave: https://www.sqlite.org/autoinc.html
  const hasSequences = connection.all(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).length > 0
  const sequences = hasSequences ? dumpTable(connection, 'sqlite_sequence') : ''
  if (sequences !== '') inserts.push('DELETE FROM sqlite_sequence;\n', sequences)
  return [...inserts, dumpHeader(connection)].filter((text) => text !== '').join('\n')
}

/** The header's field for applications, where some keep their version: https://www.sqlite.org/pragma.html#pragma_user_version */
function dumpHeader(connection: Connection): string {
  const version = connection.all('PRAGMA user_version')[0]?.user_version
  return version === 0n ? '' : `PRAGMA user_version = ${version};\n`
}

/** The rows of one table as an INSERT statement; an empty text where there are none. */
export function dumpTable(connection: Connection, table: string): string {
  const columns = storedColumns(connection, table)
  const rows = readTypedRows(connection, table, columns, orderOf(connection, table, columns))
  if (rows.length === 0) return ''
  const lines = rows.map((row) => `  (${row.map(toLiteral).join(', ')})`)
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
