import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DiagnosedError, errorMessage, shownPath } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import type { Migration, ToolChecksum } from '../migrator/migration.ts'
import type { RunnerRules } from '../migrator/plan.ts'
import { upOf } from '../migrator/sql-migration.ts'
import type { VersionStore } from '../migrator/version-store.ts'
import { callerFiles } from '../package-folder.ts'
import { splitStatements } from '../sql/split.ts'

/** The migrations of a project as its tool keeps and applies them: the fields of a config that say it. */
export interface History {
  readonly migrations: readonly Migration[]
  readonly versions: VersionStore
  readonly runner?: RunnerRules
}

/** Thrown when the folder of a tool cannot be read as its migrations. */
export class HistoryError extends DiagnosedError {
  override readonly name = 'HistoryError'
}

/** A file of SQL. */
export interface SqlFile {
  /** Its name in the folder. */
  readonly name: string
  readonly path: string
  readonly bytes: Buffer
  readonly text: string
}

/** By this name, the command that loads a config says its folder: paths in it are relative to that. */
const configFolder = Symbol.for('migration-proof config folder')

/** Relative paths that adapters are given lead from this folder. */
export function setConfigFolder(folder: string): void {
  Reflect.set(globalThis, configFolder, folder)
}

/**
 * The path of a folder that a config names.
 *
 * @throws {HistoryError} when it names none
 */
export function resolveFolder(given: string | URL): string {
  if (!(given instanceof URL) && (typeof given !== 'string' || given === ''))
    throw new HistoryError({
      where: 'The call that reads the migrations',
      expected: "the path of a folder or a file, such as 'migrations'",
      actual: given === '' ? 'an empty text' : given === undefined ? 'nothing' : `a ${typeof given}`,
      fix: 'write it into the config',
    })
  if (given instanceof URL) return fileURLToPath(given)
  return resolve(findConfigFolder() ?? process.cwd(), given)
}

/** The folder of the config that is being loaded, by a command or by an import of a test; null where there is none. */
export function findConfigFolder(): string | null {
  const folder: unknown = Reflect.get(globalThis, configFolder)
  if (typeof folder === 'string') return folder
  const file = callerFiles().find((each) => /[\\/]migration-proof\.config\.[cm]?[jt]s$/.test(each))
  return file === undefined ? null : dirname(file)
}

/**
 * The names in a folder.
 *
 * @throws {HistoryError} when it cannot be read
 */
export function listFolder(folder: string, what: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (cause) {
    throw unreadable(folder, `a folder with ${what}`, cause)
  }
}

/** @throws {HistoryError} when it cannot be read, or is no UTF-8 */
export function readSqlFile(folder: string, name: string): SqlFile {
  const path = join(folder, name)
  try {
    const bytes = readFileSync(path)
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    // SQLite would read no further.
    if (text.includes('\0')) throw new RangeError('it holds a byte of zero')
    return { name, path, bytes, text }
  } catch (cause) {
    throw unreadable(path, 'a file of SQL in UTF-8', cause)
  }
}

function unreadable(path: string, expected: string, cause: unknown): HistoryError {
  const fix = 'correct the path in the config'
  const actual = errorCode(cause) === 'ENOENT' ? 'nothing of that name' : `the error '${errorMessage(cause)}'`
  return new HistoryError({ where: shownPath(path), expected, actual, fix }, { cause })
}

/** @throws {HistoryError} when a folder holds no migration */
export function requireSome<Item>(folder: string, what: string, found: readonly Item[]): readonly Item[] {
  if (found.length > 0) return found
  const fix = 'correct the path in the config, or add the first one'
  throw new HistoryError({ where: shownPath(folder), expected: what, actual: 'none', fix })
}

/**
 * The names in a folder that are migrations.
 *
 * @throws {HistoryError} when the folder cannot be read, or holds none
 */
export function findNames(
  folder: string,
  what: string,
  isMigration: (name: string) => boolean,
): readonly string[] {
  return requireSome(folder, what, listFolder(folder, what).filter(isMigration))
}

/** What makes a migration of SQL text. */
export interface SqlMigration {
  readonly id: string
  readonly name: string
  readonly sql: string
  readonly file: string
  readonly transaction?: 'none'
  readonly checksum?: ToolChecksum
  /** The statements; defaults to those that SQLite finds in the text. */
  readonly statements?: readonly string[]
}

/**
 * Migrations that run SQL text, in this order. The migrator of this package switches foreign keys off for one that does so itself,
 * whether or not the tool of the project lets that work.
 *
 * @param foreignKeys what the tool has them at
 * @throws {HistoryError} when two have the same id
 */
export function toMigrations(texts: readonly SqlMigration[], foreignKeys: 'on' | 'off' = 'on'): Migration[] {
  requireDistinct(texts)
  return texts.map(({ statements, ...migration }, index) => {
    const own = statements ?? splitStatements(migration.sql)
    const isOff = foreignKeys === 'off' || own.some(switchesKeysOff)
    const keys = isOff ? ({ foreignKeys: 'off' } as const) : {}
    return { ...migration, version: index + 1, up: upOf(own), ...keys }
  })
}

/** @throws {HistoryError} when two migrations have the same id */
export function requireDistinct(listed: readonly Pick<SqlMigration, 'id' | 'file'>[]): void {
  const twice = listed.find(({ id }, index) => listed.findIndex((other) => other.id === id) < index)
  if (twice === undefined) return
  throw new HistoryError({
    where: shownPath(twice.file),
    expected: 'each id once',
    actual: `the id ${twice.id} twice`,
    fix: 'give one of them another number',
  })
}

/** Whether a statement, or code that holds one, switches foreign keys off. */
export function switchesKeysOff(text: string): boolean {
  return /\bpragma\s+foreign_keys\s*=\s*(?:off|0|false|no)\b/i.test(text)
}

/**
 * The number that a file name begins with, as a database keeps it.
 *
 * @throws {HistoryError} when it is larger than SQLite's integers
 */
export function numberOf(folder: string, name: string): bigint {
  const number = BigInt(/^\d+/.exec(name)?.[0] ?? 0)
  if (number < 2n ** 63n) return number
  throw new HistoryError({
    where: shownPath(join(folder, name)),
    expected: 'a number of at most 9223372036854775807',
    actual: `${number}`,
    fix: 'give it a smaller one',
  })
}

/** The names in the order of their numbers. */
export function byNumber(folder: string, names: readonly string[]): string[] {
  return names.toSorted((left, right) => (numberOf(folder, left) < numberOf(folder, right) ? -1 : 1))
}
