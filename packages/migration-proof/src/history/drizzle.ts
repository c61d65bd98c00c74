import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { errorMessage, shownPath } from '../errors.ts'
import type { MigrationConnection } from '../migrator/migration.ts'
import type { RunnerRules, RunTool } from '../migrator/plan.ts'
import { sha256 } from '../snapshots/hash.ts'
import { quoteName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { findInstalled } from './function-files.ts'
import { openTasks } from './open-tasks.ts'
import {
  type History,
  HistoryError,
  readSqlFile,
  requireSome,
  resolveFolder,
  toMigrations,
} from './sql-folder.ts'
import { notesOfIds, readNotes } from './version-notes.ts'

/** An entry of the journal of drizzle-kit. */
interface JournalEntry {
  readonly tag: string
  /** Milliseconds. */
  readonly when: number
}

/** What the thread is given to let drizzle-orm apply migrations. */
export interface DrizzleRun {
  readonly folder: string
  readonly tags: readonly string[]
  readonly table: string
}

/**
 * The folder of drizzle-kit: `meta/_journal.json` and a file of SQL for each entry, which `migrate` of
 * `drizzle-orm/better-sqlite3/migrator` applies.
 *
 * All that is pending is one transaction, with the foreign keys of the connection, which better-sqlite3 switches on: a
 * `PRAGMA foreign_keys=OFF` in a file does nothing, and a rebuild deletes the rows of children. Only entries that are newer than
 * the newest one that the database notes are applied: one that is merged later with an older time never is. Where the project
 * has drizzle-orm 0.x installed, that itself is run; otherwise its rules are emulated, as 0.45 has them.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @param options `table` is what `migrations.table` of drizzle.config names
 * @throws {HistoryError} when the journal or a file cannot be read
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { drizzle } from 'migration-proof/drizzle'
 *
 * export default defineConfig({ name: 'shop', ...drizzle('drizzle'), fixtures: 'fixtures' })
 * ```
 */
export function drizzle(
  folder: string | URL,
  { table = '__drizzle_migrations' }: { readonly table?: string } = {},
): History {
  const path = resolveFolder(folder)
  const entries = requireSome(path, 'a migration in meta/_journal.json', readJournal(path))
  const files = entries.map(({ tag }) => readSqlFile(path, `${tag}.sql`))
  const hashes = files.map(({ bytes }) => sha256(bytes))
  const times = entries.map(({ when }) => `${when}`)
  const name = quoteName(table)
  const migrations = toMigrations(
    files.map(({ text, path: file }, index) => {
      const tag = entries[index]?.tag ?? ''
      return { id: tag, name: tag, sql: text, file, statements: splitAtBreakpoints(file, text) }
    }),
  )
  const versions = notesOfIds({
    tables: [table],
    ids: times,
    names: entries.map(({ tag }) => tag),
    consequences: {
      late: 'drizzle-orm skips it for ever, since a newer one was applied',
      unknown: 'drizzle-orm does not see that',
    },
    create: (connection) =>
      connection.exec(
        `CREATE TABLE IF NOT EXISTS ${name} (\n\t\t\t\tid SERIAL PRIMARY KEY,\n\t\t\t\thash text NOT NULL,\n\t\t\t\tcreated_at numeric\n\t\t\t)`,
      ),
    list: (connection) =>
      readNotes(connection, table, 'created_at', 'created_at').map(({ created_at: when }) => ({
        id: `${when}`,
      })),
    note: (connection: MigrationConnection, index) => {
      const when = BigInt(times[index] ?? 0)
      connection.all(`INSERT INTO ${name} ("hash", "created_at") VALUES (?, ?)`, [hashes[index] ?? '', when])
    },
  })
  const rules: RunnerRules = { tool: 'drizzle-orm', transaction: 'all', foreignKeys: 'on' }
  const version = findInstalled('drizzle-orm')
  // Later ones keep their migrations in another form.
  if (version === null || !version.startsWith('0.')) return { migrations, versions, runner: rules }
  const tasks = openTasks('drizzle')
  const run: RunTool = (connection, pending, facts) => {
    const until = pending.at(-1)?.version ?? 0
    const argument: DrizzleRun = { folder: path, tags: entries.slice(0, until).map(({ tag }) => tag), table }
    tasks((bridge) => bridge.call('run', argument, connection, { facts, where: 'drizzle-orm' }))
  }
  return { migrations, versions, runner: { ...rules, version, run } }
}

function readJournal(folder: string): readonly JournalEntry[] {
  const file = join(folder, 'meta', '_journal.json')
  const wrong = (expected: string, actual: string) =>
    new HistoryError({ where: shownPath(file), expected, actual, fix: 'restore it from version control' })
  if (!existsSync(file)) {
    throw new HistoryError({
      where: shownPath(folder),
      expected: 'the folder of drizzle-kit, with meta/_journal.json',
      actual: 'no such file',
      fix: 'correct the path in the config, or make it with `npx drizzle-kit generate`',
    })
  }
  let entries: unknown
  try {
    entries = JSON.parse(readSqlFile(join(folder, 'meta'), '_journal.json').text).entries
  } catch (cause) {
    throw wrong('a journal of drizzle-kit', `the error '${errorMessage(cause)}'`)
  }
  if (!Array.isArray(entries)) throw wrong('a list of entries', 'none')
  return entries.map((entry: Partial<JournalEntry> | null, index) => {
    const { tag, when } = entry ?? {}
    if (typeof tag !== 'string' || typeof when !== 'number' || !Number.isSafeInteger(when))
      throw wrong('a tag and a time in milliseconds in each entry', `entries[${index}] without one of them`)
    const earlier = entries.slice(0, index).find((other: JournalEntry) => other.when >= when)
    if (earlier !== undefined) throw tooEarly(file, { tag, when }, earlier)
    return { tag, when }
  })
}

/** A file that has had the newer entry never gets the older one. */
function tooEarly(file: string, { tag, when }: JournalEntry, earlier: JournalEntry): HistoryError {
  return new HistoryError({
    where: `${shownPath(file)}, entry ${tag}`,
    expected: `a later time than that of ${earlier.tag} before it, ${earlier.when}`,
    actual: `${when}, so that drizzle-orm skips it for ever in a database that has ${earlier.tag}`,
    fix: 'give it a later time, or generate it again after a merge',
  })
}

/** drizzle-orm prepares each part as one statement, which better-sqlite3 refuses where there are two. */
function splitAtBreakpoints(file: string, text: string): string[] {
  return text.split('--> statement-breakpoint').flatMap((part, index) => {
    const statements = splitStatements(part)
    if (statements.length === 1) return statements
    throw new HistoryError({
      where: `${shownPath(file)}, part ${index + 1}`,
      expected: 'one statement between two lines `--> statement-breakpoint`, as drizzle-orm prepares it',
      actual: statements.length === 0 ? 'none' : `${statements.length}`,
      fix: 'add a breakpoint after each statement, or remove the part',
    })
  })
}
