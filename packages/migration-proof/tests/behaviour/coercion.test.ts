// Goal: what the model says a column stores for a value is what SQLite stores.
import Database from 'better-sqlite3'
import { constant } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coerce, fitsStrictly } from '../../src/behaviour/coercion.ts'
import { integer } from '../../src/behaviour/declare.ts'
import { outcomeOf } from '../../src/behaviour/outcome.ts'
import { preparedConnection } from '../../src/behaviour/prepared.ts'
import { showValue } from '../../src/behaviour/values.ts'
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

describe.for(affinities.filter((affinity) => affinity !== 'NUMERIC'))(
  'a STRICT column of type %s',
  (affinity) => {
    const connection = preparedConnection(new Database(':memory:'))
    connection.exec(`CREATE TABLE t (value ${affinity}) STRICT`)
    const column = { ...integer(constant(1n)).optional(), affinity }

    it.for(values.map((value) => [String(value), value] as const))('takes %j or refuses it', ([, value]) => {
      const outcome = outcomeOf(() => connection.all('INSERT INTO t VALUES (?)', [value]))
      const fits = fitsStrictly(coerce(value, affinity), column)
      expect(outcome).toBe(fits ? 'accepted' : 'SQLITE_CONSTRAINT_DATATYPE')
    })
  },
)
