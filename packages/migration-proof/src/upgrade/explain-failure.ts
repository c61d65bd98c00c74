import { existsSync, rmSync } from 'node:fs'
import { betterSqliteConnection, type Database, openFile } from '../engines/better-sqlite3.ts'
import { DiagnosedError, errorMessage, hiddenMessage, kindOf } from '../errors.ts'
import { errorCode, isBusy, isRaised } from '../migrator/errors.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { haveMigrationsReadRows } from '../migrator/run-up.ts'
import { readVersion } from '../migrator/versions.ts'
import {
  BackupLostError,
  FileReplacedError,
  UpgradeCancelledError,
  UpgradeCommittedError,
  UpgradeFailedError,
  UpgradeRefusedError,
} from './errors.ts'
import { type FileIdentity, isSameFile, readIdentity } from './file-identity.ts'
import { tryToCleanUp } from './with-clean-up.ts'

/** An upgrade that failed, and how far it had come. */
export interface FailedUpgrade {
  readonly path: string
  /** Which file it was at the start; null for none. */
  readonly identity: FileIdentity | null
  readonly plan: MigrationPlan
  /** The version before. */
  readonly from: number
  /** What the work did last, in words. */
  readonly step: string | null
  readonly backup: string | null
  readonly hasBegunToChange: boolean
  /** Whether every proof has passed, so that COMMIT was begun. */
  readonly isProven: boolean
  /** Whether COMMIT has returned without an error. */
  readonly isCommitted: boolean
}

/**
 * Replaces an error by one that says what the file holds now, as a new connection reads it. A COMMIT that reports a
 * failing disk may have succeeded. No connection of this run may be open to the file any more, so that SQLite can roll back
 * what was left unfinished.
 */
export function explainFailure(error: unknown, upgrade: FailedUpgrade): unknown {
  const { path, identity, plan, from, backup, hasBegunToChange, isProven, isCommitted } = upgrade
  // What has the name by now is another file: its version says nothing of this one, and opening it may change it.
  if (identity !== null && !isSameFile(path, identity) && !saysItself(error, hasBegunToChange))
    return new FileReplacedError({ path, identity, backup, isCommitted }, { cause: error })
  if (error instanceof FileReplacedError) return error
  if (!hasBegunToChange) return explainEarlyFailure(error, upgrade)
  const now = readBack(path, plan)
  // It says itself that the file is upgraded.
  if (error instanceof BackupLostError) return error
  const isBackupGone = backup !== null && readIdentity(backup) === null
  // The proof of the rows reads it. An upgrade that was stopped removed it itself.
  if (isBackupGone && now === from && !(error instanceof UpgradeCancelledError))
    return new BackupLostError(backup, path, 'unchanged', 'no file', { cause: error })
  const kept = isBackupGone ? null : backup
  if (typeof now === 'number' ? now > from : isCommitted) {
    return new UpgradeCommittedError(
      { path, now, isProven, backup: kept, failure: describe(error) },
      { cause: error },
    )
  }
  if (now === from && (error instanceof DiagnosedError || errorCode(error) === null)) return error
  const outcome =
    typeof now === 'number'
      ? `everything was undone, and the file, read again, is at version ${now}: make room or check the disk, and run again`
      : `what the file holds could not be read (${now}): keep it together with its -journal and -wal, and check the disk${kept === null ? '' : `; the backup is ${kept}`}`
  return new UpgradeFailedError(whereOf(upgrade), describe(error), outcome, { cause: error })
}

/** Whether an error says what became of a file that was replaced, or why nothing was done with it. */
function saysItself(error: unknown, hasBegunToChange: boolean): boolean {
  const known = [FileReplacedError, UpgradeCancelledError, UpgradeRefusedError]
  if (known.some((kind) => error instanceof kind)) return true
  return !hasBegunToChange && error instanceof DiagnosedError
}

/**
 * A disk that fails before any migration ran. SQLite may have brought the write-ahead log into the file by then, so that
 * its contents are what they were, and not its bytes.
 */
function explainEarlyFailure(error: unknown, upgrade: FailedUpgrade): unknown {
  if (error instanceof DiagnosedError || errorCode(error) === null) return error
  const outcome =
    'the upgrade was not begun, and the file holds what it held: make room or check the disk and the permissions, and run again'
  return new UpgradeFailedError(whereOf(upgrade), describe(error), outcome, { cause: error })
}

function whereOf({ path, step }: FailedUpgrade): string {
  return step === null ? path : `${path}, ${step}`
}

/** The version; in words, why it cannot be read. */
function readBack(path: string, plan: MigrationPlan): number | string {
  try {
    return readUnderLock(path, plan, 'EXCLUSIVE')
  } catch (error) {
    if (!isBusy(error)) return describe(error)
  }
  try {
    return readUnderLock(path, plan, 'NORMAL')
  } catch (error) {
    return describe(error)
  }
}

/**
 * Under the exclusive lock SQLite does without the `-shm` of a file in WAL mode, for which a full disk has no room. Where
 * another process uses the file, there is one.
 */
function readUnderLock(path: string, plan: MigrationPlan, lockingMode: 'EXCLUSIVE' | 'NORMAL'): number {
  const database = openFile(path, { fileMustExist: true })
  try {
    database.pragma(`locking_mode = ${lockingMode}`)
    const version = readVersion(betterSqliteConnection(database), plan)
    tryToCleanUp(() => removeDeadJournal(database, path))
    return version
  } finally {
    database.close()
  }
}

/**
 * A connection that held the lock and failed leaves its journal, emptied. The file was read, so that no journal beside
 * it is needed any more, and under the lock for writing no other connection begins one.
 */
function removeDeadJournal(database: Database.Database, path: string) {
  if (!existsSync(`${path}-journal`)) return
  database.exec('BEGIN IMMEDIATE')
  rmSync(`${path}-journal`, { force: true })
  database.exec('ROLLBACK')
}

function describe(error: unknown): string {
  if (error instanceof DiagnosedError) return error.diagnosis.actual
  const code = errorCode(error)
  const isOfSystem = /^(SQLITE_|E)[A-Z0-9_]+$/.test(code ?? '') && !isRaised(error)
  if (!isOfSystem && (isRaised(error) || haveMigrationsReadRows()))
    return `the error '${kindOf(error)}', ${hiddenMessage}`
  const message = errorMessage(error).split('\n')[0] ?? ''
  return `the error '${code === null || message.startsWith(code) ? message : `${code}: ${message}`}'`
}
