import type { MigrationConnection } from '../migrator/migration.ts'
import type { RunnerRules, RunTool } from '../migrator/plan.ts'
import { quoteName } from '../sql/names.ts'
import { type ListedMigration, requireInstalled, toFunctionMigrations } from './function-files.ts'
import { askProject, openTasks } from './open-tasks.ts'
import { type History, requireSome, resolveFolder } from './sql-folder.ts'
import { notesOfIds, readIds } from './version-notes.ts'

/** What `typeorm` takes: options of the project's own `DataSource`. */
export interface TypeormOptions {
  /** `migrationsTableName` */
  readonly table?: string
  /** `migrationsTransactionMode`, or the option of the command line of TypeORM */
  readonly transaction?: 'all' | 'each' | 'none'
}

/** What a folder or a DataSource says. */
export interface TypeormProject extends TypeormOptions {
  readonly migrations: readonly TypeormMigration[]
}

export interface TypeormMigration extends ListedMigration {
  /** Milliseconds. */
  readonly timestamp: number
  /** The field of its class; null where it has none. */
  readonly transaction: boolean | null
}

/** What the thread is given: the file or folder of the migrations. */
export interface TypeormSource {
  readonly source: string
}

/** What the thread is given to run one migration. */
export interface TypeormUp extends TypeormSource {
  readonly id: string
}

/** What the thread is given to let TypeORM apply the first migrations. */
export interface TypeormRun extends TypeormSource, Required<TypeormOptions> {
  readonly ids: readonly string[]
}

/**
 * The migrations of TypeORM: a folder of files that export classes, or the file of the project's DataSource, in JavaScript or
 * TypeScript. Their order is that of the timestamps at the end of their names.
 *
 * `verify` lets the TypeORM that is installed in the project apply them, by better-sqlite3: all that is pending in one transaction,
 * or each, or none, with foreign keys off around a transaction.
 *
 * @param source a `file:` URL, or a path from the folder of the config
 * @param options those of the DataSource, where the source is a folder, or the command line of TypeORM is given others
 * @throws {HistoryError} when the migrations cannot be read, or TypeORM is not installed
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { typeorm } from 'migration-proof/typeorm'
 *
 * export default defineConfig({ name: 'shop', ...typeorm('src/migrations'), fixtures: 'fixtures' })
 * ```
 */
export function typeorm(source: string | URL = 'migrations', options: TypeormOptions = {}): History {
  const version = requireInstalled('typeorm')
  const path = resolveFolder(source)
  const tasks = openTasks('typeorm')
  const project = askProject<TypeormProject>(tasks, 'list', { source: path }, path, {
    expected: 'a folder of classes with an up, or a file that exports a DataSource',
    fix: 'correct the path in the config, or the file',
  })
  const { table = 'migrations', transaction = 'all' } = { ...project, ...options }
  const listed = requireSome(path, 'a class with an up whose name ends in a timestamp', project.migrations)
  const ids = listed.map(({ id }) => id)
  const isWhole = ({ transaction: own }: TypeormMigration) => own ?? transaction !== 'none'
  const versions = notesOfIds({
    tables: [table, 'typeorm_metadata'],
    ids,
    consequences: {
      late: 'TypeORM applies it after the others',
      unknown: 'TypeORM does not see that',
    },
    create: (connection) => {
      const call = { transactions: 'nested', where: 'TypeORM' } as const
      tasks((bridge) => bridge.call('create', { source: path, table }, connection, call))
    },
    list: (connection) => readIds(connection, table, 'name', 'id'),
    note: (connection: MigrationConnection, index) => {
      const { timestamp = 0, id = '' } = listed[index] ?? {}
      const values = [BigInt(timestamp), id]
      connection.all(`INSERT INTO ${quoteName(table)} ("timestamp", "name") VALUES (?, ?)`, values)
    },
  })
  const run: RunTool = (connection, pending, facts) => {
    const until = ids.indexOf(pending.at(-1)?.id ?? '') + 1
    const argument: TypeormRun = { source: path, ids: ids.slice(0, until), table, transaction }
    tasks((bridge) => bridge.call('run', argument, connection, { facts, where: 'TypeORM' }))
  }
  const rules: Pick<RunnerRules, 'transaction' | 'foreignKeys'> = {
    transaction: transaction === 'none' && listed.some(isWhole) ? 'each' : transaction,
    foreignKeys: listed.some(isWhole) ? 'off' : 'on',
  }
  const migrations = toFunctionMigrations(listed, tasks, {
    toArgument: ({ id }): TypeormUp => ({ source: path, id }),
    isAlone: (migration) => !isWhole(migration),
    // TypeORM switches them off before it begins a transaction.
    isRebuild: isWhole,
  })
  return { migrations, versions, runner: { tool: 'TypeORM', version, ...rules, run } }
}
