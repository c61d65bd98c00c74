// Goal: the migrator of another tool makes through the bridge what it makes by itself, with its stock dialect.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { openBridge } from '../../src/history/bridge/open-bridge.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import type { Connection } from '../../src/sql/connection.ts'

const folder = fileURLToPath(new URL('tools', import.meta.url))
const module = join(folder, 'tasks.mjs')

/** They take some 100 MB, and are installed once. */
function installTools(): void {
  if (existsSync(join(folder, 'node_modules', '.package-lock.json'))) return
  const parameters = ['ci', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund']
  const { status, stderr } = spawnSync('npm', parameters, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`The tools could not be installed: ${stderr}`)
}

beforeAll(() => {
  installTools()
  // One of them brings a driver of its own, which would have to be compiled: all use that of the package.
  rmSync(join(folder, 'node_modules', 'better-sqlite3'), { recursive: true, force: true })
}, 600_000)

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
  const database = new Database(':memory:')
  // As the driver opens a file.
  database.pragma('foreign_keys = ON')
  onTestFinished(() => {
    database.close()
  })
  return { database, connection: betterSqliteConnection(database) }
}

/** When a migration was applied: what else a tool writes must be the same. */
const timestamps: readonly string[] = ['timestamp', 'migration_time', 'executed_at']

/** Schema and rows. */
function contentOf(database: Database.Database): unknown {
  const schema = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid').all()
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck()
  const rows = (tables.all() as string[]).map((table) => {
    const all = database.prepare<[], Record<string, unknown>>(`SELECT * FROM "${table}"`).all()
    const kept = all.map((row) => Object.entries(row).filter(([name]) => !(table !== 'migrations' && timestamps.includes(name))))
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
    const [first, second] = [openEmpty(), openEmpty()]
    for (const { connection } of [first, second]) bridge.call(tool, { file: 'app.db' }, connection)
    expect(second.database.serialize().equals(first.database.serialize())).toBe(true)
  })
})
