import { DiagnosedError, errorMessage } from '../errors.ts'
import type { Difference } from '../schema/diff.ts'
import type { Migration } from './migration.ts'

/** Thrown when the versions that a database holds cannot be read, or have gaps. */
export class VersionTableError extends DiagnosedError {
  override readonly name = 'VersionTableError'
}

/** Thrown when a schema is not what its version says, or holds a name that a later version needs. */
export class SchemaDriftError extends DiagnosedError {
  override readonly name = 'SchemaDriftError'
  readonly differences: readonly Difference[]

  constructor(where: string, differences: readonly [Difference, ...Difference[]], remedy: string) {
    const [{ object, aspect, expected, actual }] = differences
    const others = differences.length === 1 ? '' : ` (and ${differences.length - 1} more)`
    super({
      where: `${where}, ${object.type} ${object.name}, ${aspect}`,
      expected,
      actual: `${actual}${others}`,
      remedy,
    })
    this.differences = differences
  }
}

/** Thrown when a migration fails. Nothing of it is kept: the database is at the last whole version. */
export class MigrationFailedError extends DiagnosedError {
  override readonly name = 'MigrationFailedError'
  /** The version that was not reached. */
  readonly version: number
  /** The statement that failed; null where the migration failed by itself. */
  readonly statement: string | null

  constructor(migration: Migration, statement: string | null, cause: unknown) {
    const place = statement === null ? '' : `, statement '${shorten(statement)}'`
    super(
      {
        where: `Migration v${migration.version} (${migration.name})${place}`,
        expected: 'success',
        actual: `the error '${describe(cause)}'`,
        remedy: 'mend its cause and run again: nothing of this migration was kept',
      },
      { cause },
    )
    this.version = migration.version
    this.statement = statement
  }
}

/** Thrown when another connection holds the lock for longer than the busy timeout. Nothing was changed by it. */
export class DatabaseBusyError extends DiagnosedError {
  override readonly name = 'DatabaseBusyError'

  constructor(statement: string | null, cause: unknown) {
    super(
      {
        where: statement === null ? 'The database' : `The database, at statement '${shorten(statement)}'`,
        expected: 'the lock within the busy timeout',
        actual: `the error '${describe(cause)}'`,
        remedy: 'stop the process that holds the database, or wait for it, and run again',
      },
      { cause },
    )
  }
}

/** Whether an engine refused because another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return errorCode(error)?.startsWith('SQLITE_BUSY') === true
}

/** The name of SQLite's extended result code that an engine's error carries; null for any other error. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

function describe(cause: unknown): string {
  const code = errorCode(cause)
  return code === null ? errorMessage(cause) : `${code}: ${errorMessage(cause)}`
}

function shorten(statement: string): string {
  const line = statement.replace(/\s+/g, ' ')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
