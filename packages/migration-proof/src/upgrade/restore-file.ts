import { lstatSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { betterSqliteConnection, distrustSchema, openFile } from '../engines/better-sqlite3.ts'
import {
  absolutePathOf,
  ifNameable,
  realPathOf,
  refuseLongName,
  refuseReplacedBytes,
  refuseUnopenable,
} from '../engines/database-path.ts'
import { VersionTableError } from '../migrator/errors.ts'
import { sizeOf } from '../migrator/explain-open-error.ts'
import { holdsCommittedLog } from '../migrator/journal-structure.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { readVersionText } from '../migrator/versions.ts'
import type { Connection } from '../sql/connection.ts'
import { type CopyProgress, copyDatabaseFile, refuseDamaged, settleCopy } from './copy-database.ts'
import { foreignDatabase, UpgradeRefusedError } from './errors.ts'
import { refuseHeld } from './exclusive.ts'
import { longestTime } from './exclusive-name.ts'
import { flushFile, flushFolder, refuseUnusableFolder } from './folders.ts'
import { findHolders } from './holders.ts'
import { clearLeftovers } from './leftovers.ts'
import type { RecoveredFrom } from './model.ts'
import { inheritFrom, inheritFromFolder, type Ownership } from './owner.ts'
import type { RecognisedSubject, Recognition } from './recognise.ts'
import { recogniseDatabase } from './recognise.ts'
import { recoverSafely } from './recover-safely.ts'
import { copyWithOwnLog } from './refuse-foreign-log.ts'
import { replaceFile, sidecarEndings } from './replace-file.ts'
import { runFiles, runPathOf } from './run-files.ts'
import { type Leftover, makeRunFolder } from './run-folder.ts'
import { addUpSpace, type FreeSpace, freeBytesOf, type Load, refuseTooLittleSpace } from './space.ts'
import { withAsyncCleanUp } from './with-clean-up.ts'

export interface RestoreRequest {
  readonly path: string
  readonly backup: string
  /** Whose database it must be. */
  readonly subject: BackupSubject
  /** Whether a backup is restored that is not the subject's, is empty, or is newer. */
  readonly isForced?: boolean
  readonly madeAt: Date
  readonly report: CopyProgress
  /** Called when the folder is made that holds all that this run makes, until it is finished. */
  readonly onRunFolder?: (path: string) => void
  /** Called before anything is changed. What it throws ends the restore. */
  readonly beforeReplacing?: () => void
  readonly freeSpace?: FreeSpace
  /** How long another connection may take to give its lock back; defaults to 2000. */
  readonly busyTimeoutMilliseconds?: number
}

export interface RestoreReport {
  readonly path: string
  readonly backup: string
  /** What the backup is. */
  readonly contents: BackupContents
  readonly sizeBytes: number
  readonly ownership: Ownership
  /** Where the file that was there is now; null where there was none. */
  readonly replaced: string | null
  /** All that was set aside: the file, and the log, journal and shared memory that were beside it. */
  readonly setAside: readonly string[]
  /** What was beside the backup, and was used to restore it. */
  readonly recoveredFrom: RecoveredFrom | null
  /** What other runs left beside the file, which was not removed. */
  readonly leftovers: readonly Leftover[]
}

/**
 * Replaces a database file by a backup, with the owner and the permissions of the present file.
 * That file is set aside under another name, with what is beside it. Killed at any moment, it leaves one of the two files
 * whole under the name, and can be run again.
 *
 * @throws {DatabaseOpenError} when the backup is no usable database, or one of the names cannot be used
 * @throws {UpgradeRefusedError} when the file is in use or a link, the backup is damaged or of another application, a
 *   journal or a log beside it is not its own, or the disk is too full
 * @throws {VersionTableError} when the version of the backup cannot be read
 *
 * @example
 * ```js
 * import { existsSync } from 'node:fs'
 * import { previewUpgrade, restoreFile, runUpgrade } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const preview = previewUpgrade('notes.db', { plan: config.plan, backupFolder: '.', rehearsalFolder: null })
 * const request = { suite: config, backupFolder: '.', madeAt: new Date() }
 * const { backup } = await runUpgrade(preview, request, { report: () => {}, isCancelled: () => false })
 * const subject = { name: config.name, plan: config.plan }
 * const restored = await restoreFile({ path: 'notes.db', backup, subject, madeAt: new Date(), report: () => {} })
 * console.log(existsSync(restored.replaced)) // true
 * ```
 */
export async function restoreFile(request: RestoreRequest): Promise<RestoreReport> {
  const path = absolutePathOf(request.path)
  refuseUnopenable(path)
  refuseReplacedBytes(path)
  const backup = realPathOf(request.backup)
  refuseLongName(path, `${path}.replaced${longestTime}`, runPathOf(path, runFiles.restored))
  const folder = dirname(path)
  const present = lstatSync(path, { throwIfNoEntry: false })
  refuseOddFile(path, backup, present)
  refuseUnusableFolder(folder)
  // A process may still hold the log of a file that is gone.
  for (const ending of ['', '-wal', '-journal']) refuseHeld(path, findHolders(path + ending))
  refuseFullDisk(request, path, backup)
  const leftovers = clearLeftovers(folder, path, backup)
  const runFolder = makeRunFolder(folder, path)
  const copyAndReplace = async () => {
    request.onRunFolder?.(runFolder.path)
    const draft = join(runFolder.path, runFiles.restored)
    let recoveredFrom: RecoveredFrom | null = null
    await copyWithOwnLog(backup, async () => {
      recoveredFrom = await copyBackup(request, backup, draft)
    })
    const { contents, objection } = lookAtBackup(draft, backup, request.subject)
    if (objection !== null && request.isForced !== true) throw objection
    const ownership =
      present === undefined ? inheritFromFolder(folder, backup, draft) : inheritFrom(present, draft)
    flushFile(draft)
    request.beforeReplacing?.()
    const end = replaceFile(path, draft, { ...request, workFolder: runFolder.path })
    flushFolder(folder)
    const sizeBytes = statSync(path).size
    return { path, backup, contents, sizeBytes, ownership, ...end, recoveredFrom, leftovers }
  }
  return withAsyncCleanUp(copyAndReplace, runFolder.remove)
}

/** A journal or a log beside the backup is used only where an upgrade of the backup would use it. */
async function copyBackup(
  { report, freeSpace }: RestoreRequest,
  backup: string,
  draft: string,
): Promise<RecoveredFrom | null> {
  const hasLog = holdsCommittedLog(backup)
  await copyDatabaseFile(backup, draft, report)
  const recovery = { origin: backup, folder: dirname(draft), freeSpace }
  const hadJournal = recoverSafely(draft, recovery, () => true) !== null
  settleCopy(draft, (database) => refuseDamaged(database, backup))
  if (hadJournal) return 'journal'
  return hasLog ? 'log' : null
}

function refuseOddFile(path: string, backup: string, present: Stats | undefined) {
  const expected = 'a database file, or none'
  if (present?.isSymbolicLink() === true) {
    throw refusal('symbolic-link', path, expected, 'a symbolic link', 'name the file that it leads to')
  }
  const source = statSync(backup, { throwIfNoEntry: false })
  for (const name of ['', ...sidecarEndings].map((ending) => path + ending)) {
    const file = ifNameable(() => lstatSync(name, { throwIfNoEntry: false }))
    if (file === undefined) continue
    if (!file.isFile()) throw refusal('not-a-file', name, expected, describeOdd(file), 'check the path')
    if (source?.ino !== file.ino || source.dev !== file.dev) continue
    throw refusal('same-file', name, 'another file than the backup', 'the backup itself', 'check both paths')
  }
}

function describeOdd(file: Stats): string {
  return file.isSymbolicLink() ? 'a symbolic link' : 'a folder or a device'
}

function refusal(
  reason: 'symbolic-link' | 'not-a-file' | 'same-file',
  where: string,
  expected: string,
  actual: string,
  fix: string,
) {
  return new UpgradeRefusedError(reason, { where, expected, actual, fix })
}

function refuseFullDisk({ freeSpace = freeBytesOf }: RestoreRequest, path: string, backup: string) {
  const folder = dirname(path)
  const journal = sizeOf(`${backup}-journal`)
  const whole = sizeOf(backup) + journal
  const loads: Load[] = [
    { folder, purpose: 'the restored file', bytes: whole + sizeOf(`${backup}-wal`) },
    { folder, purpose: 'a copy in which its journal is tried', bytes: journal === 0 ? 0 : whole },
  ]
  // With an unfinished change beside it, the old file is copied before it is replaced.
  const changes = sizeOf(`${path}-wal`) + sizeOf(`${path}-journal`)
  if (changes > 0) {
    loads.push({ folder, purpose: 'a copy of the old file', bytes: sizeOf(path) + 2 * changes })
  }
  refuseTooLittleSpace(path, addUpSpace(loads, freeSpace))
}

/** Whose backups are restored. */
export interface BackupSubject extends RecognisedSubject {
  readonly name: string
  /** Names the form of a database of this version. */
  readonly formOf?: (connection: Connection, version: number) => string
}

/** What a backup is. */
export interface BackupContents {
  /** The name of the subject; null for another application's, and for an empty database, which is no one's. */
  readonly application: string | null
  /** `'unreadable'`: the subject's, with a version that cannot be read. */
  readonly kind: Recognition['kind'] | 'unreadable'
  readonly version: number | null
  readonly form: string | null
}

/** What a database holds, and why it is not restored unless that is asked for. */
interface Look {
  readonly contents: BackupContents
  /** Null for a database of the subject. */
  readonly objection: Error | null
}

/**
 * Looks what a backup is.
 *
 * @param file the copy to look at
 * @param backup the path that errors name
 */
function lookAtBackup(file: string, backup: string, subject: BackupSubject): Look {
  const database = openFile(file, { readonly: true, fileMustExist: true })
  try {
    distrustSchema(betterSqliteConnection(database))
    return judge(betterSqliteConnection(database), backup, subject)
  } finally {
    database.close()
  }
}

function judge(connection: Connection, backup: string, subject: BackupSubject): Look {
  const { name, plan, formOf } = subject
  const found = tryToRecognise(connection, subject)
  const anyway = 'with --force it is restored all the same'
  if (found instanceof VersionTableError) {
    const { where, ...rest } = found.diagnosis
    const objection = new VersionTableError({ ...rest, where: `${backup}, ${where}`, fix: anyway })
    return { contents: { application: name, kind: 'unreadable', version: null, form: null }, objection }
  }
  const { kind, version } = found
  const refuse = (reason: 'empty' | 'newer-version', actual: string, fix: string) =>
    new UpgradeRefusedError(reason, {
      where: backup,
      expected: `a database of ${name}, of version ${latestVersionOf(plan)} or an older one`,
      actual,
      fix: `${fix}; ${anyway}`,
    })
  if (kind === 'foreign') {
    const objection = foreignDatabase(backup, found.found, `check the path; ${anyway}`)
    return { contents: { application: null, kind, version: null, form: null }, objection }
  }
  if (kind === 'empty') {
    const objection = refuse('empty', 'an empty one', 'check the path')
    return { contents: { application: null, kind, version, form: null }, objection }
  }
  if (kind === 'newer') {
    const actual = `version ${readVersionText(connection, plan)}, which newer software made`
    const objection = refuse('newer-version', actual, 'run the release of this program that knows it')
    return { contents: { application: name, kind, version, form: null }, objection }
  }
  const form = formOf?.(connection, version) ?? null
  return { contents: { application: name, kind, version, form }, objection: null }
}

function tryToRecognise(connection: Connection, subject: BackupSubject): Recognition | VersionTableError {
  try {
    return recogniseDatabase(connection, subject)
  } catch (error) {
    if (error instanceof VersionTableError) return error
    throw error
  }
}
