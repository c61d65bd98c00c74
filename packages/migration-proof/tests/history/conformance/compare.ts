import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { betterSqliteConnection, openFile } from '../../../src/engines/better-sqlite3.ts'
import { HistoryError } from '../../../src/history/sql-folder.ts'
import { migrateOf } from '../../../src/migrator/migrate-as-tool.ts'
import { definePlan } from '../../../src/migrator/plan.ts'
import type { VersionProblem } from '../../../src/migrator/version-store.ts'
import { quoteName } from '../../../src/sql/names.ts'
import type { Step } from './cases.ts'
import { type Tool, writeFiles } from './tools.ts'

/** What a file holds after an upgrade, and how that ended. */
export interface Left {
  readonly outcome: 'applied' | 'failed'
  readonly message: string
  readonly content: object
}

/** What the rules of a tool make of a folder and a file. `unread`: the folder is refused. `misfit`: the notes of the file are. */
export type Emulated =
  | { readonly end: 'left'; readonly left: Left }
  | { readonly end: 'unread'; readonly message: string }
  | { readonly end: 'misfit'; readonly problem: VersionProblem }

let folders = 0

/** Two files of one history: one for the program of the tool, one for its rules. */
export function openPair(scratch: string, tool: Tool) {
  const root = join(scratch, `${++folders}`)
  const folder = join(root, 'migrations')
  const [real, emulated] = ['real', 'emulated'].map((name) => join(root, `${name}.db`)) as [string, string]
  mkdirSync(folder, { recursive: true })
  return {
    /** Both files as another pair has left them. */
    copyFrom: (other: { readonly real: string; readonly emulated: string }) => {
      copyFileSync(other.real, real)
      copyFileSync(other.emulated, emulated)
    },
    folder,
    real,
    emulated,
    write: (steps: readonly Step[]) => {
      rmSync(folder, { recursive: true })
      mkdirSync(folder)
      writeFiles(folder, tool.files(steps))
    },
    /** What the application does between two upgrades. */
    execute: (sql: string) => {
      for (const file of [real, emulated]) {
        const database = openFile(file)
        database.exec(sql)
        database.close()
      }
    },
    applyReal: async (): Promise<Left> => {
      let message = ''
      try {
        await tool.apply(folder, real)
      } catch (error) {
        message = String(error)
      }
      return { outcome: message === '' ? 'applied' : 'failed', message, content: readContent(tool, real) }
    },
    /** @param stopBefore what the statement begins with before which the process is stopped */
    applyEmulated: (stopBefore?: string): Emulated => emulate(tool, folder, emulated, stopBefore),
  }
}

function emulate(tool: Tool, folder: string, file: string, stopBefore?: string): Emulated {
  let history: ReturnType<Tool['read']>
  try {
    history = tool.read(folder)
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error
    return { end: 'unread', message: error.message }
  }
  const { migrations, versions, runner } = history
  if (runner === undefined) throw new Error(`${tool.name} has no rules`)
  const { run: _, version: __, ...rules } = runner
  const plan = definePlan(migrations, versions, tool.isRun ? runner : rules)
  const connection = betterSqliteConnection(openFile(file))
  let message = ''
  try {
    const { problem } = versions.read(connection)
    if (problem !== undefined) return { end: 'misfit', problem }
    const beforeStatement = ({ sql }: { readonly sql: string }) => {
      if (stopBefore !== undefined && sql.startsWith(stopBefore)) throw new Error('stopped')
    }
    migrateOf(plan)(connection, plan, { beforeStatement })
  } catch (error) {
    message = String(error)
  } finally {
    connection.close()
  }
  const outcome = message === '' ? 'applied' : 'failed'
  return { end: 'left', left: { outcome, message, content: readContent(tool, file) } }
}

/** Everything that a file holds, with the types alone of what is of the time in the notes of the tool. */
export function readContent({ own = [], exempt, read: _ }: Tool, file: string): object {
  const database = openFile(file)
  database.defaultSafeIntegers(true)
  try {
    const isOwn = (name: unknown) => own.includes(String(name))
    const all = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid').all()
    const schema = (all as Record<string, unknown>[]).filter(({ tbl_name: table }) => !isOwn(table))
    const tables = schema.flatMap(({ type, name, sql }) =>
      type === 'table' && !/^CREATE VIRTUAL/i.test(String(sql)) ? [String(name)] : [],
    )
    const rows = tables.map((table) => {
      const isNote = /migrations$/.test(table)
      const found = database.prepare(`SELECT * FROM ${quoteName(table)}`).all() as Record<string, unknown>[]
      const kept = table === 'sqlite_sequence' ? found.filter(({ name }) => !isOwn(name)) : found
      return [
        table,
        kept.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([column, value]) => [
              column,
              isNote && exempt.includes(column) ? typeof value : value,
            ]),
          ),
        ),
      ]
    })
    const header = ['user_version', 'application_id', 'encoding'].map((name) =>
      database.pragma(name, { simple: true }),
    )
    return { schema, rows, header }
  } finally {
    database.close()
  }
}
