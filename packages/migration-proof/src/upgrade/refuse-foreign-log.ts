import { basename } from 'node:path'
import { checkIntegrity } from '../checks/integrity.ts'
import { betterSqliteConnection, openFile } from '../engines/better-sqlite3.ts'
import { errorCode } from '../migrator/errors.ts'
import { sizeOf } from '../migrator/explain-open-error.ts'
import { findLogProblem } from '../migrator/journal-structure.ts'
import { UpgradeCancelledError, UpgradeRefusedError } from './errors.ts'
import { findHolders } from './holders.ts'
import { withoutNewSidecars } from './tidy-sidecars.ts'

/**
 * Refuses a write-ahead log that is not this file's, or that leaves the database damaged. SQLite uses any log
 * with that name, and the last connection that can write copies it into the file. A read-only connection reads the file and
 * the log together, and changes neither.
 *
 * @throws {UpgradeRefusedError}
 */
export function refuseForeignLog(path: string): void {
  if (!hasLog(path)) return
  refuseOtherLog(path)
  withoutNewSidecars(path, () => refuseDamage(path))
}

/**
 * Looks at a file that may have a foreign log. A check of the whole file is made only when the look fails, because then
 * the log may be the cause.
 *
 * @throws {UpgradeRefusedError}
 */
export function withOwnLog<Result>(path: string, look: () => Result): Result {
  // A log that a process uses is that of the file.
  if (!hasLog(path) || findHolders(path).length > 0) return look()
  refuseOtherLog(path)
  try {
    return look()
  } catch (error) {
    throw blameLog(path, error)
  }
}

/** As {@link withOwnLog}, for a copy that is awaited. The log must be of the file even if a process has the file open. */
export async function copyWithOwnLog(path: string, copy: () => Promise<void>): Promise<void> {
  if (!hasLog(path)) return copy()
  refuseOtherLog(path)
  try {
    await copy()
  } catch (error) {
    throw blameLog(path, error)
  }
}

function hasLog(path: string): boolean {
  return sizeOf(`${path}-wal`) > 0
}

/**
 * The error of a file that could not be read, unless the log beside it is the cause.
 *
 * @throws {UpgradeRefusedError} when it is
 */
function blameLog(path: string, error: unknown): unknown {
  if (error instanceof UpgradeCancelledError || !hasLog(path)) return error
  refuseOtherLog(path)
  refuseDamageIfReadable(path)
  return error
}

/** SQLite cannot read every file without writing beside it. */
function refuseDamageIfReadable(path: string) {
  try {
    withoutNewSidecars(path, () => refuseDamage(path))
  } catch (error) {
    if (error instanceof UpgradeRefusedError) throw error
  }
}

/**
 * Refuses a foreign log by what the log and the first page of the file show.
 *
 * @param origin the file that errors name
 * @throws {UpgradeRefusedError}
 */
export function refuseOtherLog(path: string, origin = path): void {
  if (!hasLog(path)) return
  const problem = findLogProblem(path)
  if (problem !== null) throw refusal(origin, problem)
}

function refuseDamage(path: string) {
  const database = openFile(path, { readonly: true, fileMustExist: true })
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
      fix: 'nothing was changed: find the log that belongs to the file, or restore the file from a backup, and keep a copy of both',
    },
    { cause },
  )
}
