// Goal: the behaviour layer serves a schema that it has never seen, with all that the suite's own lacks: STRICT,
// WITHOUT ROWID, collations, UNIQUE, partial indexes, a table that refers to itself, SET NULL and RESTRICT. It
// finds nothing wrong with it, and names each fault that is injected.
import { describe, expect, it } from 'vitest'
import {
  checkBehaviour,
  constraintsProperty,
  describeProblem,
  expiryProperty,
  lendInSavepoint,
  modelProperty,
} from '../../src/behaviour/index.ts'
import { compareWithFacts } from '../../src/checks/facts.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { shopModels as models, openShop, shopFacts } from './shop.ts'

const RUNS = 100

function check(connection: Connection) {
  return checkBehaviour({ connection, facts: shopFacts, version: 1 })
}

function propertiesOf(connection: Connection) {
  return [
    ...models.map(({ name }) => constraintsProperty(connection, models, name)),
    expiryProperty(connection, models),
    modelProperty(lendInSavepoint(connection, models), models),
  ]
}

describe('a schema of another project', () => {
  it('is as its tables are declared', () => {
    expect(compareWithFacts(openShop(), shopFacts, 1)).toEqual([])
  })

  it('behaves as its models say', () => {
    expect(check(openShop()).map(describeProblem)).toEqual([])
  })

  it.for(propertiesOf(openShop()).map((property) => [property.name, property] as const))(
    'holds: %s',
    ([, property]) => {
      const { counterexample } = property.explore({ runs: RUNS, seed: 1 })
      expect(counterexample).toBeNull()
    },
  )

  it.for([
    ['STRICT dropped', 'invoice.due', ') STRICT', ')'],
    ['WITHOUT ROWID dropped', 'shop', ') WITHOUT ROWID', ')'],
    [
      'a collation dropped',
      'shop.code',
      'code TEXT NOT NULL PRIMARY KEY COLLATE NOCASE',
      'code TEXT NOT NULL PRIMARY KEY',
    ],
    ['UNIQUE dropped', 'shop', 'name TEXT NOT NULL UNIQUE', 'name TEXT NOT NULL'],
    ['a composite UNIQUE shortened', 'customer', 'UNIQUE (shop, email)', 'UNIQUE (email)'],
    [
      'SET NULL turned into CASCADE',
      'customer → shop',
      'ON DELETE SET NULL ON UPDATE',
      'ON DELETE CASCADE ON UPDATE',
    ],
    ['CASCADE of updates dropped', 'customer → shop', ' ON UPDATE CASCADE', ''],
    [
      'a reference to itself dropped',
      'customer → customer',
      'referrer INTEGER REFERENCES customer(id) ON DELETE SET NULL',
      'referrer INTEGER',
    ],
    [
      'a reference to itself that cascades',
      'customer → customer',
      'customer(id) ON DELETE SET NULL',
      'customer(id) ON DELETE CASCADE',
    ],
    ['RESTRICT turned into NO ACTION', 'invoice → customer', 'ON DELETE RESTRICT', ''],
    ['a partial index made whole', 'invoice_due', ' WHERE paid = 0', ''],
    ['a partial index with another condition', 'invoice_due', 'WHERE paid = 0', 'WHERE paid = 1'],
    ['a second column in the other direction', 'invoice_customer', 'year DESC', 'year'],
    ['a CHECK made wider', 'invoice', 'paid IN (0, 1)', 'paid IN (0, 1, 2)'],
    ['a REAL column made NUMERIC', 'shop.rating', 'rating REAL', 'rating NUMERIC'],
  ])('%s: it names %s', ([, object, from, to]) => {
    expect(check(openShop(from, to)).map(({ subject }) => subject.name)).toContain(object)
  })
})
