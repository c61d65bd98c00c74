import { statSync } from 'node:fs'
import type { MigrationConnection } from '../migrator/migration.ts'
import type { RunTool } from '../migrator/plan.ts'
import { quoteName } from '../sql/names.ts'
import {
  findInstalled,
  type ListedMigration,
  readFunctionFiles,
  requireInstalled,
  toFunctionMigrations,
} from './function-files.ts'
import { askProject, openTasks } from './open-tasks.ts'
import { type History, resolveFolder } from './sql-folder.ts'
import { notesOfIds, readNotes } from './version-notes.ts'

/** What `mikroOrm` takes: `migrations` of the config of the project. */
export interface MikroOrmOptions {
  /** `migrations.tableName` */
  readonly table?: string
  /** `migrations.transactional` */
  readonly transactional?: boolean
  /** `migrations.allOrNothing` */
  readonly allOrNothing?: boolean
  /** `migrations.disableForeignKeys`; left out, it is what the installed version does by default. */
  readonly disableForeignKeys?: boolean
}

/** What the config of MikroORM says. */
export interface MikroOrmProject {
  readonly options: MikroOrmOptions
  /** The folder of the migrations. */
  readonly folder: string
}

/** Where the migrations are, and by which driver they run. */
export interface MikroOrmSource {
  /** The config of MikroORM; null where a folder was named. */
  readonly source: string | null
  readonly driver: string
  readonly options: MikroOrmOptions
}

/** What the thread is given to let MikroORM apply the first migrations, or one of them. */
export interface MikroOrmCall extends MikroOrmSource {
  readonly files: readonly { readonly id: string; readonly path: string }[]
}

const drivers = ['@mikro-orm/better-sqlite', '@mikro-orm/sqlite'] as const

/**
 * The migrations of MikroORM: their folder, or the file of the project's config, in JavaScript or TypeScript. Their order is that
 * of the names of the files, and the snapshot of the schema beside them is not read.
 *
 * `verify` lets the MikroORM that is installed in the project apply them: all that is pending in one transaction, or each, or none,
 * as the config says, with foreign keys on.
 *
 * @param source a `file:` URL, or a path from the folder of the config
 * @param options `migrations` of the config of MikroORM, where the source is a folder
 * @throws {HistoryError} when the migrations cannot be read, or MikroORM is not installed
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { mikroOrm } from 'migration-proof/mikro-orm'
 *
 * export default defineConfig({ name: 'shop', ...mikroOrm('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function mikroOrm(source: string | URL = 'migrations', given: MikroOrmOptions = {}): History {
  const version = requireInstalled('@mikro-orm/migrations')
  const driver = drivers.find((name) => findInstalled(name) !== null) ?? drivers[0]
  requireInstalled(driver)
  const tasks = openTasks('mikro-orm')
  const path = resolveFolder(source)
  const isConfig = statSync(path, { throwIfNoEntry: false })?.isFile() === true
  const project: MikroOrmProject = isConfig
    ? askProject(tasks, 'read', { source: path }, path, {
        expected: 'a file that exports the config of MikroORM',
        fix: 'correct the path in the config, or name the folder of the migrations',
      })
    : { options: {}, folder: path }
  const options = { ...project.options, ...given }
  const { table = 'mikro_orm_migrations', transactional = true, allOrNothing = true } = options
  const endings = ['.js', '.ts', '.cjs']
  const files = readFunctionFiles(project.folder, endings, (name) => name.replace(/\.[jt]s$/, ''))
  const ids = files.map(({ id }) => id)
  const from: MikroOrmSource = { source: isConfig ? path : null, driver, options: { ...options, table } }
  const toCall = (count: number): MikroOrmCall => {
    return { ...from, files: files.slice(0, count).map(({ id, path: file }) => ({ id, path: file })) }
  }
  const isAlone = ({ text }: ListedMigration) =>
    !transactional || /\bisTransactional\b[^{;]*\{\s*return\s+false\b/.test(text)
  const versions = notesOfIds({
    tables: [table],
    ids,
    consequences: {
      late: 'MikroORM applies it after the others',
      unknown: 'MikroORM does not see that',
    },
    create: (connection) => {
      const call = { transactions: 'nested', where: 'MikroORM' } as const
      tasks((bridge) => bridge.call('create', toCall(0), connection, call))
    },
    list: (connection) =>
      readNotes(connection, table, 'name', 'id').map(({ name }) => ({
        id: `${name}`.replace(/\.[jt]s$/, ''),
      })),
    note: (connection: MigrationConnection, index) => {
      connection.all(`INSERT INTO ${quoteName(table)} (name) VALUES (?)`, [ids[index] ?? ''])
    },
  })
  const run: RunTool = (connection, pending, facts) => {
    const argument = toCall(ids.indexOf(pending.at(-1)?.id ?? '') + 1)
    tasks((bridge) => bridge.call('run', argument, connection, { facts, where: 'MikroORM' }))
  }
  const each = allOrNothing ? 'all' : 'each'
  return {
    migrations: toFunctionMigrations(files, tasks, {
      toArgument: ({ id, path: file }): MikroOrmCall => ({ ...from, files: [{ id, path: file }] }),
      isAlone,
      isRebuild: (migration) => isAlone(migration) && options.disableForeignKeys === true,
    }),
    versions,
    runner: {
      tool: 'MikroORM',
      version,
      transaction: transactional ? each : 'none',
      // Seen with 6.6.16: the note follows COMMIT.
      notesLater: !allOrNothing,
      foreignKeys: 'on',
      run,
    },
  }
}
