import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { shownPath } from '../errors.ts'
import type { Migration, MigrationConnection } from '../migrator/migration.ts'
import { isVacuum } from '../migrator/run-up.ts'
import type { ToolTasks } from './open-tasks.ts'
import {
  HistoryError,
  listFolder,
  readSqlFile,
  requireSome,
  resolveFolder,
  switchesKeysOff,
} from './sql-folder.ts'

/** A file whose `up` is a migration. */
export interface FunctionFile {
  /** What the tool of the project calls it. */
  readonly id: string
  readonly path: string
  readonly text: string
}

/**
 * The files of a folder that have an `up`, in the order of their ids by code unit.
 *
 * @param endings such as `['.ts', '.js']`
 * @param idOf what the tool calls a file of this name
 * @throws {HistoryError} when the folder or a file cannot be read, or two files have one id
 */
export function readFunctionFiles(
  folder: string,
  endings: readonly string[],
  idOf: (name: string) => string,
): readonly FunctionFile[] {
  const what = `files of ${endings.join(', ')} with a function up`
  const names = listFolder(folder, what).filter(
    (name) => endings.some((ending) => name.endsWith(ending)) && !/\.d\.[cm]?ts$/.test(name),
  )
  const files = names.map((name) => {
    const { path, text } = readSqlFile(folder, name)
    return { id: idOf(name), path, text }
  })
  const found = files.filter(({ text }) => /\bup\b/.test(text))
  const sorted = requireSome(folder, what, found).toSorted((left, right) => (left.id < right.id ? -1 : 1))
  const twice = sorted.find(({ id }, index) => sorted[index + 1]?.id === id)
  if (twice === undefined) return sorted
  throw new HistoryError({
    where: shownPath(twice.path),
    expected: 'each name once',
    actual: `the name ${twice.id} twice`,
    fix: 'remove one of the files, such as what was compiled from the other',
  })
}

/** A migration whose file need not be known. */
export type ListedMigration = Omit<FunctionFile, 'path'> & Partial<Pick<FunctionFile, 'path'>>

/** What a tool makes of a migration. */
interface FunctionRules<Listed> {
  /** What its task `up` is given. */
  readonly toArgument: (migration: Listed) => object
  /** Whether it asks for no transaction. */
  readonly isAlone: (migration: Listed) => boolean
  /** Whether the tool itself may switch foreign keys off to run it. */
  readonly isRebuild: (migration: Listed) => boolean
  /** Whether the tool begins no transaction for any, so that one may hold VACUUM. */
  readonly hasNoTransaction: boolean
}

const noRules: FunctionRules<ListedMigration> = {
  toArgument: ({ path }) => ({ file: path }),
  isAlone: () => false,
  isRebuild: () => false,
  hasNoTransaction: false,
}

/**
 * Migrations that run an `up` of the project, by the task of that name. The migrator of this package switches foreign keys off
 * for one that does so itself, since its transaction is open when it runs.
 */
export function toFunctionMigrations<Listed extends ListedMigration>(
  listed: readonly Listed[],
  tasks: ToolTasks,
  rules: Partial<FunctionRules<Listed>> = {},
): Migration[] {
  const { toArgument, isAlone, isRebuild, hasNoTransaction } = { ...noRules, ...rules }
  return listed.map((migration, index) => {
    const { id, path, text } = migration
    return {
      version: index + 1,
      id,
      name: id,
      ...(path === undefined ? {} : { file: path }),
      up: (connection: MigrationConnection) => {
        const call = { transactions: 'nested', where: `Migration ${id}` } as const
        const lent = hasNoTransaction ? withoutVacuum(connection) : connection
        tasks((bridge) => bridge.call('up', toArgument(migration), lent, call))
      },
      ...(isAlone(migration) ? { transaction: 'none' } : {}),
      ...(switchesKeysOff(text) || isRebuild(migration) ? { foreignKeys: 'off' } : {}),
    }
  })
}

/** In the transaction of this package SQLite runs no VACUUM, which changes nothing that a migration may rely on. */
function withoutVacuum(connection: MigrationConnection): MigrationConnection {
  return {
    exec: (sql) => (isVacuum(sql) ? undefined : connection.exec(sql)),
    all: (sql, parameters) => (isVacuum(sql) ? [] : connection.all(sql, parameters)),
  }
}

/**
 * The version of a package as the project has it installed.
 *
 * @returns null where it is not installed
 */
export function findInstalled(name: string): string | null {
  const folders = createRequire(join(resolveFolder('.'), 'package.json')).resolve.paths(name) ?? []
  for (const folder of folders) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'))
      if (typeof version === 'string') return version
    } catch {
      // It is not in this folder.
    }
  }
  return null
}

/**
 * The version of the tool, which must be installed.
 *
 * @throws {HistoryError}
 */
export function requireInstalled(name: string): string {
  const version = findInstalled(name)
  if (version !== null) return version
  throw new HistoryError({
    where: shownPath(resolveFolder('.')),
    expected: `the package ${name}, with which the migrations run`,
    actual: 'that it is not installed',
    fix: `install it there: npm install ${name}`,
  })
}
