// Goal: many disks share the bytes of a file, and none of them changes what another one holds: neither the bytes that
// a disk was made from, whatever kind they are, nor those that were read from it.
import { describe, expect, it } from 'vitest'
import { type DiskFile, SimulatedDisk } from '../../src/faults/disk.ts'

/** A Buffer's own `slice` is a view of the same memory. */
const kinds: readonly (readonly [string, () => Uint8Array])[] = [
  ['an array of bytes', () => Uint8Array.of(1, 2, 3)],
  ['a Buffer', () => Buffer.from([1, 2, 3])],
]

const changes: readonly (readonly [string, (disk: SimulatedDisk, file: DiskFile) => void, number[]])[] = [
  ['written to', (disk, file) => disk.write(file, 0, Uint8Array.of(9)), [9, 2, 3]],
  ['written to behind its end', (disk, file) => disk.write(file, 4, Uint8Array.of(9)), [1, 2, 3, 0, 9]],
  ['cut off', (disk, file) => disk.truncate(file, 1), [1]],
  [
    'cut off and written to again',
    (disk, file) => {
      disk.truncate(file, 1)
      disk.write(file, 2, Uint8Array.of(9))
    },
    [1, 0, 9],
  ],
]

describe.for(kinds)('a disk of %s', ([, makeBytes]) => {
  it.for(changes)('that is %s leaves those as they were', ([, change, expected]) => {
    const bytes = makeBytes()
    const disk = new SimulatedDisk(new Map([['database.db', bytes]]))
    change(disk, fileOf(disk))
    expect(read(disk)).toEqual(expected)
    expect([...bytes]).toEqual([1, 2, 3])
  })

  it.for(changes)('that is %s leaves what was read before, also from room of its own', ([, change]) => {
    const disk = new SimulatedDisk(new Map([['database.db', makeBytes()]]))
    disk.write(fileOf(disk), 1, Uint8Array.of(8))
    const before = disk.readFiles().get('database.db') ?? []
    change(disk, fileOf(disk))
    expect([...before]).toEqual([1, 8, 3])
  })
})

function fileOf(disk: SimulatedDisk): DiskFile {
  const file = disk.find('database.db')
  if (file === undefined) throw new Error('The disk lost its file.')
  return file
}

function read(disk: SimulatedDisk): number[] {
  return [...(disk.readFiles().get('database.db') ?? [])]
}
