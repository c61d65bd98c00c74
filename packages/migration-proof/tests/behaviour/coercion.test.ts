// Goal: what the model says a column stores for a value is what SQLite stores.
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { preparedConnection } from '../../src/behaviour/databases.ts'
import { outcomeOf } from '../../src/behaviour/outcome.ts'
import { affinityOf, coerce, fitsStrictly, showValue } from '../../src/behaviour/values.ts'
import type { SqlValue } from '../../src/sql/connection.ts'

const affinities = ['TEXT', 'INTEGER', 'REAL', 'NUMERIC', 'BLOB'] as const

const values: readonly SqlValue[] = [
  null,
  0n,
  -7n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  '',
  'text',
  '12',
  '0012',
  ' 12 ',
  '+12',
  '-0',
  '12abc',
  '1.5',
  '1e3',
  '.5',
  '5.',
  '0x10',
  '9223372036854775808',
  '\u00a012',
  new Uint8Array([49, 50]),
]

describe.for(affinities)('a column of affinity %s', (affinity) => {
  const connection = preparedConnection(new Database(':memory:'))
  connection.exec(`CREATE TABLE t (value ${affinity})`)

  it.for(values.map((value) => [String(value), value] as const))(
    'stores %j as the model says',
    ([, value]) => {
      connection.exec('DELETE FROM t')
      connection.all('INSERT INTO t VALUES (?)', [value])
      expect(showValue(coerce(value, affinity))).toBe(
        showValue(connection.all('SELECT value FROM t')[0]?.value),
      )
    },
  )
})

describe.for(['TEXT', 'INT', 'INTEGER', 'REAL', 'BLOB', 'ANY'])('a STRICT column of type %s', (type) => {
  const connection = preparedConnection(new Database(':memory:'))
  connection.exec(`CREATE TABLE t (value ${type}) STRICT`)
  const affinity = affinityOf(type, true)

  it.for(values.map((value) => [String(value), value] as const))('takes %j or refuses it', ([, value]) => {
    const outcome = outcomeOf(() => connection.all('INSERT INTO t VALUES (?)', [value]))
    const stored = coerce(value, affinity)
    const fits = fitsStrictly(stored, affinity)
    expect(outcome).toBe(fits ? 'accepted' : 'SQLITE_CONSTRAINT_DATATYPE')
    const [row] = connection.all('SELECT value FROM t ORDER BY rowid DESC')
    if (fits) expect(showValue(row?.value)).toBe(showValue(stored))
  })
})

describe('the affinity of a declared type', () => {
  const odd = ['012', 12n, '1.5', '3.0']

  it.for([
    ['INT', 'INTEGER'],
    ['BIGINT UNSIGNED', 'INTEGER'],
    ['CHARINT', 'INTEGER'],
    ['VARCHAR(255)', 'TEXT'],
    ['Clob', 'TEXT'],
    ['', 'BLOB'],
    ['blob', 'BLOB'],
    ['DOUBLE PRECISION', 'REAL'],
    ['FLOAT', 'REAL'],
    ['DECIMAL(10,5)', 'NUMERIC'],
    ['BOOLEAN', 'NUMERIC'],
    ['DATETIME', 'NUMERIC'],
    ['ANY', 'NUMERIC'],
  ] as const)('%s is %s', ([type, affinity]) => {
    expect(affinityOf(type)).toBe(affinity)
    const connection = preparedConnection(new Database(':memory:'))
    connection.exec(`CREATE TABLE t (value ${type})`)
    connection.all('INSERT INTO t VALUES (?), (?), (?), (?)', odd)
    const stored = connection.all('SELECT value FROM t').map(({ value }) => showValue(value))
    expect(stored).toEqual(odd.map((value) => showValue(coerce(value, affinity))))
  })
})
