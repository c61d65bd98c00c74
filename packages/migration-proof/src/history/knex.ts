import type { RunTool } from '../migrator/plan.ts'
import { quoteName } from '../sql/names.ts'
import {
  type FunctionFile,
  type ListedMigration,
  readFunctionFiles,
  requireInstalled,
  toFunctionMigrations,
} from './function-files.ts'
import { openTasks } from './open-tasks.ts'
import { type History, resolveFolder } from './sql-folder.ts'
import { hasTable, notesOfIds, readIds, readNotes } from './version-notes.ts'

/** What `knex` takes: what the knexfile of the project says. */
export interface KnexOptions {
  /** `migrations.tableName` */
  readonly table?: string
  readonly client?: 'better-sqlite3' | 'sqlite3'
}

/** What the thread is given to run one migration. */
export interface KnexUp extends Pick<Required<KnexOptions>, 'client'> {
  readonly file: string
}

/** What the thread is given to let knex apply migrations. */
export interface KnexRun extends Required<KnexOptions> {
  readonly files: readonly Pick<FunctionFile, 'id' | 'path'>[]
}

/**
 * The folder of knex: files that export `up` and `down`, in JavaScript or TypeScript, in the order of their names, which are noted
 * with their ending.
 *
 * `verify` lets the knex that is installed in the project apply them: all that is pending in one transaction, or each in its own
 * where one of them asks for none; with foreign keys as the driver opens a file, on by better-sqlite3 and off by sqlite3.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @throws {HistoryError} when the folder or a file cannot be read, or knex is not installed
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { knex } from 'migration-proof/knex'
 *
 * export default defineConfig({ name: 'shop', ...knex('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function knex(
  folder: string | URL = 'migrations',
  { table = 'knex_migrations', client = 'better-sqlite3' }: KnexOptions = {},
): History {
  const version = requireInstalled('knex')
  const files = readFunctionFiles(resolveFolder(folder), ['.js', '.cjs', '.ts'], (name) => name)
  const ids = files.map(({ id }) => id)
  const tasks = openTasks('knex')
  const lockTable = `${table}_lock`
  const [name, lock] = [quoteName(table), quoteName(lockTable)]
  const versions = notesOfIds({
    tables: [table, lockTable],
    ids,
    consequences: {
      late: 'knex applies it after the others',
      unknown: 'knex refuses to start: the migration directory is corrupt',
      unfinished: 'knex refuses to start: the migration table is already locked',
    },
    create: (connection) => {
      connection.exec(
        `CREATE TABLE IF NOT EXISTS ${ticked(table)} (\`id\` integer not null primary key autoincrement, \`name\` varchar(255), \`batch\` integer, \`migration_time\` datetime)`,
      )
      connection.exec(
        `CREATE TABLE IF NOT EXISTS ${ticked(lockTable)} (\`index\` integer not null primary key autoincrement, \`is_locked\` integer)`,
      )
      connection.exec(`INSERT INTO ${lock} (is_locked) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM ${lock})`)
    },
    list: (connection) => {
      const noted = readIds(connection, table, 'name', 'id')
      const locks = hasTable(connection, lockTable) ? readNotes(connection, lockTable, 'is_locked', '1') : []
      const isLocked = locks.some(({ is_locked: locked }) => locked === 1n)
      if (!isLocked) return noted
      const next = ids.find((id) => !noted.some((one) => one.id === id)) ?? 'one of them'
      return [...noted, { id: next, isDone: false }]
    },
    note: (connection, index) => {
      connection.all(
        `INSERT INTO ${name} (name, batch, migration_time) SELECT ?, coalesce(max(batch), 0) + 1, ? FROM ${name}`,
        [ids[index] ?? '', BigInt(Date.now())],
      )
    },
  })
  const isAlone = ({ text }: ListedMigration) => /\btransaction\s*:\s*false\b/.test(text)
  const run: RunTool = (connection, pending, facts) => {
    const until = ids.indexOf(pending.at(-1)?.id ?? '') + 1
    const given = files.slice(0, until).map(({ id, path }) => ({ id, path }))
    const argument: KnexRun = { files: given, table, client }
    tasks((bridge) => bridge.call('run', argument, connection, { facts, where: 'knex' }))
  }
  const toArgument = ({ path = '' }: ListedMigration): KnexUp => ({ file: path, client })
  return {
    migrations: toFunctionMigrations(files, tasks, { toArgument, isAlone, isRebuild }),
    versions,
    runner: {
      tool: 'knex',
      version,
      transaction: files.some(isAlone) ? 'each' : 'all',
      keepsLock: files.some(isAlone),
      foreignKeys: client === 'sqlite3' ? 'off' : 'on',
      run,
    },
  }
}

/** As knex writes a name. */
function ticked(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** What changes a table may rebuild it, with foreign keys switched off, which does nothing inside of a transaction. */
function isRebuild({ text }: ListedMigration): boolean {
  return /\b(?:alterTable|table)\s*\(/.test(text)
}
