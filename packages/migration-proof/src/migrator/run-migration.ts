import { DiagnosedError } from '../errors.ts'
import type { Connection } from '../sql/connection.ts'
import type { Migration } from './migration.ts'
import type { VersionStore } from './version-store.ts'

/** Thrown when a migration left rows behind that refer to a parent row which is not there. */
export class ForeignKeyViolationError extends DiagnosedError {
  override readonly name = 'ForeignKeyViolationError'
}

/**
 * Runs the work with foreign keys off, and switches them back to what they were. The pragma does nothing
 * inside a transaction (https://www.sqlite.org/pragma.html#pragma_foreign_keys), so the work opens its own.
 */
export function withForeignKeysOff<Result>(connection: Connection, work: () => Result): Result {
  const before = connection.all('PRAGMA foreign_keys')[0]?.foreign_keys
  connection.exec('PRAGMA foreign_keys = OFF')
  try {
    return work()
  } finally {
    connection.exec(`PRAGMA foreign_keys = ${before === 1n ? 'ON' : 'OFF'}`)
  }
}

/**
 * Runs the work and proves that it brought no new violation. What a file held before does not count: files
 * in the field have old orphans, and must still be upgraded.
 */
export function keepForeignKeys(connection: Connection, work: () => void): void {
  const before = new Set(readViolations(connection))
  work()
  const arisen = readViolations(connection).filter((violation) => !before.has(violation))
  if (arisen.length === 0) return
  throw new ForeignKeyViolationError({
    where: 'PRAGMA foreign_key_check',
    expected: 'no new row without its parent',
    actual: `${arisen.length} of them, first ${arisen[0]}`,
    fix: 'let the migration keep the parents of the rows that it keeps',
  })
}

/**
 * Each row that refers to a missing parent, named by table and rowid: https://www.sqlite.org/pragma.html#pragma_foreign_key_check
 *
 * @example
 * ```js
 * import Database from 'better-sqlite3'
 * import { betterSqliteConnection, readViolations } from 'migration-proof'
 *
 * const connection = betterSqliteConnection(new Database(':memory:'))
 * connection.exec('PRAGMA foreign_keys = OFF; CREATE TABLE note (id INTEGER PRIMARY KEY)')
 * connection.exec('CREATE TABLE tag (name TEXT, note INTEGER REFERENCES note); INSERT INTO tag VALUES (1, 7)')
 * console.log(readViolations(connection).length) // 1
 * ```
 */
export function readViolations(connection: Connection): string[] {
  return connection
    .all('PRAGMA foreign_key_check')
    .map(({ table, rowid, parent }) => `${table} row ${rowid ?? 'without a rowid'} → ${parent}`)
}

/** Runs the work with foreign keys off where one of the migrations asks for it. The work opens its own transaction. */
export function withForeignKeysFor<Result>(
  connection: Connection,
  migrations: readonly Migration[],
  work: () => Result,
): Result {
  const isOff = migrations.some(({ foreignKeys }) => foreignKeys === 'off')
  return isOff ? withForeignKeysOff(connection, work) : work()
}

/**
 * What a migration does inside its transaction, on a real file as in memory: the table of the versions, its own work, the
 * proof that it left no new orphan where it has foreign keys off, and its version row.
 */
export function runMigration(
  connection: Connection,
  versions: VersionStore,
  migration: Migration,
  up: () => void,
): void {
  versions.create(connection)
  if (migration.foreignKeys === 'off') keepForeignKeys(connection, up)
  else up()
  versions.record(connection, migration.version)
}
