import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { errorCode } from '../migrator/errors.ts'
import { openExclusively } from './exclusive.ts'
import { timedPath } from './timed-path.ts'

export interface Replacement {
  readonly madeAt: Date
  readonly busyTimeoutMilliseconds?: number
}

/**
 * Puts a file in the place of a database, which is set aside with what belongs to it. A write-ahead log or a
 * journal of the old file beside the new one would destroy it: https://www.sqlite.org/howtocorrupt.html#_mispairing_database_files_and_hot_journals_
 *
 * @returns where the old file is now
 * @throws {UpgradeRefusedError} when another process has the database open
 */
export function replaceFile(
  path: string,
  draft: string,
  { madeAt, busyTimeoutMilliseconds }: Replacement,
): string {
  const aside = timedPath(`${path}.replaced`, madeAt)
  const database = lockAndSettle(path, busyTimeoutMilliseconds)
  try {
    keepAs(path, aside)
    for (const ending of ['-journal', '-wal']) {
      if (database === null && existsSync(path + ending)) renameSync(path + ending, aside + ending)
    }
    if (database === null) rmSync(`${path}-shm`, { force: true })
    renameSync(draft, path)
    return aside
  } finally {
    database?.close()
  }
}

/** Holds the lock, with nothing left in a log beside the file; null for a file that SQLite cannot open. */
function lockAndSettle(path: string, busyTimeoutMilliseconds: number | undefined): Database.Database | null {
  // SQLite would make a database of an empty file.
  if (statSync(path).size === 0) return null
  try {
    const database = openExclusively(path, busyTimeoutMilliseconds)
    database.pragma('journal_mode = DELETE')
    return database
  } catch (error) {
    const code = errorCode(error) ?? ''
    if (['SQLITE_NOTADB', 'SQLITE_CORRUPT'].some((prefix) => code.startsWith(prefix))) return null
    throw error
  }
}

/** A second name, so that there is a file in place at every moment; some file systems know no links. */
function keepAs(path: string, aside: string) {
  try {
    linkSync(path, aside)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error
    renameSync(path, aside)
  }
}
