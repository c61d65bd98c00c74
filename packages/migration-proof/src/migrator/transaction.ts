import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'

/** The savepoints of the migrator itself, one for each version. */
const ownSavepoint = /^v\d+$/

/** The name of the migrator's savepoint for a version. */
export function savepointOf(version: number): string {
  return `v${version}`
}

/**
 * The first statement, in a few words, that would begin or end the transaction of the migrator, or that uses one of its
 * savepoints; null where there is none. Savepoints of a migration's own are its own business.
 */
export function findTransactionControl(sql: string): string | null {
  for (const statement of splitStatements(sql)) {
    const control = readControl(statement)
    if (control !== null) return control
  }
  return null
}

function readControl(statement: string): string | null {
  const tokens = significantTokens(statement)
  const words = tokens.slice(0, 4).map((token) => (token.kind === 'word' ? foldName(token.text) : ''))
  const verb = (words[0] ?? '').toUpperCase()
  if (verb === 'BEGIN' || verb === 'COMMIT' || verb === 'END') return verb
  const isToSavepoint = verb === 'ROLLBACK' && words.slice(1, 3).includes('to')
  if (verb === 'ROLLBACK' && !isToSavepoint) return verb
  if (!isToSavepoint && verb !== 'SAVEPOINT' && verb !== 'RELEASE') return null
  const last = tokens.at(-1)
  const name = last === undefined ? '' : foldName(unquote(last))
  return ownSavepoint.test(name) ? `${isToSavepoint ? 'ROLLBACK TO' : verb} ${name}` : null
}

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
export function rollBackAfter(connection: Connection) {
  if (!connection.inTransaction) return
  try {
    connection.exec('ROLLBACK')
  } catch {
    // The caller throws the first error, or has read all that it wanted.
  }
}
