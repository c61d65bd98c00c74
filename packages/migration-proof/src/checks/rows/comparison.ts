import type { Connection, SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import type { Matching, RowsFailure } from './model.ts'
import type { ColumnPair } from './same-row.ts'
import type { TableShape } from './table-shape.ts'

/** One table on both sides, and what of it must be the same. */
export interface Comparison {
  readonly connection: Connection
  readonly before: TableShape
  readonly after: TableShape
  readonly columns: readonly ColumnPair[]
  readonly mayGainRows: boolean
  /** Whether the engine can tell -0.0 from 0.0. */
  readonly comparesSigns: boolean
}

/** What one way of matching rows found. */
export interface Verdict {
  readonly rowsBefore: number
  readonly rowsAfter: number
  readonly matchedBy: Matching
  readonly failures: readonly RowsFailure[]
}

/** The table as it stands in FROM. */
export function source({ schema, name }: TableShape): string {
  return `${quoteName(schema)}.${quoteName(name)}`
}

/**
 * Makes SQLite read the table itself. An index that covers the columns would be read in its place, and a row
 * that the index lacks would stay unseen. NOT INDEXED cannot say so of a WITHOUT ROWID table, whose key is the
 * table: https://www.sqlite.org/lang_indexedby.html
 */
export function scanHint({ isWithoutRowid, uniqueKeys }: TableShape): string {
  const [key] = uniqueKeys
  return isWithoutRowid && key !== undefined ? `INDEXED BY ${quoteName(key.index)}` : 'NOT INDEXED'
}

/** How many rows the table holds. A count takes the smallest index, whatever INDEXED BY says. */
export function countRows(connection: Connection, table: TableShape): number {
  const sql = `SELECT count(*) AS n FROM ${source(table)} NOT INDEXED`
  return toNumber(connection.all(sql)[0]?.n)
}

export function toNumber(value: SqlValue | undefined): number {
  return Number(value ?? 0)
}
