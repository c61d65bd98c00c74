import { statSync } from 'node:fs'
import type { RunTool } from '../migrator/plan.ts'
import { quoteName } from '../sql/names.ts'
import {
  type ListedMigration,
  readFunctionFiles,
  requireInstalled,
  toFunctionMigrations,
} from './function-files.ts'
import { askProject, openTasks, type ToolTasks } from './open-tasks.ts'
import { type History, requireSome, resolveFolder } from './sql-folder.ts'
import { notesOfIds, readIds } from './version-notes.ts'

/** What `kysely` takes: the options of the project's own `Migrator`. */
export interface KyselyOptions {
  /** `migrationTableName` */
  readonly table?: string
  /** `migrationLockTableName` */
  readonly lockTable?: string
  readonly allowUnorderedMigrations?: boolean
}

/** Where the thread finds a migration: in a file of its own, or by its id in one that exports all of them. */
export interface KyselySource {
  readonly id: string
  readonly file: string
  readonly isOneOfAll?: true
}

/** What the thread is given to let kysely apply migrations. */
export interface KyselyRun extends Required<Pick<KyselyOptions, 'table' | 'lockTable'>> {
  readonly sources: readonly KyselySource[]
  readonly target: string
}

/**
 * The folder of kysely: files that export `up`, in JavaScript or TypeScript, in the order of their names. Or a file that exports
 * all migrations as an object, each by its name, as a provider of the project returns them.
 *
 * `verify` lets the `Migrator` of the kysely that is installed in the project apply them, with its dialect for SQLite: without
 * transactions, with foreign keys on, as better-sqlite3 opens a file.
 *
 * @param folder a `file:` URL, or a path from the folder of the config; of the folder, or of that file
 * @throws {HistoryError} when the folder or a file cannot be read, or kysely is not installed
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { kysely } from 'migration-proof/kysely'
 *
 * export default defineConfig({ name: 'shop', ...kysely('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function kysely(
  folder: string | URL = 'migrations',
  {
    table = 'kysely_migration',
    lockTable = 'kysely_migration_lock',
    allowUnorderedMigrations = false,
  }: KyselyOptions = {},
): History {
  const version = requireInstalled('kysely')
  const tasks = openTasks('kysely')
  const path = resolveFolder(folder)
  const { listed, sourceOf } = isFile(path) ? readExported(path, tasks) : readFolder(path)
  const ids = listed.map(({ id }) => id)
  const refuses = 'kysely refuses to start: corrupted migrations'
  const [name, lock] = [quoteName(table), quoteName(lockTable)]
  const versions = notesOfIds({
    tables: [table, lockTable],
    ids,
    consequences: {
      late: allowUnorderedMigrations ? 'kysely applies it after the others' : refuses,
      unknown: refuses,
    },
    create: (connection) => {
      connection.exec(
        `CREATE TABLE IF NOT EXISTS ${name} ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null)`,
      )
      connection.exec(
        `CREATE TABLE IF NOT EXISTS ${lock} ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null)`,
      )
      connection.exec(`INSERT OR IGNORE INTO ${lock} ("id", "is_locked") VALUES ('migration_lock', 0)`)
    },
    list: (connection) => readIds(connection, table, 'name'),
    note: (connection, index) => {
      const [last] = connection.all(`SELECT max("timestamp") AS noted FROM ${name}`)
      const time = nextTime(typeof last?.noted === 'string' ? last.noted : null)
      connection.all(`INSERT INTO ${name} ("name", "timestamp") VALUES (?, ?)`, [ids[index] ?? '', time])
    },
  })
  const run: RunTool = (connection, pending, facts) => {
    const target = pending.at(-1)?.id ?? ''
    const sources = listed.slice(0, ids.indexOf(target) + 1).map(sourceOf)
    const argument: KyselyRun = { sources, target, table, lockTable }
    tasks((bridge) => bridge.call('run', argument, connection, { facts, where: 'kysely' }))
  }
  return {
    migrations: toFunctionMigrations(listed, tasks, { toArgument: sourceOf, hasNoTransaction: true }),
    versions,
    runner: { tool: 'kysely', version, transaction: 'none', foreignKeys: 'on', run },
  }
}

/** Migrations, and where the thread finds each. */
interface Listed {
  readonly listed: readonly ListedMigration[]
  readonly sourceOf: (migration: ListedMigration) => KyselySource
}

function readFolder(folder: string): Listed {
  const endings = ['.ts', '.mts', '.js', '.mjs', '.cjs']
  const listed = readFunctionFiles(folder, endings, (name) => name.replace(/\.[^.]+$/, ''))
  return { listed, sourceOf: ({ id, path = '' }) => ({ id, file: path }) }
}

/** @throws {HistoryError} when the file cannot be imported, or exports none */
function readExported(file: string, tasks: ToolTasks): Listed {
  const found = askProject<readonly ListedMigration[]>(tasks, 'list', { file }, file, {
    expected: 'a file that exports an object with a migration, which has a function up, for each name',
    fix: 'correct the path in the config, or name the folder of the migrations',
  })
  const listed = requireSome(file, 'a migration', found).toSorted((left, right) =>
    left.id < right.id ? -1 : 1,
  )
  return { listed, sourceOf: ({ id }) => ({ id, file, isOneOfAll: true }) }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** Later than the last one: kysely takes what has the same time in another order than that of the names. */
function nextTime(last: string | null): string {
  const earliest = last === null ? 0 : Date.parse(last) + 1
  return new Date(Math.max(Date.now(), Number.isNaN(earliest) ? 0 : earliest)).toISOString()
}
