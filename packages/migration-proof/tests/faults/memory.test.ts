// Goal: SQLite and its disk are put back as they were: connections that were open, a transaction in the middle, files that were
// deleted since, and the memory of SQLite after it had grown.
import { beforeAll, describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../../src/faults/disk.ts'
import { neverFail } from '../../src/faults/io-call.ts'
import { seededRandom } from '../../src/faults/random.ts'
import { loadSimulator, type Simulator } from '../../src/faults/simulator.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

function connect(name: string) {
  simulator.mount({ disk: new SimulatedDisk(new Map()), failure: neverFail, random: seededRandom('test') })
  return simulator.connect(name)
}

const renewed = () => ({ log: [], pool: null, failure: neverFail })

describe.for(['wal', 'delete'])('a connection in journal mode %s', (journalMode) => {
  it('that was saved within a transaction goes on in it, as often as it is put back', () => {
    const connection = connect('test.db')
    connection.exec(
      `PRAGMA journal_mode = ${journalMode}; CREATE TABLE t (c); BEGIN; INSERT INTO t VALUES (1)`,
    )
    const saved = simulator.save()
    connection.exec('ROLLBACK; DROP TABLE t')
    connection.close()
    const ends = [1, 2].map(() => {
      const disk = simulator.restore(saved, renewed())
      expect(connection.inTransaction).toBe(true)
      connection.exec('INSERT INTO t SELECT random(); COMMIT')
      const rows = connection.all('SELECT c FROM t')
      expect(rows).toHaveLength(2)
      connection.close()
      return { rows, files: disk.readFiles() }
    })
    expect(ends[1]).toEqual(ends[0])
  })
})

describe('the memory of SQLite', () => {
  it('is not copied where SQLite does not use it', () => {
    const connection = connect('test.db')
    expect(simulator.save().memory.bytes.length).toBeLessThan(3_000_000)
    connection.close()
  })

  it('is what it was, though it had grown since', () => {
    const connection = connect('test.db')
    const saved = simulator.save()
    connection.exec(
      'CREATE TABLE t (c); PRAGMA cache_size = 10000; INSERT INTO t VALUES (zeroblob(20000000))',
    )
    const grown = simulator.save().memory.bytes.length
    expect(grown).toBeGreaterThan(saved.memory.bytes.length)
    simulator.restore(saved, renewed())
    const again = simulator.save().memory.bytes
    const { length } = saved.memory.bytes
    expect(Buffer.compare(again.subarray(0, length), saved.memory.bytes)).toBe(0)
    expect(again.subarray(length).every((byte) => byte === 0)).toBe(true)
    connection.close()
  })
})
