import { ProcessEndError } from '../errors.ts'
import {
  DatabaseBusyError,
  errorCode,
  isBusy,
  MigrationFailedError,
  type MigrationFailure,
  MigrationRefusedError,
} from './errors.ts'
import type { Migration } from './migration.ts'
import type { ObservedConnection } from './statements.ts'

/** What is known of a failure beforehand. */
type Circumstances = Pick<MigrationFailure, 'isInEmptyDatabase' | 'base' | 'halfOf'>

/** Runs the work of a migration. Whatever it throws is reported as a failure of that migration. */
export function blameMigration(
  connection: ObservedConnection,
  migration: Migration,
  work: () => void,
  circumstances: Circumstances = {},
): void {
  connection.enter(migration.version)
  try {
    work()
  } catch (error) {
    throw explain(migration, connection, error, circumstances)
  }
  connection.enter(null)
}

/**
 * Runs the work around migrations; a statement of the migrator itself that fails, such as BEGIN or COMMIT, is
 * reported as a failure of all of them. Any other error passes as it is.
 */
export function blameStatement<Result>(
  connection: ObservedConnection,
  migrations: readonly Migration[],
  work: () => Result,
  circumstances: Circumstances = {},
): Result {
  const [migration] = migrations
  const upTo = migrations.at(-1)?.version
  const range = migrations.length > 1 && upTo !== undefined ? { upTo } : {}
  connection.enter(null)
  try {
    return work()
  } catch (error) {
    const isOwnStatement = connection.failedStatement !== null && connection.version === null
    throw isOwnStatement && migration !== undefined
      ? explain(migration, connection, error, { ...circumstances, ...range })
      : error
  }
}

/**
 * Runs a tool that applies several migrations by itself. Which of them its error is about is asked afterwards.
 *
 * @param findFailed what failed, by what the tool has left
 */
export function blameUnapplied(
  connection: ObservedConnection,
  work: () => void,
  findFailed: () => Circumstances & Pick<MigrationFailure, 'migration' | 'upTo'>,
): void {
  try {
    work()
  } catch (error) {
    const { migration, ...circumstances } = findFailed()
    throw explain(migration, connection, engineErrorIn(error) ?? error, circumstances)
  }
}

/** The error of the engine that a tool has wrapped, perhaps with a message that holds the statement and its values. */
function engineErrorIn(error: unknown): Error | null {
  if (!(error instanceof Error)) return null
  return errorCode(error)?.startsWith('SQLITE_') === true ? error : engineErrorIn(error.cause)
}

function explain(
  migration: Migration,
  { failedStatement: sql, hasReadRows, hasAskedForRows }: ObservedConnection,
  error: unknown,
  circumstances: Circumstances & Pick<MigrationFailure, 'upTo'> = {},
) {
  if (error instanceof MigrationRefusedError || error instanceof MigrationFailedError) return error
  if (error instanceof ProcessEndError) return endsProcess(migration, error)
  const statement = sql === null ? null : { sql, mayHoldValues: hasReadRows }
  if (isBusy(error)) return new DatabaseBusyError(statement, error)
  return new MigrationFailedError({
    migration,
    statement,
    cause: error,
    hasReadRows,
    hasAskedForRows,
    ...circumstances,
  })
}

function endsProcess(migration: Migration, { call }: ProcessEndError) {
  return new MigrationRefusedError('process-end', migration, {
    expected: 'an up that returns or throws an error',
    actual: `that it called ${call}`,
    fix: 'remove the call',
  })
}
