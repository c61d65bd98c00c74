import type { SqlValue } from '../../../sql/connection.ts'
import type { ReadStatement } from './read-statement.ts'

const smallest = -(2n ** 63n)
const largest = 2n ** 63n - 1n

/**
 * The values of a statement's parameters, from what a method of better-sqlite3 was given: values, arrays of them, and one
 * object for the parameters that have names.
 *
 * @returns one value for each `?` of the statement
 * @throws {TypeError | RangeError} as better-sqlite3 does
 */
export function bindValues({ names, order }: ReadStatement, given: readonly unknown[]): SqlValue[] {
  const values = new Map<number, SqlValue>()
  const named = names.flatMap((name, index) => (name === null ? [] : [{ name: name.slice(1), index }]))
  let count = 0
  let next = 0
  let hasObject = false
  const bindNext = (value: unknown) => {
    while (next < names.length && names[next] !== null) next++
    const bound = toSqlValue(value)
    if (next >= names.length) throw new RangeError(tooMany)
    values.set(next++, bound)
    count++
  }
  for (const value of given) {
    if (Array.isArray(value)) {
      for (const each of value) bindNext(each)
    } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
      if (!isPlain(value)) {
        if (named.length > 0) throw new TypeError('Named parameters can only be passed within plain objects')
        bindNext(value)
        continue
      }
      if (hasObject) throw new TypeError('You cannot specify named parameters in two different objects')
      hasObject = true
      for (const { name, index } of named) {
        if (!Object.hasOwn(value, name)) throw new RangeError(`Missing named parameter "${name}"`)
        values.set(index, toSqlValue(Reflect.get(value, name)))
        count++
      }
    } else bindNext(value)
  }
  if (count < names.length) {
    if (!hasObject && named.length > 0) throw new TypeError('Missing named parameters')
    throw new RangeError('Too few parameter values were provided')
  }
  if (count > names.length) throw new RangeError(tooMany)
  return order.map((index) => values.get(index) ?? null)
}

const tooMany = 'Too many parameter values were provided'

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function toSqlValue(value: unknown): SqlValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'number' || typeof value === 'string') return value
  if (typeof value === 'bigint') {
    if (value >= smallest && value <= largest) return value
    throw new RangeError('The bound string, buffer, or bigint is too big')
  }
  // A copy: what is sent with a view is all of its buffer, which may be shared.
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice()
  throw new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null')
}
