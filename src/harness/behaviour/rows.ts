import * as fc from 'fast-check'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import { type ColumnModel, columnOf, type TableModel } from './table-model.ts'

/** Options of `validRows`. */
export interface RowOptions {
  /** Gives each column that has the time as default a value, so that nothing depends on the clock. */
  readonly withoutClock?: boolean
}

/**
 * Rows that the table takes. What may be NULL sometimes is; what may be left out sometimes is, one column at
 * a time or all at once, so that few different statements are needed. The key is always there.
 */
export function validRows(model: TableModel, options: RowOptions = {}): fc.Arbitrary<SqlRow> {
  const names = Object.keys(model.columns)
  const omitted = omissions(model, options)
  const slots = names.map((name) => slotOf(model, name))
  return fc.tuple(omitted, ...slots).map(([left, ...values]) => makeRow(names, values, left))
}

/** Rows with a value in every column. */
export function completeRows(model: TableModel): fc.Arbitrary<SqlRow> {
  const names = Object.keys(model.columns)
  return fc
    .tuple(...names.map((name) => columnOf(model, name).values))
    .map((values) => makeRow(names, values, []))
}

function slotOf(model: TableModel, name: string): fc.Arbitrary<SqlValue> {
  const column = columnOf(model, name)
  if (!column.nullable || model.key.includes(name)) return column.values
  return fc.oneof(
    { weight: 4, arbitrary: column.values },
    { weight: 1, arbitrary: fc.constant<SqlValue>(null) },
  )
}

/** The lists of columns that a row may leave out: none, one, or all that can be. */
function omissions(model: TableModel, { withoutClock = false }: RowOptions): fc.Arbitrary<readonly string[]> {
  const names = Object.entries(model.columns)
    .filter(([name, column]) => !model.key.includes(name) && mayBeAbsent(column, withoutClock))
    .map(([name]) => name)
  if (names.length === 0) return fc.constant([])
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant<readonly string[]>([]) },
    { weight: 2, arbitrary: fc.constantFrom(...names.map((name): readonly string[] => [name])) },
    { weight: 1, arbitrary: fc.constant<readonly string[]>(names) },
  )
}

function mayBeAbsent({ absent }: ColumnModel, withoutClock: boolean): boolean {
  if (absent.is === 'clock') return !withoutClock
  return absent.is === 'null' || absent.is === 'value'
}

function makeRow(names: readonly string[], values: readonly SqlValue[], left: readonly string[]): SqlRow {
  const row: Record<string, SqlValue> = {}
  names.forEach((name, place) => {
    const value = values[place]
    if (value !== undefined && !left.includes(name)) row[name] = value
  })
  return row
}
