/**
 * Goal: the hash of a migration is that of what it executes: another statement, order or value changes it,
 * and the way it is written does not.
 */
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import type { MigrationConnection } from '../../src/migrator/migration.ts'
import { definePlan } from '../../src/migrator/plan.ts'
import { versionTable } from '../../src/migrator/version-store.ts'
import { pinAsked, pinMigration, recordMigrations } from '../../src/snapshots/statements.ts'
import { ownStatement, withColumnNames } from '../../src/sql/own-statements.ts'

function record(...ups: readonly ((connection: MigrationConnection) => void)[]) {
  const database = new Database(':memory:')
  onTestFinished(() => {
    database.close()
  })
  const plan = definePlan(ups.map((up, place) => ({ version: place + 1, name: 'change', up })))
  return recordMigrations(plan, betterSqliteConnection(database))
}

const pin = (up: (connection: MigrationConnection) => void) => record(up).map(pinMigration)[0]

const table = 'CREATE TABLE thing (a INTEGER, b TEXT)'
const reference = (connection: MigrationConnection) => {
  connection.exec(`${table}; CREATE INDEX i ON thing (a)`)
  connection.all('INSERT INTO thing VALUES (?, ?)', [1n, 'x'])
}

describe('the statements of a migration', () => {
  it('are recorded one by one, each with the values that it bound, under its version', () => {
    expect(record(reference, (connection) => connection.exec('DROP INDEX i;'))).toEqual([
      {
        version: 1,
        statements: [
          { sql: table, parameters: [] },
          { sql: 'CREATE INDEX i ON thing (a)', parameters: [] },
          { sql: 'INSERT INTO thing VALUES (?, ?)', parameters: [1n, 'x'] },
        ],
      },
      { version: 2, statements: [{ sql: 'DROP INDEX i', parameters: [] }] },
    ])
  })

  it('have the hash that they always had', () => {
    expect(pin(reference)).toEqual({
      version: 1,
      statements: 3,
      hash: 'aae4eb8dd93718a43a2665027772dab07c9184c81c5a6c479d6c39c61f7d0fba',
    })
  })
})

describe('the same hash', () => {
  const cases: readonly (readonly [string, (connection: MigrationConnection) => void])[] = [
    [
      'with other white space, comments, line ends and keyword case',
      (connection) => {
        connection.exec(
          'create table thing (\r\n  a integer, -- a number\r\n  b text\r\n);\r\n/* and */ Create Index i On thing (a);',
        )
        connection.all('insert into thing values (?,?);', [1n, 'x'])
      },
    ],
    [
      'with every statement run by itself',
      (connection) => {
        connection.exec(table)
        connection.exec('CREATE INDEX "i" ON "thing" ("a")')
        connection.all('INSERT INTO thing VALUES (?, ?)', [1n, 'x'])
      },
    ],
  ]

  it.for(cases)('%s', ([, up]) => {
    expect(pin(up)).toEqual(pin(reference))
  })
})

describe('another hash', () => {
  const withValues =
    (...values: readonly (bigint | number | string | null | Uint8Array)[]) =>
    (connection: MigrationConnection) => {
      connection.exec(`${table}; CREATE INDEX i ON thing (a)`)
      connection.all('INSERT INTO thing VALUES (?, ?)', values)
    }
  const cases: readonly (readonly [string, (connection: MigrationConnection) => void])[] = [
    ['for another column type', (connection) => connection.exec('CREATE TABLE thing (a TEXT, b TEXT)')],
    ['for a statement less', (connection) => connection.exec(`${table}; CREATE INDEX i ON thing (a)`)],
    ['for another value', withValues(2n, 'x')],
    ['for a real in place of an integer', withValues(1, 'x')],
    ['for text in place of an integer', withValues('1', 'x')],
    ['for NULL in place of text', withValues(1n, null)],
    ['for a blob in place of text', withValues(1n, new Uint8Array([120]))],
    [
      'for another order',
      (connection) => {
        connection.exec(table)
        connection.all('INSERT INTO thing VALUES (?, ?)', [1n, 'x'])
        connection.exec('CREATE INDEX i ON thing (a)')
      },
    ],
    [
      'for a literal in another case',
      (connection) => {
        connection.exec(`${table}; CREATE INDEX i ON thing (a)`)
        connection.all(`INSERT INTO thing VALUES (1, 'X')`)
      },
    ],
  ]

  it.for(cases)('%s', ([, up]) => {
    expect(pin(up)?.hash).not.toBe(pin(reference)?.hash)
  })

  it('for each of them, so that no two are the same', () => {
    const hashes = [reference, ...cases.map(([, up]) => up)].map((up) => pin(up)?.hash)
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})

it('ends at the first migration that fails, with its error', () => {
  expect(() => record((connection) => connection.exec('CREATE TABEL t'))).toThrow('syntax error')
})

describe('a version store that fails', () => {
  it.for(['create', 'record'] as const)(
    'in %s is an error of the migration whose version it notes',
    (method) => {
      const fail = () => {
        throw new TypeError('no such luck')
      }
      const versions = { ...versionTable('versions'), [method]: fail }
      const plan = definePlan([{ version: 1, name: 'books', up: () => {} }], versions)
      expect(() => recordMigrations(plan, betterSqliteConnection(new Database(':memory:')))).toThrow(
        /^Migration v1 \(books\).*no such luck/,
      )
    },
  )
})

describe('what a migration asks for', () => {
  const pinOf = (up: (connection: MigrationConnection) => void) => {
    const [recorded = { version: 0, statements: [] }] = record(up)
    return { executed: pinMigration(recorded).hash, asked: pinAsked(recorded.statements) }
  }
  const create = 'CREATE TABLE note (id INTEGER PRIMARY KEY)'
  const select = 'SELECT id FROM note'

  it('is pinned without what this package runs to answer it', () => {
    const alone = pinOf((connection) => {
      connection.exec(create)
      connection.all(select)
    })
    const answered = pinOf((connection) => {
      connection.exec(ownStatement('SAVEPOINT task'))
      connection.exec(create)
      connection.all(ownStatement('SELECT changes()'))
      connection.all(withColumnNames(select, ['c0']))
      connection.exec(ownStatement('RELEASE task'))
    })
    expect(answered.asked).toEqual(alone.asked)
    expect(answered.executed).not.toBe(alone.executed)
  })
})
