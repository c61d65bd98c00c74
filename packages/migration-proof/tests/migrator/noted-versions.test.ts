// Goal: the version that is committed is the version that was reached, whatever triggers, other processes and other
// applications write where it is kept.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  betterSqliteConnection,
  definePlan,
  MigrationRefusedError,
  migrate,
  openDatabaseFile,
  userVersion,
  type VersionStore,
  VersionTableError,
  versionTable,
} from '../../src/index.ts'
import { openToy, toyMigrations, toyPlan, versionsOf } from './toy-plan.ts'

const transactions = ['each', 'all'] as const

const triggers = {
  'that keeps versions out':
    'CREATE TRIGGER own BEFORE INSERT ON schema_version BEGIN SELECT raise(IGNORE); END',
  'that deletes rows': 'CREATE TRIGGER own AFTER INSERT ON Schema_Version BEGIN DELETE FROM author; END',
}

describe.for(Object.entries(triggers))('a trigger on the table of the versions %s', ([, trigger]) => {
  const sentence =
    /^Table schema_version: expected no trigger on the table of the versions, found the trigger own; drop the trigger, and run again\.$/i

  it.for(transactions)('is refused in a transaction for %s', (transaction) => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    connection.exec(`INSERT INTO author VALUES (1, 'Ada'); ${trigger}`)
    const run = () => migrate(connection, toyPlan, { transaction })
    expect(run).toThrow(VersionTableError)
    expect(run).toThrow(sentence)
    expect(versionsOf(connection)).toEqual([1, 2])
    expect(connection.all('SELECT name FROM author')).toEqual([{ name: 'Ada' }])
  })

  it.for(transactions)('is refused where it comes after the look, in a transaction for %s', (transaction) => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    const beforeStatement = ({ sql }: { sql: string }) => {
      if (sql === 'BEGIN IMMEDIATE') connection.exec(trigger)
    }
    expect(() => migrate(connection, toyPlan, { transaction, beforeStatement })).toThrow(sentence)
    expect(versionsOf(connection)).toEqual([1, 2])
  })

  it('is refused by openDatabase with a plan', () => {
    const folder = mkdtempSync(join(tmpdir(), 'noted-versions-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'data.db')
    const database = new Database(file)
    database.exec(`CREATE TABLE schema_version (
      version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
      CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
      INSERT INTO schema_version (version) VALUES (1); ${trigger}`)
    database.close()
    const before = readFileSync(file)
    expect(() => openDatabaseFile(file, { plan: toyPlan })).toThrow(sentence)
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

describe('a version that is not there when it is read back', () => {
  const forgetful: VersionStore = { ...versionTable('schema_version'), record: () => {} }
  const wrong: VersionStore = {
    ...userVersion(),
    record: (connection, version) => connection.exec(`PRAGMA user_version = ${version + 1}`),
  }

  it.for(transactions)('stops the run in a transaction for %s', (transaction) => {
    for (const [store, found] of [
      [forgetful, 'version 0'],
      [wrong, 'version 2'],
    ] as const) {
      const connection = openToy()
      const run = () => migrate(connection, definePlan(toyMigrations, store), { transaction })
      expect(run).toThrow(MigrationRefusedError)
      expect(run).toThrow(
        `Migration v1 (authors): expected version 1 to be read back from where versions are kept, found ${found}; ` +
          'find out what keeps it from being written; nothing of this migration was kept.',
      )
      expect(connection.all('SELECT * FROM sqlite_schema')).toEqual([])
    }
  })

  it('stops the run where a temporary trigger keeps it out', () => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 1 })
    connection.exec(
      'CREATE TEMP TRIGGER own BEFORE INSERT ON main.schema_version BEGIN SELECT raise(IGNORE); END',
    )
    expect(() => migrate(connection, toyPlan)).toThrow(MigrationRefusedError)
    expect(versionsOf(connection)).toEqual([1])
  })
})

describe('a version that another process takes back meanwhile', () => {
  it.for(transactions)('ends the run in a transaction for %s', (transaction) => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    const beforeStatement = ({ sql }: { sql: string }) => {
      if (sql === 'BEGIN IMMEDIATE')
        connection.exec('DELETE FROM schema_version WHERE version = 2; DROP INDEX author_name')
    }
    expect(() => migrate(connection, toyPlan, { transaction, beforeStatement })).toThrow(
      /expected version 2 or a later one, as before the lock was taken, found version 1/,
    )
  })
})

describe('what another connection commits between two migrations', () => {
  it.for([
    [
      'a version taken back',
      'DELETE FROM schema_version WHERE version = 2; DROP INDEX author_name',
      /found version 1;/,
    ],
    ['a trigger on the versions', triggers['that deletes rows'], /found the trigger own;/],
    ['a lost index', 'DROP INDEX author_name', /author_name/],
  ] as const)('is seen: %s', ([, sql, sentence]) => {
    const folder = mkdtempSync(join(tmpdir(), 'noted-versions-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'data.db')
    const connection = betterSqliteConnection(new Database(file))
    const other = new Database(file)
    onTestFinished(() => {
      connection.close()
      other.close()
    })
    const log = {
      info: (line: string) => {
        if (line === 'Applied migration v2') other.exec(sql)
      },
      error: () => {},
    }
    expect(() => migrate(connection, toyPlan, { log })).toThrow(sentence)
    expect(versionsOf(connection)).not.toContain(3)
  })
})

describe("an application's own number in PRAGMA user_version", () => {
  const plan = definePlan(toyMigrations, userVersion())

  it.for([200_000_000, 1_397_965_136, 2_147_483_647])('costs nothing: %d', (number) => {
    const connection = openToy()
    connection.exec(`PRAGMA user_version = ${number}`)
    const heapBefore = process.memoryUsage().heapTotal
    expect(plan.versions.read(connection)).toEqual({ current: number, missing: null })
    expect(migrate(connection, plan)).toMatchObject({ outcome: 'unknown-version', from: number })
    expect(process.memoryUsage().heapTotal - heapBefore).toBeLessThan(64 * 1024 * 1024)
  })
})

describe('a table of versions', () => {
  const read = (rows: string) => {
    const connection = openToy()
    connection.exec(`CREATE TABLE schema_version (version); INSERT INTO schema_version ${rows}`)
    return toyPlan.versions.read(connection)
  }

  it.for([
    ['SELECT 1 WHERE 0', { current: 0, missing: null }],
    ['VALUES (1)', { current: 1, missing: null }],
    ['VALUES (3), (1), (2)', { current: 3, missing: null }],
    ['VALUES (2)', { current: 2, missing: 1 }],
    ['VALUES (5), (1), (2)', { current: 5, missing: 3 }],
  ] as const)('%s is read as its highest version and its lowest gap', ([rows, expected]) => {
    expect(read(rows)).toEqual(expected)
  })

  it('may have many rows', () => {
    const many =
      'WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 100000) SELECT v FROM n'
    expect(read(many)).toEqual({ current: 100_000, missing: null })
  })
})
