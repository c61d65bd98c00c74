import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { shownPath } from '../errors.ts'
import type { RunnerRules, RunTool } from '../migrator/plan.ts'
import {
  type ListedMigration,
  readFunctionFiles,
  requireInstalled,
  toFunctionMigrations,
} from './function-files.ts'
import { askProject, openTasks } from './open-tasks.ts'
import { type History, HistoryError, readSqlFile, requireSome, resolveFolder } from './sql-folder.ts'
import { notesOfIds, readIds } from './version-notes.ts'

/** What `umzug` takes: options of the storage of the project. */
export interface UmzugOptions {
  /** The table of the storage, where that is no `SequelizeStorage` */
  readonly table?: string
  /** Its column with the names */
  readonly column?: string
  /** Whether the driver of its context opens a file with foreign keys on, as better-sqlite3 does and sqlite3 does not */
  readonly foreignKeys?: 'on' | 'off'
}

/** What `sequelizeCli` takes: what the config of the project's Sequelize CLI says. */
export interface SequelizeCliOptions {
  /** `migrationStorageTableName` */
  readonly table?: string
}

/** What the file of an Umzug says. */
export interface UmzugProject extends Required<Pick<UmzugOptions, 'table' | 'column'>> {
  readonly migrations: readonly ListedMigration[]
}

/** Where the migrations are: the file of an Umzug, or the files of a folder for Sequelize CLI. */
export type UmzugSource =
  | { readonly tool: 'umzug'; readonly source: string }
  | {
      readonly tool: 'sequelize-cli'
      readonly table: string
      readonly files: readonly { readonly id: string; readonly path: string }[]
    }

/** What the thread is given to do something about one migration. */
export interface UmzugCall {
  readonly from: UmzugSource
  readonly id: string
}

/**
 * The file of a project that exports its `Umzug` of version 3, whatever its context is, and whose storage is in the database.
 *
 * `verify` lets it apply the migrations: without transactions, with foreign keys as its own connection has them.
 *
 * @param file a `file:` URL, or a path from the folder of the config
 * @param options `table` and `column` of a storage that is no `SequelizeStorage`; `foreignKeys` where the driver leaves them off
 * @throws {HistoryError} when the file cannot be imported, or Umzug is not installed
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { umzug } from 'migration-proof/umzug'
 *
 * export default defineConfig({ name: 'shop', ...umzug('src/umzug.js'), fixtures: 'fixtures' })
 * ```
 */
export function umzug(file: string | URL, { foreignKeys = 'on', ...options }: UmzugOptions = {}): History {
  const version = requireInstalled('umzug')
  const source = resolveFolder(file)
  requireFile(source)
  const tasks = openTasks('umzug')
  const project = askProject<UmzugProject>(tasks, 'list', { source, ...options }, source, {
    expected: 'a file that exports an Umzug whose storage is a table of the database',
    fix: 'correct the path in the config, name `table` and `column` of a storage in the database, or let Umzug note what it applied there',
  })
  const found = requireSome(source, 'a migration', project.migrations)
  const listed = found.map(({ id, path, text }) =>
    path === undefined ? { id, text } : { id, path, text: readSqlFile(dirname(path), basename(path)).text },
  )
  const from: UmzugSource = { tool: 'umzug', source }
  return toHistory({ tool: 'Umzug', version, foreignKeys }, from, listed, project)
}

/** @throws {HistoryError} when it is a folder, as that of the migrations */
function requireFile(source: string): void {
  if (statSync(source, { throwIfNoEntry: false })?.isDirectory() !== true) return
  throw new HistoryError({
    where: shownPath(source),
    expected: 'the file that exports an Umzug, such as src/umzug.js',
    actual: 'a folder',
    fix: 'name that file instead of the folder of the migrations',
  })
}

/**
 * The folder of Sequelize CLI: files that export `up(queryInterface, Sequelize)`, in the order of their names, which are noted
 * with their ending.
 *
 * `verify` lets the Umzug of the Sequelize CLI that is installed in the project apply them: without transactions, with foreign keys
 * on, as Sequelize opens a file.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @throws {HistoryError} when the folder or a file cannot be read, or Sequelize or its command line is not installed
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { sequelizeCli } from 'migration-proof/umzug'
 *
 * export default defineConfig({ name: 'shop', ...sequelizeCli('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function sequelizeCli(
  folder: string | URL = 'migrations',
  { table = 'SequelizeMeta' }: SequelizeCliOptions = {},
): History {
  const version = requireInstalled('sequelize-cli')
  requireInstalled('sequelize')
  const files = readFunctionFiles(resolveFolder(folder), ['.js', '.cjs', '.ts', '.cts'], (name) => name)
  const given = files.map(({ id, path }) => ({ id, path }))
  const from: UmzugSource = { tool: 'sequelize-cli', table, files: given }
  const rules = { tool: 'Sequelize CLI', version, foreignKeys: 'on' } as const
  return toHistory(rules, from, files, { table, column: 'name' })
}

function toHistory(
  rules: Pick<RunnerRules, 'tool' | 'version' | 'foreignKeys'>,
  from: UmzugSource,
  listed: readonly ListedMigration[],
  { table, column }: Pick<UmzugProject, 'table' | 'column'>,
): History {
  const { tool } = rules
  const tasks = openTasks('umzug')
  const ids = listed.map(({ id }) => id)
  const nested = { transactions: 'nested', where: tool } as const
  const versions = notesOfIds({
    tables: [table],
    ids,
    consequences: {
      late: `${tool} applies it after the others`,
      unknown: `${tool} does not see that`,
    },
    create: (connection) => void tasks((bridge) => bridge.call('create', { from }, connection, nested)),
    list: (connection) => readIds(connection, table, column),
    note: (connection, index) => {
      const argument: UmzugCall = { from, id: ids[index] ?? '' }
      tasks((bridge) => bridge.call('note', argument, connection, nested))
    },
  })
  const run: RunTool = (connection, pending, facts) => {
    const argument: UmzugCall = { from, id: pending.at(-1)?.id ?? '' }
    tasks((bridge) => bridge.call('run', argument, connection, { facts, where: tool }))
  }
  return {
    migrations: toFunctionMigrations(listed, tasks, {
      toArgument: ({ id }): UmzugCall => ({ from, id }),
      hasNoTransaction: true,
    }),
    versions,
    runner: { ...rules, transaction: 'none', run },
  }
}
