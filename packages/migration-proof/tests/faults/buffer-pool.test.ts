// Goal: buffers of a pool are not shared until it is reset, even if it had to grow for them.
import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../src/faults/disk.ts'

const mebibyte = 1 << 20

/** Takes buffers of these sizes, fills each with a number of its own, and returns the numbers that are found in each. */
function fill(pool: BufferPool, sizes: readonly number[]): number[][] {
  const taken = sizes.map((size) => pool.take(size))
  for (const [index, buffer] of taken.entries()) buffer.fill(index + 1)
  return taken.map((buffer) => [buffer.length, ...new Set(buffer)])
}

describe('a buffer pool', () => {
  it.for([[[3, 5, 0, 4]], [[10, mebibyte, 10]], [[10, 5 * mebibyte, 10]]])(
    'returns separate buffers of %j bytes',
    ([sizes = []]) => {
      const expected = sizes.map((size, index) => (size === 0 ? [0] : [size, index + 1]))
      const pool = new BufferPool()
      expect(fill(pool, sizes)).toEqual(expected)
      pool.reset()
      expect(fill(pool, sizes)).toEqual(expected)
    },
  )

  it('returns the same memory after a reset', () => {
    const pool = new BufferPool()
    const before = pool.take(8)
    pool.reset()
    before.fill(7)
    expect([...pool.take(8)]).toEqual([...before])
  })
})
