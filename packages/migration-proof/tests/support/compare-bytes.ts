import { expect } from 'vitest'

const key = Symbol.for('bytes are compared at once')

/**
 * Lets `toEqual` compare bytes at once. Left to itself it takes most of a second for a snapshot, one byte after the
 * other. Bytes that differ are left to it, and so is how the difference is shown.
 */
function compareBytesAtOnce() {
  if (Reflect.has(globalThis, key)) return
  Reflect.set(globalThis, key, true)
  expect.addEqualityTesters([areSameBytes])
}

function areSameBytes(expected: unknown, actual: unknown): true | undefined {
  if (!(expected instanceof Uint8Array) || !(actual instanceof Uint8Array)) return undefined
  const isSameKind = expected.constructor === actual.constructor
  return isSameKind && Buffer.compare(expected, actual) === 0 ? true : undefined
}

compareBytesAtOnce()
