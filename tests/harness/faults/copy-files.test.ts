// Goal: a copied disk is its own, whatever kind of bytes it was copied from: what a simulated run writes must not
// reach the snapshot that the next run begins with, nor the files that were read from the disk before.
import { describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../../../src/harness/faults/disk.ts'
import { copyFiles } from '../../../src/harness/faults/reference.ts'

/** A Buffer's own `slice` is a view of the same memory. */
const kinds: readonly (readonly [string, () => Uint8Array])[] = [
  ['an array of bytes', () => Uint8Array.of(1, 2, 3)],
  ['a Buffer', () => Buffer.from([1, 2, 3])],
]

describe.for(kinds)('files that are %s', ([, makeBytes]) => {
  it('share no memory with their copy', () => {
    const bytes = makeBytes()
    const copy = copyFiles(new Map([['database.db', bytes]])).get('database.db')
    copy?.fill(9)
    expect([...bytes]).toEqual([1, 2, 3])
    expect(copy).toHaveLength(3)
  })

  it('stay as they were read when the disk is written to', () => {
    const disk = new SimulatedDisk(new Map([['database.db', makeBytes()]]))
    const before = disk.readFiles().get('database.db') ?? []
    const file = disk.find('database.db')
    if (file !== undefined) disk.write(file, 0, Uint8Array.of(9))
    expect([...before]).toEqual([1, 2, 3])
    expect([...(disk.readFiles().get('database.db') ?? [])]).toEqual([9, 2, 3])
  })
})
