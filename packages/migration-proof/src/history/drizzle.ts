import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { errorMessage, shownPath } from '../errors.ts'
import type { MigrationConnection } from '../migrator/migration.ts'
import type { RunnerRules, RunTool } from '../migrator/plan.ts'
import type { VersionStore } from '../migrator/version-store.ts'
import { sha256 } from '../snapshots/hash.ts'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { findInstalled } from './function-files.ts'
import { openTasks } from './open-tasks.ts'
import {
  type History,
  HistoryError,
  listFolder,
  readSqlFile,
  requireSome,
  resolveFolder,
  toMigrations,
} from './sql-folder.ts'
import { notesOfIds, readNotes } from './version-notes.ts'

/** What stands between two statements of a file. */
const breakpoint = '--> statement-breakpoint'
const keepsOldHash = 'drizzle-orm does not compare it, and databases keep the old hash'

/** A migration of drizzle-kit. */
interface JournalEntry {
  /** What drizzle-kit calls it: the name of its file, or of its folder. */
  readonly tag: string
  /** Milliseconds. */
  readonly when: number
}

/** How drizzle-kit keeps migrations: 0.x files that a journal lists, 1.0 a folder for each. */
type Form = 'journal' | 'folders'

/** What the thread is given to let drizzle-orm apply migrations. */
export interface DrizzleRun {
  readonly folder: string
  readonly form: Form
  readonly tags: readonly string[]
  readonly table: string
}

/**
 * The folder of drizzle-kit, which `migrate` of `drizzle-orm/better-sqlite3/migrator` applies: of 0.x `meta/_journal.json` and a
 * file of SQL for each entry, of 1.0 a folder with `migration.sql` for each migration.
 *
 * All that is pending is one transaction, with the foreign keys of the connection, which better-sqlite3 switches on: a
 * `PRAGMA foreign_keys=OFF` in a file does nothing, and a rebuild deletes the rows of children. 0.x applies only entries that are
 * newer than the newest one that the database notes: one that is merged later with an older time never is. 1.0 applies each whose
 * name is not noted. Where the project has the drizzle-orm of its folder installed, that itself is run; otherwise its rules are
 * emulated.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @param options `table` is what `migrations.table` of drizzle.config names
 * @throws {HistoryError} when the folder or a file cannot be read, or is of another drizzle-kit than the drizzle-orm installed
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
  const form = findForm(path)
  const entries =
    form === 'journal'
      ? requireSome(path, 'a migration in meta/_journal.json', readJournal(path))
      : readFolders(path)
  const version = findInstalled('drizzle-orm')
  requireSameForm(path, form, version)
  const files = entries.map(({ tag }) =>
    form === 'journal' ? readSqlFile(path, `${tag}.sql`) : readSqlFile(join(path, tag), 'migration.sql'),
  )
  const hashes = files.map(({ bytes }) => sha256(bytes))
  const migrations = toMigrations(
    files.map(({ text, path: file }, index) => {
      const tag = entries[index]?.tag ?? ''
      const checksum = { algorithm: 'sha256', value: hashes[index] ?? '', consequence: keepsOldHash }
      return { id: tag, name: tag, sql: text, file, checksum, statements: splitAtBreakpoints(file, text) }
    }),
  )
  const versions = (form === 'journal' ? notesOfTimes : notesOfNames)(table, entries, hashes)
  const rules: RunnerRules = {
    tool: 'drizzle-orm',
    transaction: 'all',
    foreignKeys: 'on',
    separator: breakpoint,
  }
  if (version === null) return { migrations, versions, runner: rules }
  const tasks = openTasks('drizzle')
  const run: RunTool = (connection, pending, facts) => {
    const tags = entries.slice(0, pending.at(-1)?.version ?? 0).map(({ tag }) => tag)
    const argument: DrizzleRun = { folder: path, form, tags, table }
    tasks((bridge) => bridge.call('run', argument, connection, { facts, where: 'drizzle-orm' }))
  }
  return { migrations, versions, runner: { ...rules, version, run } }
}

/** @throws {HistoryError} when the folder is of neither form */
function findForm(folder: string): Form {
  if (existsSync(join(folder, 'meta', '_journal.json'))) return 'journal'
  if (existsSync(folder) && listFolders(folder).length > 0) return 'folders'
  throw new HistoryError({
    where: shownPath(folder),
    expected:
      'the folder of drizzle-kit, with meta/_journal.json or a folder with migration.sql for each migration',
    actual: 'neither',
    fix: 'correct the path in the config, or make it with `npx drizzle-kit generate`',
  })
}

/** Each drizzle-orm refuses the folder of the other one. */
function requireSameForm(folder: string, form: Form, version: string | null): void {
  if (version === null || (form === 'journal') === version.startsWith('0.')) return
  throw new HistoryError({
    where: shownPath(folder),
    expected: `a folder that drizzle-orm ${version} applies`,
    actual:
      form === 'journal' ? 'that of drizzle-kit 0.x, with meta/_journal.json' : 'that of drizzle-kit 1.0',
    fix: form === 'journal' ? 'run `npx drizzle-kit up`' : 'install drizzle-orm 1.0',
  })
}

function listFolders(folder: string): string[] {
  return listFolder(folder, 'migrations').filter((name) => existsSync(join(folder, name, 'migration.sql')))
}

/** As drizzle-orm reads and sorts them. */
function readFolders(folder: string): readonly JournalEntry[] {
  const names = listFolders(folder).toSorted((left, right) => left.localeCompare(right))
  return names.map((tag) => {
    const [, year, month, day, hour, minute, second] =
      /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(tag) ?? []
    const when = Date.UTC(Number(year), Number(month) - 1, ...[day, hour, minute, second].map(Number))
    if (Number.isSafeInteger(when)) return { tag, when }
    throw new HistoryError({
      where: shownPath(join(folder, tag)),
      expected: 'a name that begins with a time of 14 digits, as drizzle-kit gives it',
      actual: `the name ${tag}`,
      fix: 'give the folder such a name',
    })
  })
}

/** The notes of 0.x: the times of the entries of the journal. */
function notesOfTimes(
  table: string,
  entries: readonly JournalEntry[],
  hashes: readonly string[],
): VersionStore {
  const name = quoteName(table)
  const times = entries.map(({ when }) => `${when}`)
  return notesOfIds({
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
      readNotes(connection, table, 'hash, created_at', 'created_at').map(({ hash, created_at: when }) => ({
        id: `${when}`,
        isEdited: isOther(hash, hashes[times.indexOf(`${when}`)]),
      })),
    note: (connection, index) => {
      const when = BigInt(times[index] ?? 0)
      connection.all(`INSERT INTO ${name} ("hash", "created_at") VALUES (?, ?)`, [hashes[index] ?? '', when])
    },
  })
}

/** The notes of 1.0: the names of the folders. A table of 0.x gets their column when they are next applied. */
function notesOfNames(
  table: string,
  entries: readonly JournalEntry[],
  hashes: readonly string[],
): VersionStore {
  const name = quoteName(table)
  const hasColumn = (connection: MigrationConnection, column: string) =>
    connection.all('SELECT 1 FROM pragma_table_info(?) WHERE name = ?', [table, column]).length > 0
  /** As drizzle-orm finds what a row of 0.x is about: by its time in seconds, and otherwise by its hash. */
  const tagOf = ({ hash, created_at: when }: SqlRow): string | null => {
    const seconds = Math.floor(Number(when) / 1000) * 1000
    const near = entries.flatMap((entry, index) => (entry.when === seconds ? [index] : []))
    const index = near.length === 1 ? near[0] : hashes.indexOf(String(hash))
    return entries[index ?? -1]?.tag ?? null
  }
  return notesOfIds({
    tables: [table],
    ids: entries.map(({ tag }) => tag),
    consequences: {
      late: 'drizzle-orm applies it after the others',
      unknown:
        'drizzle-orm does not see that, and refuses to start where the table is still that of drizzle-orm 0.x',
    },
    create: (connection) => {
      connection.exec(
        `CREATE TABLE IF NOT EXISTS ${name} (\n\t\t\t\tid INTEGER PRIMARY KEY,\n\t\t\t\thash text NOT NULL,\n\t\t\t\tcreated_at numeric,\n\t\t\t\tname text,\n\t\t\t\tapplied_at TEXT\n\t\t\t)`,
      )
      for (const [column, type] of [
        ['name', 'text'],
        ['applied_at', 'TEXT'],
      ] as const)
        if (!hasColumn(connection, column))
          connection.exec(`ALTER TABLE ${name} ADD COLUMN "${column}" ${type}`)
      const rows = connection.all(`SELECT rowid AS row, hash, created_at FROM ${name} WHERE name IS NULL`)
      for (const row of rows)
        connection.all(`UPDATE ${name} SET "name" = ? WHERE rowid = ?`, [tagOf(row), row.row ?? null])
    },
    // drizzle-orm 1.0 adds its columns to the table that 0.x made.
    isOlderForm: ({ columns }) =>
      columns.some((column) => column.name === 'id' && /^serial$/i.test(column.type)),
    list: (connection) => {
      const isNamed = hasColumn(connection, 'name')
      const columns = isNamed ? 'name, hash, created_at' : 'hash, created_at'
      return readNotes(connection, table, columns, 'rowid').flatMap((row) => {
        const tag = row.name ?? tagOf(row)
        if (tag === null) return isNamed ? [] : [{ id: `of the time ${row.created_at}` }]
        const index = entries.findIndex((entry) => entry.tag === tag)
        return [{ id: `${tag}`, isEdited: isOther(row.hash, hashes[index]) }]
      })
    },
    note: (connection, index) => {
      const { tag = '', when = 0 } = entries[index] ?? {}
      const values = [hashes[index] ?? '', BigInt(when), tag, new Date().toISOString()]
      connection.all(
        `INSERT INTO ${name} ("hash", "created_at", "name", "applied_at") VALUES (?, ?, ?, ?)`,
        values,
      )
    },
  })
}

/** Whether a noted hash is that of another file than there is now. */
function isOther(noted: SqlValue | undefined, hash: string | undefined): boolean {
  return hash !== undefined && String(noted) !== hash
}

function readJournal(folder: string): readonly JournalEntry[] {
  const file = join(folder, 'meta', '_journal.json')
  const wrong = (expected: string, actual: string) =>
    new HistoryError({ where: shownPath(file), expected, actual, fix: 'restore it from version control' })
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
  return text.split(breakpoint).flatMap((part, index) => {
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
