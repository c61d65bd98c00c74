import { errorCode } from '../migrator/errors.ts'
import type { Connection } from '../sql/connection.ts'

/** What became of a statement: `accepted`, or the extended result code with which the engine refused it. */
export type Outcome = string

export const ACCEPTED: Outcome = 'accepted'

/**
 * Runs a statement that may be refused. Errors that no engine raised are thrown on.
 *
 * Making the stack trace of an error is most of what a refused statement costs, and nobody reads it here.
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

/** Runs the work, and takes back all that it did to the database. */
export function inSavepoint<Result>(connection: Connection, work: () => Result): Result {
  // One statement at a time, so that a connection may keep each prepared.
  connection.all('SAVEPOINT behaviour')
  try {
    return work()
  } finally {
    // Some errors make the engine roll everything back by itself.
    if (connection.inTransaction) {
      connection.all('ROLLBACK TO behaviour')
      connection.all('RELEASE behaviour')
    }
  }
}

/** Takes back all that was done inside `inSavepoint` so far. A savepoint for each of many works takes longer. */
export function takeBack(connection: Connection): void {
  // Some errors make the engine roll everything back by itself, savepoint and all.
  connection.all(connection.inTransaction ? 'ROLLBACK TO behaviour' : 'SAVEPOINT behaviour')
}
