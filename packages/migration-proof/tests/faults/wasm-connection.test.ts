// Goal: a connection on SQLite's WASM build behaves as every other connection of the harness, on a disk that
// exists in memory only.
import { beforeAll, describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../../src/faults/disk.ts'
import { type FaultPlan, ioError, neverFail } from '../../src/faults/io-call.ts'
import { seededRandom } from '../../src/faults/random.ts'
import { loadSimulator, type Simulator } from '../../src/faults/simulator.ts'
import type { WasmConnection } from '../../src/faults/wasm-connection.ts'
import type { SqlValue } from '../../src/sql/connection.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

/** Opens a database on a new disk, hands it to the work, and closes it. */
function withDatabase<Result>(
  work: (connection: WasmConnection, disk: SimulatedDisk) => Result,
  failure: FaultPlan = neverFail,
): Result {
  const disk = new SimulatedDisk(new Map())
  simulator.mount({ disk, failure, random: seededRandom('test') })
  const connection = simulator.connect('test.db')
  try {
    return work(connection, disk)
  } finally {
    connection.close()
  }
}

const values: readonly (readonly [string, SqlValue])[] = [
  ['NULL', null],
  ['an integer beyond 2^53', 9_007_199_254_740_993n],
  ['the least integer', -(2n ** 63n)],
  ['a real', 0.1],
  ['a whole real', 1],
  ['text', 'Grüße, 世界 🌍'],
  ['text with a NUL', 'before\0after'],
  ['text that begins with a byte order mark', '\uFEFFname'],
  ['empty text', ''],
  ['a blob', Uint8Array.of(0, 255, 128)],
  ['an empty blob', new Uint8Array(0)],
]

describe('a value', () => {
  it.for(values)('that is %s comes back as it is, with its type', ([, value]) => {
    withDatabase((connection) => {
      connection.exec('CREATE TABLE t (c)')
      connection.all('INSERT INTO t VALUES (?)', [value])
      expect(connection.all('SELECT c FROM t')).toEqual([{ c: value }])
    })
  })
})

const refusals: readonly (readonly [code: string, sql: string])[] = [
  ['SQLITE_CONSTRAINT_NOTNULL', 'INSERT INTO t VALUES (1, NULL)'],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'INSERT INTO t VALUES (7, 1)'],
  ['SQLITE_CONSTRAINT_CHECK', 'INSERT INTO t VALUES (1, -1)'],
  ['SQLITE_ERROR', 'SELECT * FROM missing'],
]

describe('an error', () => {
  it.for(refusals)('carries its extended code %s', ([code, sql]) => {
    withDatabase((connection) => {
      connection.exec(
        'CREATE TABLE t (id INT PRIMARY KEY, n NOT NULL CHECK (n > 0)); INSERT INTO t VALUES (7, 7)',
      )
      expect(() => connection.exec(sql)).toThrow(expect.objectContaining({ code }))
      expect(() => connection.all(sql)).toThrow(expect.objectContaining({ code }))
    })
  })

  it('of the disk carries the code that SQLite has on Unix', () => {
    const failSync: FaultPlan = (call) => (call.kind === 'sync' ? ioError(call) : null)
    withDatabase((connection) => {
      expect(() => connection.exec('CREATE TABLE t (c)')).toThrow(
        expect.objectContaining({ code: 'SQLITE_IOERR_FSYNC' }),
      )
    }, failSync)
  })
})

describe('a connection', () => {
  it('knows whether a transaction is open', () => {
    withDatabase((connection) => {
      expect(connection.inTransaction).toBe(false)
      connection.exec('BEGIN')
      expect(connection.inTransaction).toBe(true)
      connection.exec('COMMIT')
      expect(connection.inTransaction).toBe(false)
    })
  })

  it('opens a database in memory beside it, empty', () => {
    withDatabase((connection) => {
      connection.exec('CREATE TABLE t (c)')
      const memory = connection.openMemory()
      expect(memory.all('SELECT * FROM sqlite_schema')).toEqual([])
      memory.close()
    })
  })

  it.for(['wal', 'delete'])(
    'leaves its database on the disk in journal mode %s, and nothing else',
    (mode) => {
      const disk = withDatabase((connection, mounted) => {
        expect(connection.all(`PRAGMA journal_mode = ${mode}`)).toEqual([{ journal_mode: mode }])
        connection.exec('CREATE TABLE t (c); INSERT INTO t VALUES (1)')
        return mounted
      })
      expect([...disk.readFiles().keys()]).toEqual(['test.db'])
      simulator.mount({ disk, failure: neverFail, random: seededRandom('test') })
      const again = simulator.connect('test.db')
      expect(again.all('SELECT c FROM t')).toEqual([{ c: 1n }])
      again.close()
    },
  )

  it('has pages of the size that SQLite has elsewhere', () => {
    withDatabase((connection) => {
      connection.exec('CREATE TABLE t (c)')
      expect(connection.all('PRAGMA page_size')).toEqual([{ page_size: 4096n }])
    })
  })

  it('is open alone: no other disk takes the place of its own', () => {
    withDatabase((connection) => {
      connection.exec('CREATE TABLE t (c)')
      const other = { disk: new SimulatedDisk(new Map()), failure: neverFail, random: seededRandom('test') }
      expect(() => simulator.mount(other)).toThrow('while a connection to another was open')
    })
  })
})
