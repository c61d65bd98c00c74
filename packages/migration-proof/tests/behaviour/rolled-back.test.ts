// Goal: whatever the checks change is rolled back, and never together with other work; even if the engine itself rolls
// everything back, they run to their end.
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/behaviour/checks/context.ts'
import { checkBehaviour, emptyTables, inSavepoint } from '../../src/behaviour/index.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { shopModels as models, openShop, shopFacts } from './shop.ts'

function readAll(connection: Connection) {
  return models.map(({ name }) => connection.all(`SELECT * FROM ${name}`))
}

const rows = `
  INSERT INTO shop VALUES ('a', 'A', 1.5);
  INSERT INTO customer (shop, email) VALUES ('a', 'a@example.com');
  INSERT INTO draft VALUES ('k', 1, 5)`

describe('the checks', () => {
  it('leave a database as it was', () => {
    const connection = openShop()
    connection.exec(rows)
    const before = readAll(connection)
    expect(checkBehaviour({ connection, facts: shopFacts, version: 1 })).toEqual([])
    expect(readAll(connection)).toEqual(before)
    expect(connection.inTransaction).toBe(false)
  })

  it.for([
    ['AFTER INSERT ON shop', 'shop'],
    ['BEFORE DELETE ON draft', 'draft'],
  ])('run to their end with a trigger %s that rolls everything back', ([when, object]) => {
    const connection = openShop()
    connection.exec(rows)
    connection.exec(`CREATE TRIGGER never ${when} BEGIN SELECT RAISE(ROLLBACK, 'never'); END`)
    const failures = checkBehaviour({ connection, facts: shopFacts, version: 1 })
    expect(failures.map(({ subject }) => subject.name)).toContain(object)
    expect(connection.inTransaction).toBe(false)
  })
})

describe('one work after the other', () => {
  it('begins with what was there before', () => {
    const connection = openShop()
    inSavepoint(connection, () => {
      emptyTables(connection, models)
      const { isolated } = createContext('a check', connection, models, [])
      const insertAndCount = () => {
        connection.all(`INSERT INTO shop VALUES ('a', 'A', 1.5)`)
        return connection.all('SELECT count(*) AS n FROM shop')[0]?.n
      }
      expect([isolated(insertAndCount), isolated(insertAndCount)]).toEqual([1n, 1n])
    })
  })

  it('is rolled back even after the engine rolled everything back', () => {
    const connection = openShop()
    connection.exec(`CREATE TRIGGER never AFTER INSERT ON shop BEGIN SELECT RAISE(ROLLBACK, 'never'); END`)
    inSavepoint(connection, () => {
      const { isolated } = createContext('a check', connection, models, [])
      const refused = () => isolated(() => connection.all(`INSERT INTO shop VALUES ('a', 'A', 1.5)`))
      expect(refused).toThrow('never')
      const insertAndCount = () => {
        connection.all('INSERT INTO customer (email) VALUES (NULL)')
        return connection.all('SELECT count(*) AS n FROM customer')[0]?.n
      }
      expect([isolated(insertAndCount), isolated(insertAndCount)]).toEqual([1n, 1n])
    })
  })

  it('is refused inside another', () => {
    const connection = openShop()
    inSavepoint(connection, () => {
      const { isolated, expectOutcome } = createContext('a check', connection, models, [])
      expect(() => isolated(() => expectOutcome('shop', 'nothing', 'accepted', () => {}))).toThrow(
        'cannot be nested',
      )
      expect(isolated(() => 'the next one')).toBe('the next one')
    })
  })
})
