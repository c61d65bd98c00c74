// Goal: the folder of each tool is read as that tool reads it, applied by its rules, and its notes are believed only where they fit.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import { d1 } from '../../src/history/d1.ts'
import { dbmate } from '../../src/history/dbmate.ts'
import { drizzle } from '../../src/history/drizzle.ts'
import { sqlFolder } from '../../src/history/folder.ts'
import { golangMigrate } from '../../src/history/golang-migrate.ts'
import { goose } from '../../src/history/goose.ts'
import { prisma } from '../../src/history/prisma.ts'
import type { History } from '../../src/history/sql-folder.ts'
import { sqlx } from '../../src/history/sqlx.ts'
import { migrate } from '../../src/migrator/migrate.ts'
import { migrateOf } from '../../src/migrator/migrate-as-tool.ts'
import { definePlan, type MigrationPlan } from '../../src/migrator/plan.ts'
import { readVersion } from '../../src/migrator/versions.ts'
import type { Connection } from '../../src/sql/connection.ts'

const root = mkdtempSync(join(tmpdir(), 'adapters-'))
afterAll(() => rmSync(root, { recursive: true }))

let folders = 0

/** A folder with these files. */
function write(files: Readonly<Record<string, string>>): string {
  const folder = join(root, `${++folders}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    // Surrogates stand for bytes that are no UTF-8.
    writeFileSync(join(folder, name), Buffer.from(text, text.includes('\udcff') ? 'latin1' : 'utf8'))
  }
  return folder
}

/** How a tool keeps the migrations of these names, and where. */
interface Tool {
  readonly read: (folder: string) => History
  readonly files: (steps: readonly Step[]) => Readonly<Record<string, string>>
  /** Makes the notes wrong in a way that the tool knows. */
  readonly spoil: Readonly<Record<string, string>>
}

interface Step {
  readonly name: string
  readonly statements: readonly string[]
}

const plainFiles =
  (nameOf: (name: string) => string, wrap = (sql: string) => sql): Tool['files'] =>
  (steps) =>
    Object.fromEntries(
      steps.map(({ name, statements }) => [nameOf(name), wrap(`${statements.join(';\n')};\n`)]),
    )

const tools: Readonly<Record<string, Tool>> = {
  drizzle: {
    read: drizzle,
    files: (steps) => ({
      'meta/_journal.json': JSON.stringify({
        entries: steps.map(({ name }, idx) => ({ idx, tag: name, when: Number.parseInt(name, 10) * 1000 })),
      }),
      ...Object.fromEntries(
        steps.map(({ name, statements }) => [`${name}.sql`, statements.join(';--> statement-breakpoint\n')]),
      ),
    }),
    spoil: {
      late: 'DELETE FROM __drizzle_migrations WHERE created_at = 10000',
      unknown: 'UPDATE __drizzle_migrations SET created_at = 15000 WHERE created_at = 10000',
    },
  },
  prisma: {
    read: prisma,
    files: plainFiles((name) => `${name}/migration.sql`),
    spoil: {
      late: "DELETE FROM _prisma_migrations WHERE migration_name = '010_first'",
      unknown: "UPDATE _prisma_migrations SET migration_name = '15_other' WHERE migration_name = '010_first'",
      unfinished: "UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '020_second'",
      changed: "UPDATE _prisma_migrations SET checksum = 'x' WHERE migration_name = '010_first'",
    },
  },
  dbmate: {
    read: dbmate,
    files: plainFiles(
      (name) => `${name}.sql`,
      (sql) => `-- migrate:up\n${sql}\n-- migrate:down\nSELECT 1;\n`,
    ),
    spoil: {
      late: "DELETE FROM schema_migrations WHERE version = '010'",
      unknown: "UPDATE schema_migrations SET version = '015' WHERE version = '010'",
    },
  },
  d1: {
    read: d1,
    files: plainFiles((name) => `${name}.sql`),
    spoil: {
      late: "DELETE FROM d1_migrations WHERE name = '010_first.sql'",
      unknown: "UPDATE d1_migrations SET name = '15.sql' WHERE name = '010_first.sql'",
    },
  },
  goose: {
    read: goose,
    files: plainFiles(
      (name) => `${name}.sql`,
      (sql) => `-- +goose Up\n${sql}\n-- +goose Down\nSELECT 1;\n`,
    ),
    spoil: {
      late: 'INSERT INTO goose_db_version (version_id, is_applied) VALUES (10, 0)',
      unknown: 'UPDATE goose_db_version SET version_id = 15 WHERE version_id = 10',
    },
  },
  'golang-migrate': {
    read: golangMigrate,
    files: plainFiles((name) => `${name}.up.sql`),
    spoil: {
      unknown: 'UPDATE schema_migrations SET version = 15',
      unfinished: 'UPDATE schema_migrations SET dirty = 1',
    },
  },
  sqlx: {
    read: sqlx,
    files: plainFiles((name) => `${name}.sql`),
    spoil: {
      late: 'DELETE FROM _sqlx_migrations WHERE version = 10',
      unknown: 'UPDATE _sqlx_migrations SET version = 15 WHERE version = 10',
      unfinished: 'UPDATE _sqlx_migrations SET success = FALSE WHERE version = 20',
      changed: "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 10",
    },
  },
  folder: {
    read: sqlFolder,
    files: plainFiles((name) => `${name}.sql`),
    spoil: {},
  },
}

const first: Step = {
  name: '010_first',
  statements: [
    'CREATE TABLE chat (id INTEGER PRIMARY KEY, title TEXT)',
    'CREATE TABLE message (id INTEGER PRIMARY KEY, chat INTEGER NOT NULL REFERENCES chat (id) ON DELETE CASCADE)',
    'CREATE TRIGGER shown AFTER INSERT ON chat BEGIN SELECT 1; SELECT 2; END',
  ],
}
const second: Step = { name: '020_second', statements: ['CREATE INDEX message_chat ON message (chat)'] }
const rebuild: Step = {
  name: '100_rebuild',
  statements: [
    'PRAGMA foreign_keys=OFF',
    "CREATE TABLE new_chat (id INTEGER PRIMARY KEY, title TEXT DEFAULT 'new')",
    'INSERT INTO new_chat (id, title) SELECT id, title FROM chat',
    'DROP TABLE chat',
    'ALTER TABLE new_chat RENAME TO chat',
    'PRAGMA foreign_keys=ON',
  ],
}
const rows = 'INSERT INTO chat VALUES (1, NULL); INSERT INTO message VALUES (1, 1), (2, 1)'

function planOf({ read, files }: Tool, steps: readonly Step[]): MigrationPlan {
  const { migrations, versions, runner } = read(write(files(steps)))
  return definePlan(migrations, versions, runner)
}

function open(): Connection {
  const connection = betterSqliteConnection(openMemory())
  connection.exec('PRAGMA foreign_keys = ON')
  return connection
}

function countMessages(connection: Connection): number {
  return connection.all('SELECT 1 FROM message').length
}

describe.for(Object.entries(tools))('the history of %s', ([name, tool]) => {
  it('is applied in the order of the numbers, and noted so that nothing is left to do', () => {
    const plan = planOf(tool, [first, second, rebuild])
    expect(plan.migrations.map(({ name: own }) => own.match(/\d+/)?.[0])).toEqual(['010', '020', '100'])
    // What the migrator of this package applies has them off where the tool has.
    const keys = plan.runner?.foreignKeys === 'off' ? 'off' : undefined
    expect(plan.migrations[0]?.foreignKeys).toBe(keys)
    const connection = open()
    expect(migrateOf(plan)(connection, plan)).toMatchObject({ outcome: 'migrated', applied: [1, 2, 3] })
    expect(readVersion(connection, plan)).toBe(3)
    expect(migrateOf(plan)(connection, plan)).toMatchObject({ outcome: 'up-to-date', applied: [] })
  })

  it('goes on where it was stopped, with the migrator of this package too', () => {
    const plan = planOf(tool, [first, second, rebuild])
    const connection = open()
    migrateOf(plan)(connection, plan, { target: 1 })
    expect(migrate(connection, plan, { target: 2 })).toMatchObject({ applied: [2] })
    expect(migrateOf(plan)(connection, plan)).toMatchObject({ applied: [3] })
  })

  it('of newer software is left alone', () => {
    const older = planOf(tool, [first, second])
    const newer = planOf(tool, [first, second, rebuild])
    const connection = open()
    migrateOf(newer)(connection, newer)
    // What notes the last one alone cannot say whether that is a later one.
    if (name === 'golang-migrate') {
      expect(() => readVersion(connection, older)).toThrow('golang-migrate refuses to go on')
      return
    }
    expect(migrateOf(older)(connection, older)).toMatchObject({ outcome: 'unknown-version', applied: [] })
    expect(migrate(connection, older)).toMatchObject({ outcome: 'unknown-version', applied: [] })
  })

  it('with one more before the last is not that of newer software', () => {
    const plan = planOf(tool, [first, rebuild])
    const other = planOf(tool, [first, second, rebuild])
    const connection = open()
    migrateOf(other)(connection, other)
    const { problem } = plan.versions.read(connection)
    // What notes the last one, or a number, alone says nothing of those before it.
    const isBlind = name === 'golang-migrate' || name === 'folder'
    expect(problem?.kind).toBe(isBlind ? undefined : 'unknown')
  })

  it.for(Object.entries(tool.spoil))('with notes that are %s is refused by name', ([kind, sql]) => {
    const plan = planOf(tool, [first, second])
    const connection = open()
    migrateOf(plan)(connection, plan)
    connection.exec(sql)
    expect(plan.versions.read(connection).problem).toMatchObject({ kind })
    for (const upgrade of [migrate, migrateOf(plan)])
      expect(() => upgrade(connection, plan)).toThrow(expect.objectContaining({ name: 'VersionTableError' }))
  })
})

describe('a rebuild of a table with children, with foreign keys switched off by its file', () => {
  const left = (name: string) => {
    const plan = planOf(tools[name] as Tool, [first, rebuild])
    const connection = open()
    migrateOf(plan)(connection, plan, { target: 1 })
    connection.exec(rows)
    migrateOf(plan)(connection, plan)
    return countMessages(connection)
  }

  it.for(['drizzle', 'd1', 'sqlx'])('deletes the rows of the children as %s applies it', (name) => {
    expect(left(name)).toBe(0)
  })

  it.for(['prisma', 'dbmate', 'goose', 'golang-migrate', 'folder'])('keeps them as %s applies it', (name) => {
    expect(left(name)).toBe(2)
  })
})

it.for(Object.keys(tools))(
  'the migrator of this package keeps the rows of the children that %s may delete',
  (name) => {
    const plan = planOf(tools[name] as Tool, [first, rebuild])
    const connection = open()
    migrate(connection, plan, { target: 1 })
    connection.exec(rows)
    migrate(connection, plan)
    expect(countMessages(connection)).toBe(2)
  },
)

describe('a migration that fails at its second statement', () => {
  const failing: Step = {
    name: '030_failing',
    statements: ['CREATE TABLE half (id INTEGER)', 'INSERT INTO missing VALUES (1)'],
  }

  it.for<[string, number | string, boolean]>([
    ['drizzle', 0, false],
    ['dbmate', 2, false],
    ['d1', 2, false],
    ['goose', 2, false],
    ['sqlx', 2, false],
    ['prisma', 'unfinished', true],
  ])('as %s applies it leaves the notes of %s, and half of it: %s', ([name, noted, isHalf]) => {
    const plan = planOf(tools[name] as Tool, [first, second, failing])
    const connection = open()
    expect(() => migrateOf(plan)(connection, plan)).toThrow('no such table')
    const { current, problem } = plan.versions.read(connection)
    expect(problem?.kind ?? current).toBe(noted)
    expect(connection.all("SELECT 1 FROM sqlite_schema WHERE name = 'half'")).toHaveLength(isHalf ? 1 : 0)
    expect(connection.inTransaction).toBe(false)
  })
})

describe('a folder that its tool would refuse', () => {
  it.for<[string, Readonly<Record<string, string>>, (folder: string) => History, string]>([
    ['without a journal', { '0000_a.sql': 'SELECT 1' }, drizzle, 'meta/_journal.json'],
    ['with a journal that is none', { 'meta/_journal.json': '{' }, drizzle, 'a journal of drizzle-kit'],
    [
      'with two statements in a part',
      { 'meta/_journal.json': '{"entries":[{"tag":"a","when":1}]}', 'a.sql': 'SELECT 1; SELECT 2' },
      drizzle,
      'one statement between two lines',
    ],
    [
      'without a file of the journal',
      { 'meta/_journal.json': '{"entries":[{"tag":"a","when":1}]}' },
      drizzle,
      'a.sql',
    ],
    ['without migrate:down', { '1_a.sql': '-- migrate:up\nSELECT 1' }, dbmate, 'migrate:down'],
    ['without a mark', { '1_a.sql': 'SELECT 1' }, goose, '+goose Up'],
    ['with Go', { '1_a.go': 'package main' }, goose, 'written in Go'],
    ['without a migration', { 'README.md': '' }, prisma, 'a folder with migration.sql'],
    ['without a file', { 'README.md': '' }, sqlFolder, 'a file of SQL'],
    [
      'with an entry that is older than one before it',
      {
        'meta/_journal.json': '{"entries":[{"tag":"a","when":2},{"tag":"b","when":1}]}',
        'a.sql': '',
        'b.sql': '',
      },
      drizzle,
      'skips it for ever',
    ],
    [
      'with a mark twice',
      { '1_a.sql': '-- migrate:up\n-- migrate:down\n-- migrate:up\n' },
      dbmate,
      'each once',
    ],
    [
      'with the marks in the wrong order',
      { '1_a.sql': '-- migrate:down\n-- migrate:up\n' },
      dbmate,
      'each once',
    ],
    [
      'with a statement before the marks',
      { '1_a.sql': 'SELECT 1;\n-- migrate:up\n-- migrate:down\n' },
      dbmate,
      'a statement',
    ],
    ['with a byte of zero', { '1_a.sql': 'SELECT 1;\0SELECT 2;' }, sqlFolder, 'a byte of zero'],
    ['with a number that is too large', { '99999999999999999999_a.sql': '-- +goose Up' }, goose, 'at most'],
    ['with one id twice', { '1_a.sql': 'SELECT 1', '01_b.sql': 'SELECT 1' }, sqlx, 'the id 1 twice'],
    ['with bytes that are no text', { '1_a.sql': '\udcff' }, sqlFolder, 'UTF-8'],
  ])('%s is named with what is expected', ([, files, read, text]) => {
    expect(() => read(write(files))).toThrow(text)
  })

  it('is not there', () => {
    expect(() => d1(join(root, 'nowhere'))).toThrow(expect.objectContaining({ name: 'HistoryError' }))
  })
})

it.for(['goose', 'golang-migrate', 'sqlx'])('numbers of 17 digits are kept to the last one by %s', (name) => {
  const [one = '', other = ''] = ['20240101120000001_a', '20240101120000002_b']
  const steps = [one, other].map((own, index) => ({
    name: own,
    statements: [`CREATE TABLE t${index} (id INTEGER)`],
  }))
  const plan = planOf(tools[name] as Tool, steps)
  const connection = open()
  migrateOf(plan)(connection, plan)
  expect(readVersion(connection, plan)).toBe(2)
  expect(plan.migrations.map(({ id }) => id)).toEqual(['20240101120000001', '20240101120000002'])
})

describe('a file with its own BEGIN and COMMIT', () => {
  const own: Step = { name: '020_own', statements: ['BEGIN', 'CREATE TABLE b (id INTEGER)', 'COMMIT'] }

  it.for(['drizzle', 'dbmate', 'd1', 'goose', 'golang-migrate', 'sqlx'])(
    'is refused where the transaction is that of %s, which cannot run it either',
    (name) => {
      const plan = planOf(tools[name] as Tool, [first, own])
      expect(() => migrate(open(), plan)).toThrow(expect.objectContaining({ reason: 'transaction' }))
      expect(() => migrateOf(plan)(open(), plan)).toThrow(/BEGIN.*(within a transaction|of a migration)/)
    },
  )

  it('stays, with an error, where a COMMIT of its own ends the transaction of its tool', () => {
    const plan = planOf(tools.dbmate as Tool, [
      first,
      { name: '020_own', statements: ['COMMIT', 'CREATE TABLE b (id)'] },
    ])
    const connection = open()
    expect(() => migrateOf(plan)(connection, plan)).toThrow(/correct by hand what it left.*the version is 2/)
    expect(readVersion(connection, plan)).toBe(2)
  })

  it('runs as it is where the tool has no transaction, and in that of the migrator of this package', () => {
    const plan = planOf(tools.prisma as Tool, [first, own])
    for (const upgrade of [migrate, migrateOf(plan)])
      expect(upgrade(open(), plan)).toMatchObject({ applied: [1, 2] })
    const failing = {
      ...own,
      statements: ['BEGIN', 'CREATE TABLE b (id INTEGER)', 'INSERT INTO missing VALUES (1)', 'COMMIT'],
    }
    const other = planOf(tools.prisma as Tool, [first, failing])
    const connection = open()
    expect(() => migrateOf(other)(connection, other)).toThrow('missing')
    expect(connection.inTransaction).toBe(true)
  })
})

it('what stands between the marks of goose is one statement, and a mark leaves the transaction out', () => {
  const sql = `-- +goose NO TRANSACTION
-- +goose Up
-- +goose StatementBegin
CREATE TABLE a (id INTEGER PRIMARY KEY);
-- +goose StatementEnd
CREATE TABLE b (id INTEGER); CREATE TABLE c (id INTEGER);
-- +goose Down
DROP TABLE a;
`
  const [migration] = goose(write({ '1_a.sql': sql })).migrations
  const ran: string[] = []
  migration?.up({ exec: (statement) => ran.push(statement), all: () => [] })
  expect(ran).toEqual([
    'CREATE TABLE a (id INTEGER PRIMARY KEY)',
    'CREATE TABLE b (id INTEGER)',
    'CREATE TABLE c (id INTEGER)',
  ])
  expect(migration?.transaction).toBe('none')
})
