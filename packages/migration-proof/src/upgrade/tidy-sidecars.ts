import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { withAsyncCleanUp, withCleanUp } from './with-clean-up.ts'

/**
 * Runs a look at a file in WAL mode, and lets SQLite remove the empty `-wal` and the `-shm` that a read-only connection
 * leaves beside it. What was there before, or is in use, stays.
 */
export function withoutNewSidecars<Result>(path: string, look: () => Result): Result {
  return withCleanUp(look, watchSidecars(path))
}

/** As {@link withoutNewSidecars}, for a look that is waited for. */
export async function withoutNewSidecarsAfter<Result>(
  path: string,
  look: () => Promise<Result>,
): Promise<Result> {
  return withAsyncCleanUp(look, watchSidecars(path))
}

/** @returns what removes those that were not there yet */
function watchSidecars(path: string): () => void {
  const hadSidecars = sizeOf(`${path}-wal`) !== null || sizeOf(`${path}-shm`) !== null
  return () => {
    if (!hadSidecars && sizeOf(`${path}-wal`) === 0) closeAsWriter(path)
  }
}

/** Only a connection that may write removes them as the last one: https://www.sqlite.org/wal.html#the_wal_file */
function closeAsWriter(path: string) {
  try {
    const database = new Database(path, { fileMustExist: true, timeout: 0 })
    try {
      database.pragma('query_only = ON')
      database.prepare('SELECT count(*) FROM sqlite_schema').get()
    } finally {
      database.close()
    }
  } catch {
    // They hold nothing: leaving them does no harm.
  }
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null
}
