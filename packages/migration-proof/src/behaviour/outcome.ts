import { errorCode } from '../migrator/errors.ts'
import type { Connection } from '../sql/connection.ts'

/** The outcome of a statement: `accepted`, or the extended result code with which the engine refused it. */
export type Outcome = string

export const ACCEPTED: Outcome = 'accepted'

/**
 * Runs a statement that may be refused. Errors that do not come from the engine are rethrown.
 *
 * Stack traces, which no one reads here, are most of the cost of a refused statement, so they are switched off.
 */
export function outcomeOf(work: () => void): Outcome {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    work()
    return ACCEPTED
  } catch (error) {
    const code = errorCode(error)
    if (code === null) throw error
    return code
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** Runs the work, and rolls back all that it changed in the database. */
export function inSavepoint<Result>(connection: Connection, work: () => Result): Result {
  // One statement per call, so that the connection can keep each prepared.
  connection.all('SAVEPOINT behaviour')
  try {
    return work()
  } finally {
    // After some errors the engine rolls back the whole transaction by itself.
    if (connection.inTransaction) {
      connection.all('ROLLBACK TO behaviour')
      connection.all('RELEASE behaviour')
    }
  }
}

/** Rolls back all changes made inside `inSavepoint` so far. Faster than one savepoint per piece of work. */
export function undoWork(connection: Connection): void {
  // After some errors the engine rolls back the whole transaction by itself, savepoint included.
  connection.all(connection.inTransaction ? 'ROLLBACK TO behaviour' : 'SAVEPOINT behaviour')
}
