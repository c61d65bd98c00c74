import type { Connection } from '../sql/connection.ts'

/**
 * Runs the work in a transaction that takes the write lock at once. In WAL mode a deferred transaction that
 * starts to write later is refused whatever the busy timeout: https://www.sqlite.org/lang_transaction.html
 */
export function transact<Result>(connection: Connection, work: () => Result): Result {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    connection.exec('COMMIT')
    return result
  } catch (error) {
    rollBackAfter(connection)
    throw error
  }
}

/** Runs work that only reads, all of it on the same state of the database. */
export function readConsistently<Result>(connection: Connection, work: () => Result): Result {
  connection.exec('BEGIN')
  try {
    return work()
  } finally {
    rollBackAfter(connection)
  }
}

/**
 * Some errors make SQLite roll back by itself, and a disk that fails can fail the ROLLBACK too. Neither may
 * hide the error that came first; what is not rolled back now is when the connection is closed.
 * See https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
 */
function rollBackAfter(connection: Connection) {
  if (!connection.inTransaction) return
  try {
    connection.exec('ROLLBACK')
  } catch {
    // The caller throws the first error, or has read all that it wanted.
  }
}
