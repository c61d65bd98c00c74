import type { SqlRow, SqlValue } from '../../sql/connection.ts'
import { ACCEPTED, type Outcome } from '../outcome.ts'
import { type ColumnModel, columnOf, type TableModel } from '../table-model.ts'
import { agreeIn, coerce, equalIn, fitsStrictly, shareIdentity } from '../values.ts'

/** The rows of one table as plain data. Rows are never changed, only replaced. */
export interface MemoryTable {
  readonly model: TableModel
  readonly rows: readonly SqlRow[]
  /** The highest row number so far, where numbers are never reused. */
  readonly highest: bigint
}

/** A row as the table would store it, or the code with which it is refused. */
export type Prepared = { readonly row: SqlRow } | { readonly code: Outcome }

/** Fills in defaults and row numbers, converts the values, and checks the row on its own. */
export function prepareRow(table: MemoryTable, given: SqlRow, orReplace: boolean): Prepared {
  const { model } = table
  const row: Record<string, SqlValue> = {}
  for (const [name, column] of Object.entries(model.columns)) {
    const value = given[name]
    row[name] = value === undefined ? defaultOf(table, name) : coerce(value, column.affinity)
  }
  const [key] = model.key
  if (model.rowNumbers !== undefined && key !== undefined) {
    if (row[key] === null) row[key] = nextNumber(table)
    if (typeof row[key] !== 'bigint') return { code: 'SQLITE_MISMATCH' }
  }
  if (orReplace) fillNulls(model, row)
  return checkRow(model, row)
}

/** Checks a row on its own, in the order in which SQLite does. */
export function checkRow(model: TableModel, row: SqlRow): Prepared {
  const columns = Object.entries(model.columns)
  if (columns.some(([name, column]) => row[name] === null && !column.nullable)) {
    return { code: 'SQLITE_CONSTRAINT_NOTNULL' }
  }
  if (model.strict && !columns.every(([name, column]) => fitsStrictly(row[name] ?? null, column.affinity))) {
    return { code: 'SQLITE_CONSTRAINT_DATATYPE' }
  }
  return model.checks.every(({ holds }) => holds(row)) ? { row } : { code: 'SQLITE_CONSTRAINT_CHECK' }
}

/** The rows whose key a row would share, and the error code that SQLite returns. */
export function findConflicts(table: MemoryTable, row: SqlRow): { rows: SqlRow[]; code: Outcome } {
  const { model } = table
  const sets = inOrderOfChecks(model)
  const clashing = sets.map((columns) => table.rows.filter((other) => agreeIn(model, columns, row, other)))
  const sharing = table.rows.filter((other) => shareIdentity(model, row, other))
  const first = clashing.findIndex((rows) => rows.length > 0)
  if (first < 0 && sharing.length === 0) return { rows: [], code: ACCEPTED }
  // An index from CREATE INDEX is newer than that of the key.
  const isKey = sets[first] === model.key && (sharing.length === 0 || model.rowNumbers !== undefined)
  return {
    rows: [...new Set([...clashing.flat(), ...sharing])],
    code: isKey ? 'SQLITE_CONSTRAINT_PRIMARYKEY' : 'SQLITE_CONSTRAINT_UNIQUE',
  }
}

/** SQLite checks the rowid first, then the unique indexes from the newest to the oldest: observed, not documented. */
function inOrderOfChecks({ key, unique, rowNumbers }: TableModel): (readonly string[])[] {
  const sets = [key, ...unique].filter((columns) => columns.length > 0)
  return rowNumbers === undefined ? sets.reverse() : [key, ...unique.toReversed()]
}

/** The rows with the given values, compared with the collation of each column; NULL equals nothing. */
export function findRows(table: MemoryTable, values: SqlRow): SqlRow[] {
  const wanted = Object.entries(values).map(([name, value]): [string, SqlValue, ColumnModel] => {
    const column = columnOf(table.model, name)
    return [name, coerce(value, column.affinity), column]
  })
  return table.rows.filter((row) =>
    wanted.every(([name, value, column]) => equalIn(column, row[name], value)),
  )
}

function defaultOf({ model }: MemoryTable, name: string): SqlValue {
  const { absent } = columnOf(model, name)
  if (absent.is === 'value') return absent.value
  if (absent.is !== 'clock') return null
  throw new RangeError(`The model cannot predict ${model.name}.${name}: give each row a value for it`)
}

/** With OR REPLACE, NULL becomes the default of a NOT NULL column: https://www.sqlite.org/lang_conflict.html */
function fillNulls(model: TableModel, row: Record<string, SqlValue>): void {
  for (const [name, { nullable, absent }] of Object.entries(model.columns)) {
    if (row[name] === null && !nullable && absent.is === 'value') row[name] = absent.value
  }
}

/** One more than the largest row number; numbers of deleted rows count only where they are never reused. */
function nextNumber({ model, rows, highest }: MemoryTable): bigint {
  const [key = ''] = model.key
  let largest = model.rowNumbers === 'never reused' ? highest : null
  for (const { [key]: number } of rows) {
    if (typeof number === 'bigint' && (largest === null || number > largest)) largest = number
  }
  return largest === null ? 1n : largest + 1n
}
