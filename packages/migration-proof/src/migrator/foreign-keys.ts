import { DiagnosedError } from '../errors.ts'
import type { Connection } from '../sql/connection.ts'

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
    remedy: 'let the migration keep the parents of the rows that it keeps',
  })
}

/** Each row that refers to a missing parent, named by table and rowid: https://www.sqlite.org/pragma.html#pragma_foreign_key_check */
export function readViolations(connection: Connection): string[] {
  return connection
    .all('PRAGMA foreign_key_check')
    .map(({ table, rowid, parent }) => `${table} row ${rowid ?? 'without a rowid'} → ${parent}`)
}
