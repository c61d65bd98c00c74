import { affinityOf as affinityOfType } from '../rows/values.ts'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import type { Affinity, ColumnModel, TableModel } from './table-model.ts'
import { columnOf, valueIn } from './table-model.ts'

/** The affinity of a declared type: https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
export function affinityOf(type: string, isStrict = false): Affinity {
  return isStrict && /^any$/i.test(type) ? 'ANY' : affinityOfType(type)
}

/**
 * What a column stores for a value: https://www.sqlite.org/datatype3.html#type_affinity
 *
 * Engines differ in two cases, which must not be tried: a REAL in a TEXT column is formatted in different ways, and of
 * text such as `12`, NUL, `x` in a numeric column 3.53.2 stores the number 12 and 3.40.1 the text.
 */
export function coerce(value: SqlValue, affinity: Affinity): SqlValue {
  if (value === null || value instanceof Uint8Array || affinity === 'BLOB' || affinity === 'ANY') return value
  if (affinity === 'TEXT') return typeof value === 'string' ? value : `${value}`
  const number = typeof value === 'string' ? readNumber(value) : value
  if (typeof number === 'string') return number
  if (affinity === 'REAL') return Number(number)
  return typeof number === 'number' ? toInteger(number) : number
}

/** Whether a STRICT table accepts what the column would store: https://www.sqlite.org/stricttables.html */
export function fitsStrictly(value: SqlValue, affinity: Affinity): boolean {
  if (value === null || affinity === 'ANY') return true
  if (affinity === 'TEXT') return typeof value === 'string'
  if (affinity === 'INTEGER') return typeof value === 'bigint'
  if (affinity === 'REAL') return typeof value === 'number'
  return value instanceof Uint8Array
}

const INTEGER = /^[ \t\n\f\r]*[+-]?\d+[ \t\n\f\r]*$/
const NUMBER = /^[ \t\n\f\r]*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[ \t\n\f\r]*$/i
const LARGEST = 2n ** 63n

function readNumber(text: string): SqlValue {
  if (INTEGER.test(text)) {
    const integer = BigInt(text.trim().replace('+', ''))
    return integer >= -LARGEST && integer < LARGEST ? integer : Number(text)
  }
  return NUMBER.test(text) ? Number(text) : text
}

function toInteger(number: number): SqlValue {
  return Number.isSafeInteger(number) ? BigInt(number) : number
}

/** A value in the style of an SQL literal: `NULL`, `12`, `1.5`, `"text"`, `x'00ff'`. */
export function showValue(value: SqlValue | undefined): string {
  if (value === undefined) return 'no value'
  if (value === null) return 'NULL'
  if (typeof value === 'bigint') return `${value}`
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}.0` : `${value}`
  if (typeof value === 'string') return JSON.stringify(value)
  return `x'${Buffer.from(value).toString('hex')}'`
}

/** A row as text. The texts of two rows are equal only if their columns, types and values are. */
export function showRow(row: SqlRow): string {
  const known = shownRows.get(row)
  if (known !== undefined) return known
  let text = ''
  for (const name of Object.keys(row)) text += `${text === '' ? '' : ', '}${name} ${showValue(row[name])}`
  shownRows.set(row, text)
  return text
}

/** Rows never change, so that the text of each is made once. */
const shownRows = new WeakMap<SqlRow, string>()

/** Whether two values are the same in type and content. */
export function sameValue(left: SqlValue | undefined, right: SqlValue | undefined): boolean {
  return left === right || (left instanceof Uint8Array && showValue(left) === showValue(right))
}

/** Whether two rows hold the same columns, in the same order, with the same values. */
function sameRow(left: SqlRow, right: SqlRow | undefined): boolean {
  if (right === undefined) return false
  const names = Object.keys(left)
  const others = Object.keys(right)
  return (
    names.length === others.length &&
    names.every((name, position) => name === others[position] && sameValue(left[name], right[name]))
  )
}

/** The first row that only one of two tables holds, in any order; null if they hold the same rows. */
export function firstDifference(
  expected: readonly SqlRow[],
  actual: readonly SqlRow[],
): RowDifference | null {
  if (expected.length === actual.length && expected.every((row, position) => sameRow(row, actual[position])))
    return null
  const wanted = expected.map(showRow)
  const found = actual.map(showRow)
  wanted.sort()
  found.sort()
  for (let position = 0; position < Math.max(wanted.length, found.length); position++) {
    if (wanted[position] !== found[position]) return describeDifference(wanted, found, position)
  }
  return null
}

export interface RowDifference {
  readonly expected: string
  readonly actual: string
}

function describeDifference(
  wanted: readonly string[],
  found: readonly string[],
  position: number,
): RowDifference {
  const missing = wanted[position]
  const extra = found[position]
  if (extra === undefined || (missing !== undefined && missing < extra)) {
    return {
      expected: `the row ${missing} among ${wanted.length}`,
      actual: `no such row among ${found.length}`,
    }
  }
  return { expected: `no row ${extra} among ${wanted.length}`, actual: `it, among ${found.length}` }
}

/** Whether two values are equal in a column: https://www.sqlite.org/datatype3.html#collation. NULL equals nothing. */
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

/** Whether two rows cannot both be in a table, because they share a key or another unique set of columns. */
export function clash(model: TableModel, row: SqlRow, other: SqlRow): boolean {
  const sets = [model.key, ...model.unique].filter((columns) => columns.length > 0)
  return sets.some((columns) => agreeIn(model, columns, row, other)) || shareIdentity(model, row, other)
}

/** Whether two rows of a table conflict in a unique index on an expression or on some rows. */
export function shareIdentity(model: TableModel, row: SqlRow, other: SqlRow): boolean {
  return model.identities.some((identity) => {
    const values = identity.of(fill(model, row))
    const others = identity.of(fill(model, other))
    if (values === null || others === null || values.includes(null)) return false
    return values.every((value, column) => sameValue(value, others[column]))
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
