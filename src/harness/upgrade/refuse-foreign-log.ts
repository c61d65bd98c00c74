import { statSync } from 'node:fs'
import { basename } from 'node:path'
import Database from 'better-sqlite3'
import { errorCode } from '../migrator/errors.ts'
import { parseHeader } from '../migrator/file-header.ts'
import { readStartInOtherProcess } from '../migrator/other-process.ts'
import { betterSqliteConnection } from '../sql/better-sqlite.ts'
import { UpgradeCancelledError, UpgradeRefusedError } from './errors.ts'
import { findHolders } from './holders.ts'
import { checkIntegrity } from './integrity.ts'
import { type LogFrames, readLogFrames } from './log-frames.ts'

/**
 * Refuses a write-ahead log that is not this file's, or that leaves the database damaged. SQLite believes any log of
 * that name, and the last connection that can write copies it into the file. A read-only connection reads the file and
 * the log together, and changes neither.
 *
 * @throws {UpgradeRefusedError}
 */
export function refuseForeignLog(path: string): void {
  if (sizeOf(`${path}-wal`) === 0) return
  refuseOtherLog(path)
  refuseDamage(path)
}

/**
 * Looks at a file that may have a foreign log. What only a look through the whole file shows is asked when the look fails:
 * then the log may be why.
 *
 * @throws {UpgradeRefusedError}
 */
export function withOwnLog<Result>(path: string, look: () => Result): Result {
  // What a process has open in SQLite is its own.
  if (sizeOf(`${path}-wal`) === 0 || findHolders(path).length > 0) return look()
  refuseOtherLog(path)
  try {
    return look()
  } catch (error) {
    if (!(error instanceof UpgradeCancelledError)) refuseDamageIfReadable(path)
    throw error
  }
}

/** SQLite cannot read every file without writing beside it. */
function refuseDamageIfReadable(path: string) {
  try {
    refuseDamage(path)
  } catch (error) {
    if (error instanceof UpgradeRefusedError) throw error
  }
}

function refuseOtherLog(path: string) {
  // A process that goes on writing may have changed one of the two while they were read.
  const problem = findProblem(path) === null ? null : findProblem(path)
  if (problem !== null) throw refusal(path, problem)
}

function findProblem(path: string): string | null {
  const frames = readLogFrames(`${path}-wal`)
  if (frames === null || frames.pageCount === null) return null
  return compareWithFile(readStartInOtherProcess(path, 100), frames)
}

/**
 * Whoever writes the first page into the log adds at most one to the change counter of the page that he has read, and a
 * checkpoint copies it as it is. So the first page of the file is either in the log, or it is the one from which
 * the first page in the log was made. Without any first page in the log, the database has as many pages as before.
 */
function compareWithFile(start: Buffer, { pageSizeBytes, headers, pageCount }: LogFrames): string | null {
  const file = parseHeader(start)
  // One page holds no table: all that there is is in the log.
  if (file === null || file.pageCount === 1) return null
  if (file.pageSizeBytes !== pageSizeBytes) {
    return `one of a database with pages of ${pageSizeBytes} bytes, and not ${file.pageSizeBytes}`
  }
  const [first] = headers
  if (first === undefined) {
    const isSame = file.pageCount === null || file.pageCount === pageCount
    return isSame ? null : `one of a database of ${pageCount} pages, and not ${file.pageCount}`
  }
  const [inFile, inLog] = [start.readUInt32BE(24), first.readUInt32BE(24)]
  const isNext = inLog === inFile || inLog === (inFile + 1) >>> 0
  if (isNext || headers.some((header) => header.equals(start))) return null
  return `one that begins at change ${inLog} beside a file of change ${inFile}`
}

function refuseDamage(path: string) {
  const database = new Database(path, { readonly: true, fileMustExist: true })
  try {
    const [damage] = checkIntegrity(betterSqliteConnection(database))
    if (damage !== undefined) throw refusal(path, `one with which integrity_check says '${damage}'`)
  } catch (error) {
    const code = errorCode(error) ?? ''
    const isDamage = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'].some((prefix) => code.startsWith(prefix))
    throw isDamage ? refusal(path, `one with which SQLite says '${code}'`, error) : error
  } finally {
    database.close()
  }
}

function refusal(path: string, actual: string, cause?: unknown) {
  return new UpgradeRefusedError(
    'log',
    {
      where: `${path}-wal`,
      expected: `the write-ahead log of ${basename(path)}, and a sound database with it`,
      actual,
      remedy:
        'nothing was changed: find the log that belongs to the file, or restore the file from a backup, and keep a copy of both',
    },
    { cause },
  )
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
