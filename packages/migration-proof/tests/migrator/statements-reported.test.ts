// Goal: each statement is reported, in order and with its version, and a run takes no lock that it does not need.
import { describe, expect, it } from 'vitest'
import {
  type Connection,
  definePlan,
  type MigrateOptions,
  type Migration,
  migrate,
  userVersion,
  versionTable,
} from '../../src/index.ts'
import { preflight } from '../../src/migrator/preflight.ts'
import type { StatementEvent } from '../../src/migrator/statements.ts'
import { afterTrial, openToy, toyMigrations, toyPlan, toyPlanWith, versionsOf } from './toy-plan.ts'

const transactions = ['each', 'all'] as const

/** What a run reports: the first two words of each statement, and the version it belongs to. */
function reported(connection: Connection, options: MigrateOptions = {}, plan = toyPlan): string[] {
  const events: string[] = []
  const beforeStatement = ({ sql, version }: StatementEvent) => {
    events.push(`${version ?? '-'} ${sql.split(/\s+/).slice(0, 2).join(' ')}`)
  }
  try {
    migrate(connection, plan, { ...options, beforeStatement })
  } catch {
    events.push('failed')
  }
  return events
}

const steps = {
  1: ['1 CREATE TABLE', '1 CREATE TABLE', '1 INSERT INTO'],
  2: ['2 CREATE TABLE', '2 CREATE INDEX', '2 INSERT INTO'],
  3: ['3 CREATE TABLE', '3 CREATE TABLE', '3 CREATE INDEX', '3 INSERT INTO'],
}

describe('what is reported', () => {
  it('in a transaction for each, is every statement of every version', () => {
    const begin = '- BEGIN IMMEDIATE'
    expect(reported(openToy())).toEqual(
      [steps[1], steps[2], steps[3]].flatMap((statements) => [begin, ...statements, '- COMMIT']),
    )
  })

  it('in one transaction for all, has a savepoint for each version', () => {
    expect(reported(openToy(), { transaction: 'all' })).toEqual([
      '- BEGIN IMMEDIATE',
      ...([1, 2, 3] as const).flatMap((version) => [
        `- SAVEPOINT v${version}`,
        ...steps[version],
        `- RELEASE v${version}`,
      ]),
      '- COMMIT',
    ])
  })

  it.for(transactions)('is nothing at the latest version, in a transaction for %s', (transaction) => {
    const connection = openToy()
    migrate(connection, toyPlan)
    expect(reported(connection, { transaction })).toEqual([])
  })

  it.for(transactions)('is nothing at the target, in a transaction for %s', (transaction) => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    expect(reported(connection, { transaction, target: 2 })).toEqual([])
  })

  it('is not the ROLLBACK after a failure', () => {
    const failing: Migration = {
      version: 1,
      name: 'none',
      up: afterTrial((db) => db.exec('SELECT 1; SELECT no_column')),
    }
    expect(reported(openToy(), {}, toyPlanWith(failing))).toEqual([
      '- BEGIN IMMEDIATE',
      '1 CREATE TABLE',
      '1 SELECT 1',
      '1 SELECT no_column',
      'failed',
    ])
  })

  it('names the COMMIT that failed, and not the ROLLBACK that had nothing left to undo', () => {
    const connection = openToy()
    const beforeStatement = ({ sql }: StatementEvent) => {
      if (sql !== 'COMMIT') return
      connection.exec('ROLLBACK')
      throw new Error('the disk is full')
    }
    const run = () => migrate(connection, toyPlan, { beforeStatement })
    expect(run).toThrow(
      expect.objectContaining({ name: 'MigrationFailedError', version: 1, statement: 'COMMIT' }),
    )
  })
})

describe('a look before a migration', () => {
  it('is one read transaction that is undone', () => {
    const connection = openToy()
    const statements: string[] = []
    preflight(
      {
        exec: (sql) => {
          statements.push(sql)
          connection.exec(sql)
        },
        all: (sql, parameters) => {
          expect(connection.inTransaction).toBe(true)
          return connection.all(sql, parameters)
        },
        get inTransaction() {
          return connection.inTransaction
        },
        openMemory: () => connection.openMemory(),
        close: () => connection.close(),
      },
      toyPlan,
    )
    expect(statements).toEqual(['BEGIN', 'ROLLBACK'])
  })
})

describe('another process that was faster', () => {
  function migrateBehind(transaction: 'each' | 'all', target: number) {
    const connection = openToy()
    const lines: string[] = []
    let committed = 0
    const beforeStatement = ({ sql }: StatementEvent) => {
      if (sql === 'BEGIN IMMEDIATE' && currentVersion(connection) === 0)
        migrate(connection, toyPlan, { target })
    }
    const log = { info: (line: string) => lines.push(line), error: (line: string) => lines.push(line) }
    const beforeCommit = () => {
      committed += 1
    }
    const result = migrate(connection, toyPlan, { transaction, beforeStatement, beforeCommit, log })
    return { result, lines, committed, versions: versionsOf(connection) }
  }

  /** The version of a database that may not have a version table yet. */
  function currentVersion(connection: Connection): number {
    return toyPlan.versions.read(connection).current
  }

  it.for(transactions)(
    'keeps its versions, and reports only the rest, in a transaction for %s',
    (transaction) => {
      const { result, lines, versions } = migrateBehind(transaction, 2)
      expect(result).toMatchObject({ outcome: 'migrated', from: 0, to: 3, applied: [3] })
      expect(lines).toEqual([
        'Current schema version: 0',
        'Running migration v3 (books)...',
        'Applied migration v3',
      ])
      expect(versions).toEqual([1, 2, 3])
    },
  )

  it.for(transactions)('may leave nothing to do, in a transaction for %s', (transaction) => {
    const { result, lines, committed } = migrateBehind(transaction, 3)
    expect(result).toMatchObject({ outcome: 'up-to-date', from: 0, to: 3, applied: [] })
    expect(lines).toEqual(['Current schema version: 0', 'Schema is up to date (v3)'])
    expect(committed).toBe(0)
  })
})

describe('at a target below the latest', () => {
  it('the schema is not called up to date', () => {
    const connection = openToy()
    const lines: string[] = []
    const log = { info: (line: string) => lines.push(line), error: (line: string) => lines.push(line) }
    migrate(connection, toyPlan, { target: 2 })
    expect(migrate(connection, toyPlan, { target: 2, log }).outcome).toBe('up-to-date')
    expect(lines).toEqual(['Current schema version: 2'])
  })
})

describe('where versions are kept', () => {
  it('is a table of the given name, or no table', () => {
    expect(versionTable('the "versions"').tables).toEqual(['the "versions"'])
    expect(userVersion().tables).toEqual([])
  })

  it('is a table that notes the time of each version', () => {
    const connection = openToy()
    const plan = definePlan(toyMigrations, versionTable('the "versions"'))
    migrate(connection, plan, { target: 1 })
    expect(
      connection.all(
        'SELECT version, abs(julianday() - julianday(applied_at)) < 1 AS now FROM "the ""versions"""',
      ),
    ).toEqual([{ version: 1n, now: 1n }])
  })

  it('is the header, where nothing is created', () => {
    const connection = openToy()
    const store = userVersion()
    store.create(connection)
    expect(store.read(connection)).toEqual({ current: 0, missing: null })
    store.record(connection, 2)
    expect(store.read(connection)).toEqual({ current: 2, missing: null })
    expect(connection.all('SELECT * FROM sqlite_schema')).toEqual([])
  })

  it('holds no version that is a text of digits', () => {
    const connection = openToy()
    connection.exec(`CREATE TABLE schema_version (version TEXT); INSERT INTO schema_version VALUES ('1')`)
    expect(() => toyPlan.versions.read(connection)).toThrow(/found a text value/)
  })
})
