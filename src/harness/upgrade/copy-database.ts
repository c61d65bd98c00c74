import { closeSync, copyFileSync, existsSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { inspectFile } from '../migrator/inspect-file.ts'
import { betterSqliteConnection } from '../sql/better-sqlite.ts'
import { UpgradeRefusedError } from './errors.ts'
import { checkIntegrity } from './integrity.ts'

/** Told how far a copy has come. What it throws ends the copy. */
export type CopyProgress = (copiedPages: number, totalPages: number) => void

const pagesAtOnce = 2000

/** Copies what the connection sees into a new file that its owner alone can read, by SQLite's online backup. */
export async function copyOpenDatabase(
  source: Database.Database,
  copy: string,
  tell: CopyProgress,
): Promise<void> {
  closeSync(openSync(copy, 'wx', 0o600))
  await source.backup(copy, {
    progress: ({ totalPages, remainingPages }) => {
      tell(totalPages - remainingPages, totalPages)
      return pagesAtOnce
    },
  })
}

/**
 * Copies a database file that others may use meanwhile: the copy is what it holds at one moment, the write-ahead
 * log included. Where SQLite would first have to take back an unfinished change, it does so in the copy.
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 */
export async function copyDatabaseFile(path: string, copy: string, tell: CopyProgress): Promise<void> {
  const canBeRead = inspectFile(path, { mustExist: true, mustBeWritable: false }, () => true)
  if (canBeRead !== true) return copyWithSidecars(path, copy)
  const source = new Database(path, { readonly: true, fileMustExist: true })
  try {
    await copyOpenDatabase(source, copy, tell)
  } finally {
    source.close()
  }
}

/** Copies a file that nobody changes, with the change that was left unfinished in it. */
export function copyWithSidecars(path: string, copy: string): void {
  for (const ending of ['', '-journal', '-wal']) {
    if (existsSync(path + ending)) copyFileSync(path + ending, copy + ending)
  }
}

/**
 * Makes a copy one file without sidecars, and checks it.
 *
 * @param origin the file that it is a copy of
 * @throws {UpgradeRefusedError} when it is damaged, and so the original is
 */
export function settleCopy(copy: string, origin: string): void {
  const database = new Database(copy, { fileMustExist: true })
  try {
    database.pragma('journal_mode = DELETE')
    refuseDamaged(database, origin)
  } finally {
    database.close()
  }
}

/** @throws {UpgradeRefusedError} when integrity_check finds something in the database */
export function refuseDamaged(database: Database.Database, origin: string): void {
  const [failure] = checkIntegrity(betterSqliteConnection(database))
  if (failure === undefined) return
  throw new UpgradeRefusedError('damaged', {
    where: origin,
    expected: 'a sound database',
    actual: `that integrity_check says '${failure}'`,
    remedy: 'restore it from an older backup, or recover it with `.recover` of the sqlite3 shell',
  })
}
