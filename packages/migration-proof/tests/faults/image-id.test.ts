// Goal: the name of an image is read back as it was printed, and nothing else is taken for one.
import { describe, expect, it } from 'vitest'
import { formatImageId, parseImageId } from '../../src/faults/crash-points.ts'

describe('the name of an image', () => {
  it.for([
    { point: 137, choice: 4 },
    { point: 0, choice: 0, again: { point: 12, choice: 31 } },
  ])('of $point and $choice is read back', (id) => {
    expect(parseImageId(formatImageId(id))).toEqual(id)
  })

  it.for(['', '1', '1.', '.1', '1.2-', '1.2-3', '1.2-3.4-5.6', '-1.2', 'a.b'])('is not %j', (text) => {
    expect(parseImageId(text)).toBeNull()
  })
})
