import { DatabaseBusyError, isBusy, MigrationFailedError } from './errors.ts'
import type { Migration } from './migration.ts'
import type { ObservedConnection } from './statements.ts'

/** Runs a migration's own work; whatever it throws is told as a failure of that migration. */
export function blameMigration(connection: ObservedConnection, migration: Migration, work: () => void): void {
  connection.enter(migration.version)
  try {
    work()
  } catch (error) {
    throw explain(migration, connection.failedStatement, error)
  }
  connection.enter(null)
}

/**
 * Runs the work around migrations; a statement of the migrator itself that fails, such as BEGIN or COMMIT, is
 * told as a failure of the first of them. Any other error passes as it is.
 */
export function blameStatement<Result>(
  connection: ObservedConnection,
  [migration]: readonly Migration[],
  work: () => Result,
): Result {
  connection.enter(null)
  try {
    return work()
  } catch (error) {
    const { failedStatement, version } = connection
    const isOwnStatement = failedStatement !== null && version === null
    throw isOwnStatement && migration !== undefined ? explain(migration, failedStatement, error) : error
  }
}

function explain(migration: Migration, statement: string | null, error: unknown) {
  if (isBusy(error)) return new DatabaseBusyError(statement, error)
  return new MigrationFailedError(migration, statement, error)
}
