import type { SqlRow, SqlValue } from '../sql/connection.ts'
import { type ColumnModel, columnOf, type TableModel, valueIn } from './table-model.ts'
import { sameValue } from './values.ts'

/** Whether a column takes two values for equal: https://www.sqlite.org/datatype3.html#collation. NULL equals nothing. */
export function equalIn(
  { collation }: ColumnModel,
  left: SqlValue | undefined,
  right: SqlValue | undefined,
): boolean {
  if (left === undefined || left === null || right === undefined || right === null) return false
  return sameValue(fold(left, collation), fold(right, collation))
}

/** Whether two rows of a table agree in some columns. */
export function agreeIn(model: TableModel, columns: readonly string[], row: SqlRow, other: SqlRow): boolean {
  return columns.every((name) =>
    equalIn(columnOf(model, name), valueIn(model, row, name), valueIn(model, other, name)),
  )
}

/** Whether two rows of a table cannot both be in it, as they share a key or another unique set of columns. */
export function clash(model: TableModel, row: SqlRow, other: SqlRow): boolean {
  const sets = [model.key, ...model.unique].filter((columns) => columns.length > 0)
  return sets.some((columns) => agreeIn(model, columns, row, other)) || shareIdentity(model, row, other)
}

/** Whether two rows of a table share what an index on an expression, or on some rows, allows once. */
export function shareIdentity(model: TableModel, row: SqlRow, other: SqlRow): boolean {
  return model.identities.some((identity) => {
    const values = identity.of(fill(model, row))
    const others = identity.of(fill(model, other))
    if (values === null || others === null || values.includes(null)) return false
    return values.every((value, position) => sameValue(value, others[position]))
  })
}

/** A row with a value in every column. */
function fill(model: TableModel, row: SqlRow): SqlRow {
  return Object.fromEntries(Object.keys(model.columns).map((name) => [name, valueIn(model, row, name)]))
}

function fold(value: SqlValue, collation: ColumnModel['collation']): SqlValue {
  if (typeof value !== 'string' || collation === undefined) return value
  if (collation === 'RTRIM') return value.replace(/ +$/, '')
  return value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
