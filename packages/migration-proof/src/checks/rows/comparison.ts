import type { Problem } from '../../problem.ts'
import type { Connection, SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import type { Matching } from './model.ts'
import type { ColumnShape, TableShape } from './table-shape.ts'

/** One table on both sides, and what of it must be the same. */
export interface Comparison {
  readonly connection: Connection
  readonly before: TableShape
  readonly after: TableShape
  readonly columns: readonly ColumnPair[]
  readonly mayGainRows: boolean
  /** Whether the engine distinguishes -0.0 from 0.0. */
  readonly comparesSigns: boolean
}

/** What one way of matching rows found. */
export interface Verdict {
  readonly rowsBefore: number
  readonly rowsAfter: number
  readonly matchedBy: Matching
  readonly problems: readonly Problem[]
}

/** The table as it stands in FROM. */
export function source({ schema, name }: TableShape): string {
  return `${quoteName(schema)}.${quoteName(name)}`
}

/**
 * Makes SQLite read the table itself. An index that covers the columns would be read instead, and a row
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

/** A column that survived: its shape before and its name after. */
export interface ColumnPair {
  readonly before: ColumnShape
  readonly after: string
}

/**
 * SQL that is true where a column of row `b` (before) and of row `a` (after) hold the same value. IS alone
 * applies the affinity of the columns, so the unary plus drops it, follows their collation, so BINARY compares
 * bytes, and takes 1 and 1.0 as equal, so the type of numbers is compared. A text or a blob is above every
 * number and equals its own kind only, and typeof() would cost a third of the whole comparison for them:
 * https://www.sqlite.org/datatype3.html#comparison_expressions
 */
export function sameValue({ before, after }: ColumnPair, comparesSigns: boolean): string {
  const left = `b.${quoteName(before.name)}`
  const right = `a.${quoteName(after)}`
  const sameType = `(+${left} >= '' COLLATE BINARY OR typeof(${left}) = typeof(${right}))`
  const same = `+${left} IS +${right} COLLATE BINARY AND ${sameType}`
  if (!comparesSigns || !canHoldNegativeZero(before.type)) return `(${same})`
  return `(${same} AND ${signOfZero(left)} IS ${signOfZero(right)})`
}

/** SQL that is true where all the columns hold the same values. */
export function sameRow(columns: readonly ColumnPair[], comparesSigns: boolean): string {
  return combine(
    columns.map((column) => sameValue(column, comparesSigns)),
    'AND',
    '1',
  )
}

/**
 * SQL for a text that names the storage class of every column, and the sign of zeros. No name of a storage
 * class begins with another one, so that the text is unambiguous without separators.
 */
export function typesOf(columns: readonly { sql: string; type: string }[], comparesSigns: boolean): string {
  const parts = columns.map(({ sql, type }) => {
    const withSign = comparesSigns && canHoldNegativeZero(type)
    return withSign ? `typeof(${sql}) || coalesce(${signOfZero(sql)}, '')` : `typeof(${sql})`
  })
  return combine(parts, '||', "''")
}

/** SQL that differs between 0.0 and -0.0, which SQLite compares and prints as equal. */
function signOfZero(sql: string): string {
  return `CASE WHEN typeof(${sql}) = 'real' AND ${sql} = 0.0 THEN atan2(${sql}, -1.0) < 0 END`
}

/** Columns of TEXT and INTEGER affinity store a zero as text or as the integer 0. */
function canHoldNegativeZero(type: string): boolean {
  return !/int|char|clob|text/i.test(type)
}

/** Joins the parts as a balanced tree: SQLite limits the depth of an expression to 1000. */
function combine(parts: readonly string[], operator: string, empty: string): string {
  const [first] = parts
  if (first === undefined) return empty
  if (parts.length === 1) return first
  const middle = Math.ceil(parts.length / 2)
  const left = combine(parts.slice(0, middle), operator, empty)
  const right = combine(parts.slice(middle), operator, empty)
  return `(${left} ${operator} ${right})`
}
