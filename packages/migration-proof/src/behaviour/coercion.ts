import type { SqlValue } from '../sql/connection.ts'
import type { Affinity } from './table-model.ts'

/** The affinity of a declared type: https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
export function affinityOf(type: string, isStrict = false): Affinity {
  if (isStrict && /^any$/i.test(type)) return 'ANY'
  if (/int/i.test(type)) return 'INTEGER'
  if (/char|clob|text/i.test(type)) return 'TEXT'
  if (type === '' || /blob/i.test(type)) return 'BLOB'
  return /real|floa|doub/i.test(type) ? 'REAL' : 'NUMERIC'
}

/**
 * What a column stores for a value: https://www.sqlite.org/datatype3.html#type_affinity
 *
 * Engines differ in two cases, which are not to be tried: a REAL in a TEXT column is shown in different ways, and
 * of text such as `12`, NUL, `x` in a column of numbers 3.53.2 keeps the number 12 and 3.40.1 the text.
 */
export function coerce(value: SqlValue, affinity: Affinity): SqlValue {
  if (value === null || value instanceof Uint8Array || affinity === 'BLOB' || affinity === 'ANY') return value
  if (affinity === 'TEXT') return typeof value === 'string' ? value : `${value}`
  const number = typeof value === 'string' ? readNumber(value) : value
  if (typeof number === 'string') return number
  if (affinity === 'REAL') return Number(number)
  return typeof number === 'number' ? toInteger(number) : number
}

/** Whether a STRICT table takes what the column would store: https://www.sqlite.org/stricttables.html */
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
