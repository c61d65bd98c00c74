import type { SqlValue } from '../sql/connection.ts'
import type { Affinity, ColumnModel } from './table-model.ts'

/**
 * What a column stores for a value: https://www.sqlite.org/datatype3.html#type_affinity
 *
 * Engines differ in two cases, which are not to be tried: a REAL in a TEXT column is shown in different ways, and
 * of text such as `12`, NUL, `x` in a column of numbers 3.53.2 keeps the number 12 and 3.40.1 the text.
 */
export function coerce(value: SqlValue, affinity: Affinity): SqlValue {
  if (value === null || value instanceof Uint8Array || affinity === 'BLOB') return value
  if (affinity === 'TEXT') return typeof value === 'string' ? value : `${value}`
  const number = typeof value === 'string' ? readNumber(value) : value
  if (typeof number === 'string') return number
  if (affinity === 'REAL') return Number(number)
  return typeof number === 'number' ? toInteger(number) : number
}

/** Whether a STRICT table takes what the column would store: https://www.sqlite.org/stricttables.html */
export function fitsStrictly(value: SqlValue, { affinity }: ColumnModel): boolean {
  if (value === null || affinity === 'NUMERIC') return true
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
