import type { Database } from '../engines/better-sqlite3.ts'
import { withCleanUp } from './with-clean-up.ts'

/**
 * Runs the work with a rollback journal, and gives a file in WAL mode its mode back. An upgrade that adds
 * hundreds of megabytes would write each new page twice through the write-ahead log, while the rollback journal
 * only keeps what old pages held, and tells which they are.
 *
 * @param database the connection that holds the lock: with others, the mode cannot change
 * @param isInPlace whether the file still has its name. Where it has not, what has the name of its log is another's, which
 *   SQLite would take for this one's: then the mode stays as it is
 */
export function withRollbackJournal<Result>(
  database: Database.Database,
  isInPlace: () => boolean,
  work: () => Result,
): Result {
  const before = database.pragma('journal_mode', { simple: true })
  if (before !== 'wal') return work()
  const giveBack = () => {
    if (isInPlace()) database.pragma('journal_mode = WAL')
  }
  return withCleanUp(() => {
    database.pragma('journal_mode = DELETE')
    return work()
  }, giveBack)
}
