// Goal: rows without their parent are counted in each table, even beside a foreign key that SQLite cannot check.
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { countViolations, findNewViolations } from '../../src/checks/violations.ts'
import { betterSqliteConnection } from '../../src/index.ts'

const orphans = `CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE "a child" (parent REFERENCES parent);
  INSERT INTO "a child" VALUES (1), (2), (NULL); INSERT INTO parent VALUES (2)`
const unchecked = 'CREATE TABLE odd (a REFERENCES "a child" (parent)); INSERT INTO odd VALUES (1)'

it.for([
  { name: 'none', sql: '', counts: [] },
  { name: 'orphans', sql: orphans, counts: [['a child → parent', 1]] },
  {
    name: 'orphans beside a foreign key to columns that are not unique',
    sql: `${orphans}; ${unchecked}`,
    counts: [
      ['a child → parent', 1],
      ['odd → its parents', Number.POSITIVE_INFINITY],
    ],
  },
])('counts $name', ({ sql, counts }) => {
  const database = new Database(':memory:')
  database.exec(`PRAGMA foreign_keys = OFF; ${sql}; ATTACH ':memory:' AS other;
    CREATE TABLE other.elsewhere (a PRIMARY KEY, b REFERENCES elsewhere); INSERT INTO elsewhere VALUES (1, 2)`)
  expect([...countViolations(betterSqliteConnection(database))]).toEqual(counts)
  database.close()
})

it('reports only what is worse than before', () => {
  const before = new Map([
    ['a → b', 3],
    ['c → d', 1],
  ])
  const after = new Map([
    ['a → b', 3],
    ['c → d', 2],
    ['e → its parents', Number.POSITIVE_INFINITY],
  ])
  expect(findNewViolations(before, after).map(({ subject, actual }) => [subject.name, actual])).toEqual([
    ['c → d', '2'],
    ['e → its parents', 'a foreign key that SQLite cannot check'],
  ])
})
