import type { Database } from '../engines/better-sqlite3.ts'
import { withCleanUp } from './with-clean-up.ts'

/**
 * Runs the work with a rollback journal, and gives a file in WAL mode its mode back. An upgrade that adds
 * hundreds of megabytes would write each new page twice through the write-ahead log, while the rollback journal
 * only keeps what old pages held, and tells which they are.
 *
 * @param database the connection that holds the lock: with others, the mode cannot change
 */
export function withRollbackJournal<Result>(database: Database.Database, work: () => Result): Result {
  const before = database.pragma('journal_mode', { simple: true })
  if (before !== 'wal') return work()
  const giveBack = () => database.pragma('journal_mode = WAL')
  return withCleanUp(() => {
    database.pragma('journal_mode = DELETE')
    return work()
  }, giveBack)
}
