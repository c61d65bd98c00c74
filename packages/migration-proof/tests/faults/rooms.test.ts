// Goal: what is taken from rooms is nobody else's until they are used again, also where they had to grow for it.
import { describe, expect, it } from 'vitest'
import { Rooms } from '../../src/faults/rooms.ts'

const mebibyte = 1 << 20

/** Takes room of these sizes, fills each with a number of its own, and returns the numbers that are found there. */
function fill(rooms: Rooms, sizes: readonly number[]): number[][] {
  const taken = sizes.map((size) => rooms.take(size))
  for (const [index, room] of taken.entries()) room.fill(index + 1)
  return taken.map((room) => [room.length, ...new Set(room)])
}

describe('rooms', () => {
  it.for([[[3, 5, 0, 4]], [[10, mebibyte, 10]], [[10, 5 * mebibyte, 10]]])(
    'give %j bytes apart from each other',
    ([sizes = []]) => {
      const expected = sizes.map((size, index) => (size === 0 ? [0] : [size, index + 1]))
      const rooms = new Rooms()
      expect(fill(rooms, sizes)).toEqual(expected)
      rooms.reuse()
      expect(fill(rooms, sizes)).toEqual(expected)
    },
  )

  it('give the same memory again when they are used again', () => {
    const rooms = new Rooms()
    const before = rooms.take(8)
    rooms.reuse()
    before.fill(7)
    expect([...rooms.take(8)]).toEqual([...before])
  })
})
