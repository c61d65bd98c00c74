// Goal: a tool that applies its migrations by itself is believed only by what it notes, and blamed for what it leaves.
import { expect, it } from 'vitest'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import { migrateOf } from '../../src/migrator/migrate-as-tool.ts'
import type { Migration } from '../../src/migrator/migration.ts'
import { definePlan, type MigrationPlan, type RunnerRules, type RunTool } from '../../src/migrator/plan.ts'
import type { StatementEvent } from '../../src/migrator/statements.ts'
import { userVersion } from '../../src/migrator/version-store.ts'
import type { Connection } from '../../src/sql/connection.ts'

const migrations: readonly Migration[] = ['author', 'book', 'label'].map((name, index) => ({
  version: index + 1,
  name,
  up: (connection) => connection.exec(`CREATE TABLE ${name} (id INTEGER PRIMARY KEY)`),
}))

/** Applies each migration and notes it, as a tool without transactions does. */
const runEach: RunTool = (connection, pending) => {
  for (const migration of pending) {
    connection.exec(`CREATE TABLE ${migration.name} (id INTEGER PRIMARY KEY)`)
    connection.exec(`PRAGMA user_version = ${migration.version}`)
  }
}

function planWith(run: RunTool, rules: Partial<RunnerRules> = {}): MigrationPlan {
  const runner: RunnerRules = { tool: 'a tool', transaction: 'none', foreignKeys: 'on', run, ...rules }
  return definePlan(migrations, userVersion(), runner)
}

function open(): Connection {
  return betterSqliteConnection(openMemory())
}

function upgrade(connection: Connection, plan: MigrationPlan, target?: number) {
  return migrateOf(plan)(connection, plan, target === undefined ? {} : { target })
}

it('is given the migrations up to the target that a database has not had, and is not run for none', () => {
  const given: number[][] = []
  const plan = planWith((connection, pending, facts) => {
    given.push(pending.map(({ version }) => version))
    runEach(connection, pending, facts)
  })
  const connection = open()
  expect(upgrade(connection, plan, 1)).toMatchObject({ outcome: 'migrated', to: 1, applied: [1] })
  expect(upgrade(connection, plan)).toMatchObject({ outcome: 'migrated', to: 3, applied: [2, 3] })
  expect(upgrade(connection, plan)).toMatchObject({ outcome: 'up-to-date', applied: [] })
  expect(given).toEqual([[1], [2, 3]])
})

it.for(['on', 'off'] as const)('has foreign keys as its connection has them: %s', (foreignKeys) => {
  const seen: unknown[] = []
  const plan = planWith(
    (connection, pending, facts) => {
      seen.push(connection.all('PRAGMA foreign_keys')[0]?.foreign_keys)
      runEach(connection, pending, facts)
    },
    { foreignKeys },
  )
  const connection = open()
  connection.exec(`PRAGMA foreign_keys = ${foreignKeys === 'on' ? 'OFF' : 'ON'}`)
  upgrade(connection, plan)
  expect(seen).toEqual([foreignKeys === 'on' ? 1n : 0n])
  expect(connection.all('PRAGMA foreign_keys')[0]?.foreign_keys).toBe(foreignKeys === 'on' ? 0n : 1n)
})

it('can be stopped at each of its statements', () => {
  const plan = planWith(runEach)
  const connection = open()
  const beforeStatement = ({ sql }: { readonly sql: string }) => {
    if (sql.includes('label')) throw new Error('the power fails')
  }
  expect(() => migrateOf(plan)(connection, plan, { beforeStatement })).toThrow(
    expect.objectContaining({ name: 'MigrationFailedError', version: 3, versionNow: 2 }),
  )
})

it('is blamed for half of the first migration that it does not note', () => {
  const connection = open()
  connection.exec('CREATE TABLE book (id INTEGER)')
  expect(() => upgrade(connection, planWith(runEach))).toThrow(
    /^Migration v2 \(book\), statement 'CREATE TABLE book.*already exists.*has no transaction open there.*the version is 1/,
  )
})

it('is blamed for one of them where they are one transaction, which ends with its process', () => {
  const plan = planWith(
    (connection, pending, facts) => {
      connection.exec('BEGIN')
      runEach(connection, pending, facts)
    },
    { transaction: 'all' },
  )
  const connection = open()
  connection.exec('CREATE TABLE label (id INTEGER)')
  expect(() => upgrade(connection, plan)).toThrow(
    /^Migration v3 \(label\), statement .*nothing of this migration was kept/,
  )
  expect(connection.inTransaction).toBe(false)
})

it('is blamed for all of them where their COMMIT fails', () => {
  const plan = planWith(
    (connection, pending, facts) => {
      connection.exec('BEGIN')
      runEach(connection, pending, facts)
      connection.exec('COMMIT')
    },
    { transaction: 'all' },
  )
  const beforeStatement = ({ sql, version }: StatementEvent) => {
    if (sql === 'COMMIT' && version === null) throw new Error('the power fails')
  }
  expect(() => migrateOf(plan)(open(), plan, { beforeStatement })).toThrow(
    /^Migrations v1 to v3, statement 'COMMIT'.*nothing of these migrations was kept/,
  )
})

it('has its statements known by the version that it notes after them', () => {
  const seen: string[] = []
  const plan = planWith(runEach)
  migrateOf(plan)(open(), plan, { beforeStatement: ({ sql, version }) => seen.push(`${version} ${sql}`) })
  expect(seen.filter((line) => line.includes('CREATE')).map((line) => line.slice(0, 20))).toEqual([
    '1 CREATE TABLE autho',
    '2 CREATE TABLE book ',
    '3 CREATE TABLE label',
  ])
})

it('is not believed where it notes less than it says', () => {
  const plan = planWith((connection, pending, facts) => runEach(connection, pending.slice(0, 1), facts))
  expect(() => upgrade(open(), plan)).toThrow(
    expect.objectContaining({
      version: 2,
      message: expect.stringContaining(
        'expected version 3, since it has ended without an error, found version 1',
      ),
    }),
  )
})

it('is not believed where it leaves its transaction open', () => {
  const plan = planWith((connection, pending, facts) => {
    connection.exec('BEGIN')
    runEach(connection, pending, facts)
  })
  const connection = open()
  expect(() => upgrade(connection, plan)).toThrow('found version 0')
  expect(connection.all('SELECT 1 FROM sqlite_schema')).toEqual([])
})
