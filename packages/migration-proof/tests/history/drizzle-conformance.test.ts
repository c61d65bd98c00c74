// Goal: what is said of drizzle-orm is what it does: the emulation of its rules and itself make the same database.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import { drizzle } from '../../src/history/drizzle.ts'
import { setConfigFolder } from '../../src/history/sql-folder.ts'
import { migrateOf } from '../../src/migrator/migrate-as-tool.ts'
import { definePlan, type MigrationPlan } from '../../src/migrator/plan.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { prepareTools } from './tools/prepare-tools.ts'

const { folder: toolsFolder, install } = prepareTools()
const scratch = makePrivateFolder()
beforeAll(() => {
  install()
  setConfigFolder(toolsFolder)
}, 600_000)
afterAll(() => {
  setConfigFolder(process.cwd())
  scratch.remove()
})

const first = [
  'CREATE TABLE chat (id INTEGER PRIMARY KEY, title TEXT)',
  'CREATE TABLE message (id INTEGER PRIMARY KEY, chat INTEGER NOT NULL REFERENCES chat (id) ON DELETE CASCADE)',
  'CREATE TRIGGER shown AFTER INSERT ON chat BEGIN SELECT 1; SELECT 2; END',
]
const second = ['CREATE INDEX message_chat ON message (chat)', "INSERT INTO chat VALUES (7, 'seven')"]
const rebuild = [
  'PRAGMA foreign_keys=OFF',
  "CREATE TABLE new_chat (id INTEGER PRIMARY KEY, title TEXT DEFAULT 'new')",
  'INSERT INTO new_chat (id, title) SELECT id, title FROM chat',
  'DROP TABLE chat',
  'ALTER TABLE new_chat RENAME TO chat',
  'PRAGMA foreign_keys=ON',
]
const failing = ['CREATE TABLE half (id INTEGER)', 'INSERT INTO missing VALUES (1)']

let folders = 0

/** The plan that runs drizzle-orm, and the one that emulates it. */
function plansOf(steps: readonly (readonly string[])[]): Readonly<Record<'run' | 'emulated', MigrationPlan>> {
  const folder = join(scratch.path, `${++folders}`)
  mkdirSync(join(folder, 'meta'), { recursive: true })
  const entries = steps.map((_, idx) => ({ idx, tag: `000${idx}_step`, when: 1_700_000_000_000 + idx }))
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ entries }))
  for (const [index, statements] of steps.entries())
    writeFileSync(join(folder, `000${index}_step.sql`), statements.join(';\n--> statement-breakpoint\n'))
  const { migrations, versions, runner } = drizzle(folder)
  if (runner?.run === undefined) throw new Error('drizzle-orm is not run')
  const { run: _, version: __, ...rules } = runner
  return {
    run: definePlan(migrations, versions, runner),
    emulated: definePlan(migrations, versions, rules),
  }
}

function contentOf(connection: Connection) {
  const schema = connection.all('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid')
  const tables = schema.flatMap(({ type, name }) => (type === 'table' ? [String(name)] : []))
  return { schema, rows: tables.map((table) => [table, connection.all(`SELECT * FROM "${table}"`)]) }
}

describe.for<[string, readonly (readonly string[])[]]>([
  ['tables, a trigger and an index', [first, second]],
  ['a rebuild with children', [first, second, rebuild]],
  ['a migration that fails', [first, second, failing]],
])('%s', ([, steps]) => {
  it.for([0, 1, 2])('is the same by drizzle-orm itself and by its rules, from version %i', (from) => {
    const plans = plansOf(steps)
    const [run, emulated] = (['run', 'emulated'] as const).map((how) => {
      const connection = betterSqliteConnection(openMemory())
      const upgrade = (target: number) => migrateOf(plans[how])(connection, plans[how], { target })
      if (from > 0) {
        upgrade(from)
        connection.exec('INSERT INTO chat VALUES (1, NULL); INSERT INTO message VALUES (1, 1), (2, 1)')
      }
      let message = ''
      try {
        upgrade(steps.length)
      } catch (error) {
        // It reads its notes before, so that less of a statement is shown.
        message = String(error).replace(/statement '.*?…'/, 'a statement')
      }
      return { message, inTransaction: connection.inTransaction, ...contentOf(connection) }
    })
    expect(run).toEqual(emulated)
    expect(run?.message).toContain(steps.includes(failing) ? 'Migration v3 (0002_step)' : '')
  })
})
