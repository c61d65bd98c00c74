// Goal: the model loses exactly what a power loss may lose. What was synced stays, what was not may be lost,
// kept or garbled, and nothing that was never written appears.
import { describe, expect, it } from 'vitest'
import { arrivals, type Fate } from '../../src/faults/crash-points.ts'
import { type DiskOperation, SimulatedDisk } from '../../src/faults/disk.ts'
import { afterOperation, materialise, type SafeDisk, safeDisk } from '../../src/faults/pending.ts'
import { seededRandom } from '../../src/faults/random.ts'

const unitBytes = 4

/** Works on a disk that holds a file `old` of the bytes `oooooooo`, and returns what is safe of it, and what is pending. */
function modelAfter(work: (disk: SimulatedDisk) => void): SafeDisk {
  const files = () => new Map([['old', bytes('oooooooo')]])
  const log: DiskOperation[] = []
  work(new SimulatedDisk(files(), log))
  return log.reduce((disk, operation) => afterOperation(disk, operation, unitBytes), safeDisk(files()))
}

/** What is left, as text, when each pending effect meets its fate; `lost` for those without one. */
function left(model: SafeDisk, ...fates: Fate[]): Record<string, string> {
  const arrived = arrivals(model.pending, fates, seededRandom('test'))
  return Object.fromEntries([...materialise(model, arrived)].map(([name, found]) => [name, text(found)]))
}

describe('a write that was not synced', () => {
  const model = modelAfter((disk) => write(disk, 'old', 0, 'abcd'))

  it('may be lost', () => {
    expect(left(model, 'lost')).toEqual({ old: 'oooooooo' })
  })

  it('may arrive', () => {
    expect(left(model, 'kept')).toEqual({ old: 'abcdoooo' })
  })

  it('may become noise, and touches nothing beside it', () => {
    const { old } = left(model, 'garbled')
    expect(old?.slice(0, 4)).not.toBe('abcd')
    expect(old?.slice(0, 4)).not.toBe('oooo')
    expect(old?.slice(4)).toBe('oooo')
  })

  it('is split at the units of the disk, so that half of it may arrive', () => {
    const torn = modelAfter((disk) => write(disk, 'old', 2, 'abcd'))
    expect(torn.pending).toHaveLength(2)
    expect(left(torn, 'kept', 'lost')).toEqual({ old: 'ooaboooo' })
    expect(left(torn, 'lost', 'kept')).toEqual({ old: 'oooocdoo' })
  })

  it('may make the file longer without its bytes', () => {
    const longer = modelAfter((disk) => write(disk, 'old', 8, 'abcd'))
    expect(left(longer, 'zeroed')).toEqual({ old: 'oooooooo\0\0\0\0' })
  })

  it('may be lost while a later one arrives', () => {
    const two = modelAfter((disk) => {
      write(disk, 'old', 8, 'abcd')
      write(disk, 'old', 12, 'efgh')
    })
    expect(left(two, 'lost', 'kept')).toEqual({ old: 'oooooooo\0\0\0\0efgh' })
  })

  it('may arrive in an older state than the last', () => {
    const twice = modelAfter((disk) => {
      write(disk, 'old', 0, 'abcd')
      write(disk, 'old', 0, 'efgh')
    })
    expect(left(twice, 'kept', 'lost')).toEqual({ old: 'abcdoooo' })
  })
})

describe('a sync', () => {
  it('makes what was written to the file safe', () => {
    const model = modelAfter((disk) => {
      write(disk, 'old', 0, 'abcd')
      disk.sync(file(disk, 'old'))
    })
    expect(model.pending).toEqual([])
    expect(left(model)).toEqual({ old: 'abcdoooo' })
  })

  it('makes nothing safe that is written after it', () => {
    const model = modelAfter((disk) => {
      disk.sync(file(disk, 'old'))
      write(disk, 'old', 0, 'abcd')
    })
    expect(left(model, 'lost')).toEqual({ old: 'oooooooo' })
  })

  it('makes nothing of another file safe, nor the name of its own', () => {
    const model = modelAfter((disk) => {
      write(disk, 'old', 0, 'abcd')
      const made = disk.create('new')
      disk.write(made, 0, bytes('efgh'))
      disk.sync(made)
    })
    expect(left(model, 'lost', 'lost')).toEqual({ old: 'oooooooo' })
    expect(left(model, 'lost', 'kept')).toEqual({ old: 'oooooooo', new: 'efgh' })
  })
})

describe('a name', () => {
  it('may vanish until the folder is synced', () => {
    const made = modelAfter((disk) => disk.create('new'))
    expect(left(made, 'lost')).toEqual({ old: 'oooooooo' })
    expect(left(made, 'kept')).toEqual({ old: 'oooooooo', new: '' })
  })

  it('may come back until the folder is synced', () => {
    const removed = modelAfter((disk) => disk.unlink('old'))
    expect(left(removed, 'lost')).toEqual({ old: 'oooooooo' })
    expect(left(removed, 'kept')).toEqual({})
  })

  it('is safe after a sync of the folder', () => {
    const model = modelAfter((disk) => {
      disk.unlink('old')
      disk.create('new')
      disk.syncDirectory()
    })
    expect(model.pending).toEqual([])
    expect(left(model)).toEqual({ new: '' })
  })

  it('that was given to a second file leads to the first while the second is lost', () => {
    const model = modelAfter((disk) => {
      disk.unlink('old')
      disk.write(disk.create('old'), 0, bytes('next'))
    })
    expect(left(model, 'lost', 'lost', 'kept')).toEqual({ old: 'oooooooo' })
    expect(left(model, 'kept', 'kept', 'kept')).toEqual({ old: 'next' })
  })
})

describe('a truncation', () => {
  it('may be lost until the file is synced', () => {
    const model = modelAfter((disk) => disk.truncate(file(disk, 'old'), 4))
    expect(left(model, 'lost')).toEqual({ old: 'oooooooo' })
    expect(left(model, 'kept')).toEqual({ old: 'oooo' })
  })

  it('leaves zeros where the file grows again', () => {
    const model = modelAfter((disk) => {
      disk.truncate(file(disk, 'old'), 4)
      write(disk, 'old', 8, 'abcd')
    })
    expect(left(model, 'kept', 'kept')).toEqual({ old: 'oooo\0\0\0\0abcd' })
  })
})

function write(disk: SimulatedDisk, name: string, offset: number, content: string) {
  disk.write(file(disk, name), offset, bytes(content))
}

function file(disk: SimulatedDisk, name: string) {
  const found = disk.find(name)
  if (found === undefined) throw new Error(`The test has no file ${name}.`)
  return found
}

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

function text(content: Uint8Array): string {
  return new TextDecoder('latin1').decode(content)
}
