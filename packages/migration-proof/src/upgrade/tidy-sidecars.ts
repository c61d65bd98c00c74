import { rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openFile } from '../engines/better-sqlite3.ts'
import { ifNameable } from '../engines/database-path.ts'
import { openExclusively } from './exclusive.ts'
import { link } from './exclusive-name.ts'
import { isSameFile, readIdentity } from './file-identity.ts'
import { runFiles } from './run-files.ts'
import { makeRunFolder } from './run-folder.ts'
import { tryToCleanUp, withAsyncCleanUp, withCleanUp } from './with-clean-up.ts'

/**
 * Runs a look at a file in WAL mode, and removes the empty `-wal` and the `-shm` that a read-only connection leaves
 * beside it. What was there before, or is in use, stays.
 */
export function withoutNewSidecars<Result>(path: string, look: () => Result): Result {
  return withCleanUp(look, watchSidecars(path))
}

/** As {@link withoutNewSidecars}, for a look that is awaited. */
export async function withoutNewSidecarsAfter<Result>(
  path: string,
  look: () => Promise<Result>,
): Promise<Result> {
  return withAsyncCleanUp(look, watchSidecars(path))
}

/** @returns what removes those that were not there yet */
function watchSidecars(path: string): () => void {
  const identity = readIdentity(path)
  const hadLog = sidecarSizeOf(`${path}-wal`) !== null
  const hadSharedMemory = sidecarSizeOf(`${path}-shm`) !== null
  return () => {
    // Beside another file that has the name by now, they are those of its own.
    if (hadSharedMemory || identity === null || !isSameFile(path, identity)) return
    if (!hadLog && sidecarSizeOf(`${path}-wal`) === 0) closeAsWriter(path)
    else if (hadLog && sidecarSizeOf(`${path}-shm`) !== null) tryToCleanUp(() => removeSharedMemory(path))
  }
}

/**
 * Lets SQLite remove an empty `-wal` and the `-shm`. Only a connection that may write removes them, as the last one:
 * https://www.sqlite.org/wal.html#the_wal_file
 */
export function closeAsWriter(path: string): void {
  // They hold nothing: leaving them does no harm.
  tryToCleanUp(() => {
    const database = openFile(path, { fileMustExist: true, timeout: 0 })
    try {
      database.pragma('query_only = ON')
      database.prepare('SELECT count(*) FROM sqlite_schema').get()
    } finally {
      database.close()
    }
  })
}

/**
 * Removes the `-shm` beside a log that must stay: SQLite would copy the log into the file first. Each connection holds a
 * lock on the file as long as it uses the `-shm`, so that the exclusive lock shows that none does. It is taken under
 * another name of the file, beside which there is no log.
 */
function removeSharedMemory(path: string) {
  using folder = makeRunFolder(dirname(path), path)
  const probe = join(folder.path, runFiles.probe)
  if (!link(path, probe)) return
  const lock = openExclusively(probe, 0)
  try {
    rmSync(`${path}-shm`)
  } finally {
    lock.close()
  }
}

/** The size of a file beside a database, in bytes; null where there is none. */
export function sidecarSizeOf(path: string): number | null {
  return ifNameable(() => statSync(path, { throwIfNoEntry: false }))?.size ?? null
}
