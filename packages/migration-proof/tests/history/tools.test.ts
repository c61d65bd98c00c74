// Goal: the migrator of another tool makes through the bridge what it makes by itself, with its stock dialect.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import { openBridge } from '../../src/history/bridge/open-bridge.ts'
import { definePlan, migrate } from '../../src/index.ts'
import { withStillClock } from '../../src/snapshots/clock.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { prepareTools } from './tools/prepare-tools.ts'

const { folder, install } = prepareTools()
const module = join(folder, 'tasks.mjs')
beforeAll(install, 600_000)

const bridge = openBridge({ module, folder })
afterAll(() => bridge[Symbol.dispose]())

type Task = (argument: { readonly file: string }) => Promise<unknown>

/** What a tool makes by itself: of a file, by the driver. */
async function runByItself(name: string) {
  const scratch = makePrivateFolder()
  onTestFinished(() => scratch.remove())
  const file = join(scratch.path, 'app.db')
  const tasks: Readonly<Record<string, Task>> = await import(module)
  const result = await tasks[name]?.({ file })
  const database = new Database(file)
  onTestFinished(() => {
    database.close()
  })
  return { result, database }
}

function openEmpty(): { readonly database: Database.Database; readonly connection: Connection } {
  const database = openMemory()
  // As the driver opens a file.
  database.pragma('foreign_keys = ON')
  onTestFinished(() => {
    database.close()
  })
  return { database, connection: betterSqliteConnection(database) }
}

/** When a migration was applied: what else a tool writes must be the same. */
const timestamps: readonly string[] = ['timestamp', 'migration_time', 'executed_at', 'applied_at']

/** Schema and rows. */
function contentOf(database: Database.Database): unknown {
  const schema = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid').all()
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck()
  const rows = (tables.all() as string[]).map((table) => {
    const all = database.prepare<[], Record<string, unknown>>(`SELECT * FROM "${table}"`).all()
    const kept = all.map((row) =>
      Object.entries(row).filter(([name]) => !(table !== 'migrations' && timestamps.includes(name))),
    )
    return [table, kept]
  })
  return { schema, rows }
}

/** How many books are left: inside its transaction, knex cannot switch off the foreign keys, and its rebuild deletes them. */
const tools = [
  ['kysely', 2],
  ['knex', 0],
  ['drizzle', 2],
  ['typeorm', 2],
  ['umzug', 2],
  ['mikroOrm', 2],
] as const

describe.for(tools)('%s', ([tool, books]) => {
  it('makes the same database through the bridge as by itself, and returns the same', async () => {
    const { database, connection } = openEmpty()
    const result = bridge.call(tool, { file: 'app.db' }, connection)
    const expected = await runByItself(tool)
    expect(contentOf(database)).toEqual(contentOf(expected.database))
    expect(database.prepare('SELECT count(*) FROM book').pluck().get()).toBe(books)
    expect(result).toEqual(expected.result)
    expect(database.inTransaction).toBe(false)
  })

  it('has nothing to do the second time', () => {
    const { database, connection } = openEmpty()
    bridge.call(tool, { file: 'app.db' }, connection)
    const before = database.serialize()
    bridge.call(tool, { file: 'app.db' }, connection)
    expect(database.serialize().equals(before)).toBe(true)
  })

  it('writes the same bytes in two runs', () => {
    // SQLite notes when a migration was applied.
    withStillClock(() => {
      const [first, second] = [openEmpty(), openEmpty()]
      for (const { connection } of [first, second]) bridge.call(tool, { file: 'app.db' }, connection)
      expect(second.database.serialize().equals(first.database.serialize())).toBe(true)
    })
  })
})

describe('the driver sqlite3', () => {
  it('lets knex make what it makes by the other driver', async () => {
    const { database, connection } = openEmpty()
    bridge.call('knex', { file: 'app.db', client: 'sqlite3' }, connection)
    const expected = await runByItself('knex')
    expect(contentOf(database)).toEqual(contentOf(expected.database))
  })

  it('lets Umzug run migrations of Sequelize', () => {
    const { database, connection } = openEmpty()
    const names = ['001-authors.js', '002-books.js']
    expect(bridge.call('sequelize', { file: 'app.db' }, connection)).toEqual(names)
    const read = (sql: string) => database.prepare(sql).raw().all()
    expect(read('SELECT * FROM SequelizeMeta')).toEqual(names.map((name) => [name]))
    expect(read('SELECT id, name, isKept FROM author')).toEqual([
      [1, 'Ada', 0],
      [2, 'Grace', null],
    ])
    expect(bridge.call('sequelize', { file: 'app.db' }, connection)).toEqual([])
  })
})

/** Tasks that run one migration, and the migrations. */
const singly = [
  ['kyselyUp', ['001_authors', '002_books']],
  ['knexUp', ['001_authors.js', '002_books.js', '003_index.js']],
  ['typeormUp', ['Authors1700000000000', 'Books1700000001000']],
] as const

describe.for(singly)('the runner of the harness, with the migrations of %s,', ([task, names]) => {
  const plan = definePlan(
    names.map((name, index) => ({
      version: index + 1,
      name,
      up: (connection) => {
        bridge.call(task, { name }, connection, { transactions: 'nested', where: `Migration ${name}` })
      },
    })),
  )

  it.for(['each', 'all'] as const)('commits each with its version: %s', (transaction) => {
    const { database, connection } = openEmpty()
    expect(migrate(connection, plan, { transaction })).toMatchObject({
      outcome: 'migrated',
      to: names.length,
    })
    const tables = "SELECT name FROM sqlite_schema WHERE name IN ('author', 'book') ORDER BY name"
    expect(database.prepare(tables).pluck().all()).toEqual(['author', 'book'])
    expect(migrate(connection, plan)).toMatchObject({ outcome: 'up-to-date' })
  })

  it('leaves a whole version behind, whichever statement fails', () => {
    const statements: string[] = []
    const whole = openEmpty()
    migrate(whole.connection, plan, { beforeStatement: ({ sql }) => statements.push(sql) })
    expect(statements.length).toBeGreaterThan(10)
    for (const index of statements.keys()) {
      const { database, connection } = openEmpty()
      let count = 0
      const beforeStatement = () => {
        if (count++ === index) throw new Error('a failure on purpose')
      }
      expect(() => migrate(connection, plan, { beforeStatement })).toThrow()
      expect(count).toBe(index + 1)
      expect(database.inTransaction).toBe(false)
      migrate(connection, plan)
      expect(contentOf(database)).toEqual(contentOf(whole.database))
    }
  })
})

describe('tools that stay open', () => {
  it.for(['first', 'second', 'third'])('use the connection of the call: %s', (text) => {
    const { database, connection } = openEmpty()
    database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text)')
    expect(bridge.call('sharedTools', { text }, connection)).toEqual([`${text}!`])
  })
})

describe('a tool that is stopped at a statement', () => {
  it('leaves behind what it leaves behind in production: kysely, half a migration', () => {
    const { database, connection } = openEmpty()
    let isStopped = false
    const stopped: Connection = {
      ...connection,
      all: (sql, values) => {
        isStopped ||= sql.includes('into "author"')
        if (isStopped) throw new Error('the power fails')
        return connection.all(sql, values)
      },
    }
    expect(() => bridge.call('kysely', { file: 'app.db' }, stopped)).toThrow('the power fails')
    expect(database.prepare('SELECT count(*) FROM author').pluck().get()).toBe(0)
    expect(() => bridge.call('kysely', { file: 'app.db' }, connection)).toThrow('already exists')
  })
})
