import { closeSync, openSync, statSync } from 'node:fs'
import { checkIntegrity, type Pragma } from '../checks/integrity.ts'
import {
  betterSqliteConnection,
  copyTo,
  type Database,
  distrustSchema,
  openFile,
} from '../engines/better-sqlite3.ts'
import { ifNameable } from '../engines/database-path.ts'
import { DatabaseOpenError } from '../engines/errors.ts'
import { errorCode } from '../migrator/errors.ts'
import type { InspectFileOptions } from '../migrator/inspect-file.ts'
import { inspectFile } from '../migrator/inspect-file.ts'
import { copyInOtherProcess, OtherProcessError } from '../migrator/other-process.ts'
import type { Connection } from '../sql/connection.ts'
import { UpgradeRefusedError } from './errors.ts'
import { withoutNewSidecarsAfter } from './tidy-sidecars.ts'

/** Called with the progress of a copy. What it throws ends the copy. */
export type CopyProgress = (copiedPages: number, totalPages: number) => void

const pagesAtOnce = 2000

/** Copies what the connection sees into a new file that its owner alone can read, by SQLite's online backup. */
export async function copyOpenDatabase(
  source: Database.Database,
  copy: string,
  report: CopyProgress,
): Promise<void> {
  closeSync(openSync(copy, 'wx', 0o600))
  await copyTo(source, copy, pagesAtOnce, ({ totalPages, remainingPages }) => {
    report(totalPages - remainingPages, totalPages)
  })
}

/**
 * Copies a database file that others may use meanwhile: the copy is what it holds at one moment, the write-ahead
 * log included. Where SQLite would first have to take back an unfinished change, or to make a file beside one that it
 * may only read, it does so in the copy.
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 * @throws {UpgradeRefusedError} when there is no room, or it is written to while it can only be copied as a file
 */
export async function copyDatabaseFile(path: string, copy: string, report: CopyProgress): Promise<void> {
  return withoutNewSidecarsAfter(path, () => copyInPlace(path, copy, report))
}

async function copyInPlace(path: string, copy: string, report: CopyProgress): Promise<void> {
  const canBeRead = readInPlace(path, { mustExist: true, mustBeWritable: false }, () => true)
  if (canBeRead !== true) return copyWithSidecars(path, copy)
  const source = openFile(path, { readonly: true, fileMustExist: true })
  try {
    await copyOpenDatabase(source, copy, report)
  } finally {
    source.close()
  }
}

/**
 * Copies a file that SQLite cannot read where it is, with the change that was left unfinished in it.
 *
 * @throws {UpgradeRefusedError} when there is no room, or another process writes it meanwhile
 */
export function copyWithSidecars(path: string, copy: string): void {
  const present = ['', '-journal', '-wal'].filter((ending) => stampOf(path + ending) !== null)
  const stamps = () => ['', '-journal', '-wal'].map((ending) => stampOf(path + ending)).join()
  const before = stamps()
  for (const ending of present) copyFile(path + ending, copy + ending)
  if (stamps() === before) return
  throw new UpgradeRefusedError('held', {
    where: path,
    expected: 'a file that stays as it is while it is copied',
    actual: 'that another process writes it',
    fix: 'stop the process that writes it, or run as a user who may write its folder',
  })
}

/** Size and time of the last change; null where there is no such file. */
function stampOf(path: string): string | null {
  const file = ifNameable(() => statSync(path, { throwIfNoEntry: false, bigint: true }))
  return file === undefined ? null : `${file.ino} ${file.size} ${file.mtimeNs}`
}

/** In a process of its own: this one may have the file open in SQLite, and would drop its locks. */
function copyFile(path: string, copy: string) {
  try {
    copyInOtherProcess(path, copy)
  } catch (error) {
    throw error instanceof OtherProcessError ? explainCopy(path, copy, error) : error
  }
}

function explainCopy(path: string, copy: string, cause: OtherProcessError): Error {
  const actual = `the error '${cause.code ?? cause.message}'`
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(cause.code ?? '')) {
    const [where, expected, fix] = [copy, 'room for the copy', 'make room there, or name another folder']
    return new UpgradeRefusedError('no-space', { where, expected, actual, fix }, { cause })
  }
  const fix = 'check its permissions and the disk'
  return new DatabaseOpenError(
    'not-readable',
    { where: path, expected: 'a file that can be copied', actual, fix },
    { cause },
  )
}

/**
 * Makes a copy one file without sidecars.
 *
 * @param look called with the copy
 */
export function settleCopy<Result>(copy: string, look: (database: Database.Database) => Result): Result {
  const database = openFile(copy, { fileMustExist: true })
  try {
    distrustSchema(betterSqliteConnection(database))
    database.pragma('journal_mode = DELETE')
    return look(database)
  } finally {
    database.close()
  }
}

/** @throws {UpgradeRefusedError} when a check of SQLite finds something in the database */
export function refuseDamaged(
  database: Database.Database,
  origin: string,
  pragma: Pragma = 'integrity_check',
): void {
  refuseDamage(origin, pragma, checkIntegrity(betterSqliteConnection(database), pragma))
}

/** @throws {UpgradeRefusedError} when a check has found something in the file as it was */
export function refuseDamage(origin: string, pragma: Pragma, [failure]: readonly string[]): void {
  if (failure === undefined) return
  throw new UpgradeRefusedError('damaged', {
    where: origin,
    expected: 'a sound database',
    actual: `that ${pragma} says '${failure}'`,
    fix: 'restore it from an older backup, or recover it with `.recover` of the sqlite3 shell',
  })
}

/**
 * What `inspectFile` returns, and null as well where SQLite can read the file only in a copy: one in WAL mode, in a folder
 * that this user, or no one, can write, when no process holds its `-shm` ready.
 * See https://www.sqlite.org/wal.html#read_only_databases
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 */
export function readInPlace<Result>(
  path: string,
  options: InspectFileOptions,
  look: (connection: Connection) => Result,
): Result | null {
  try {
    return inspectFile(path, options, look)
  } catch (error) {
    if (!options.mustBeWritable && lacksSharedMemory(error)) return null
    throw error
  }
}

function lacksSharedMemory(error: unknown): boolean {
  const code = error instanceof DatabaseOpenError ? errorCode(error.cause) : errorCode(error)
  return ['SQLITE_CANTOPEN', 'SQLITE_READONLY'].some((prefix) => code?.startsWith(prefix) === true)
}
