import { rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { betterSqliteConnection, type Database, openFile } from '../engines/better-sqlite3.ts'
import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import { OtherProcessError } from '../migrator/other-process.ts'
import type { Connection } from '../sql/connection.ts'
import { type BackupComparison, compareBackup, readChecksum } from './compare-backup.ts'
import { copyOpenDatabase, refuseDamaged, settleCopy } from './copy-database.ts'
import { BackupDiffersError, BackupLostError, FileReplacedError, refuseCancelled } from './errors.ts'
import { giveName, timedPaths } from './exclusive-name.ts'
import { type FileIdentity, isSameFile, isStill, readIdentity } from './file-identity.ts'
import { flushFile, flushFolder } from './folders.ts'
import { clearLeftovers } from './leftovers.ts'
import type { Observer, ProofLevel } from './model.ts'
import { giveTo } from './owner.ts'
import { runFiles } from './run-files.ts'
import { type Leftover, makeRunFolder } from './run-folder.ts'
import { withAsyncCleanUp } from './with-clean-up.ts'

export interface BackupRequest {
  readonly path: string
  /** Which file has that name. */
  readonly identity: FileIdentity
  readonly level: ProofLevel
  /** The folder for the backup; it must exist. */
  readonly folder: string
  readonly version: number
  readonly madeAt: Date
}

/** A backup that this run made. */
export interface Backup {
  /** Such as `data.db.v2.20260102T030405Z.backup`. */
  readonly path: string
  /** The file that it is a backup of. */
  readonly origin: string
  readonly identity: FileIdentity
  /** What shows that it is of that database. */
  readonly outline: string
  readonly pageSizeBytes: number
  /** Of its bytes, when they were those of the file. */
  readonly checksum: number
  /** When it was last written to, by its file system. */
  readonly writtenAt: bigint
  /** What other runs left in its folder, which was not removed. */
  readonly leftovers: readonly Leftover[]
}

/**
 * Copies the whole database, the write-ahead log included, into one file that its owner alone can read, and
 * compares the copy with it while the file is checked. The file gets its name only when it is complete, and replaces none.
 * Run as root, the owner is that of the database.
 *
 * @param database the connection that holds the lock
 * @throws {UpgradeRefusedError} when the database is damaged
 * @throws {BackupDiffersError} when the disk did not keep what was written
 * @throws {UpgradeCancelledError}
 */
export async function makeBackup(
  database: Database.Database,
  request: BackupRequest,
  observer: Observer,
): Promise<Backup> {
  const { path, folder, level } = request
  const leftovers = clearLeftovers(folder, path)
  const runFolder = makeRunFolder(folder, path)
  const copyAndCheck = async () => {
    const draft = join(runFolder.path, runFiles.backup)
    await copyOpenDatabase(database, draft, (copiedPages, totalPages) => {
      refuseCancelled(path, observer)
      observer.report({ step: 'backup', copiedPages, totalPages })
    })
    refuseCancelled(path, observer)
    settleCopy(draft, () => {})
    giveTo(statSync(path), draft)
    flushFile(draft)
    const writtenAt = readWrittenAt(draft)
    observer.report({ step: 'backup-check', level })
    const { checksum } = await compareAndCheck(database, draft, request, observer)
    const target = publish(draft, request)
    const identity = readIdentity(target)
    const outline = readOutline(betterSqliteConnection(database))
    if (identity === null) throw new BackupLostError(target, path, 'unchanged', 'no file')
    const pageSizeBytes = Number(database.pragma('page_size', { simple: true }))
    const made = { path: target, origin: path, identity, outline, leftovers }
    const backup = { ...made, pageSizeBytes, checksum, writtenAt }
    confirmBackup(backup, 'unchanged')
    observer.report({ step: 'backup-made', path: target })
    return backup
  }
  return withAsyncCleanUp(copyAndCheck, runFolder.remove)
}

/** The file is checked while another process reads it and the copy: neither writes. */
async function compareAndCheck(
  database: Database.Database,
  draft: string,
  { path, folder, identity, level }: BackupRequest,
  observer: Observer,
): Promise<BackupComparison> {
  // What it throws is looked at once the check has ended.
  const comparison = compareBackup(database, path, draft).catch((error: unknown) => {
    if (error instanceof OtherProcessError) return error
    throw error
  })
  try {
    refuseDamagedFile(database, path, level)
  } finally {
    await comparison
  }
  const found = await comparison
  refuseCancelled(path, observer)
  const isReplaced =
    found instanceof OtherProcessError
      ? !isSameFile(path, identity)
      : found.ino !== `${identity.ino}` || found.dev !== `${identity.dev}`
  if (isReplaced) throw new FileReplacedError({ path, identity, backup: null, isCommitted: false })
  if (found instanceof OtherProcessError)
    throw new BackupDiffersError(folder, path, `the error '${found.message}'`)
  if (found.differsAt !== null) throw new BackupDiffersError(folder, path, `another page ${found.differsAt}`)
  return found
}

/**
 * Proves that a file is sound before it is changed, as far as the level demands.
 *
 * @throws {UpgradeRefusedError} when it is damaged
 */
export function refuseDamagedFile(database: Database.Database, path: string, level: ProofLevel): void {
  if (level === 'quick') return
  refuseDamaged(database, path, level === 'thorough' ? 'integrity_check' : 'quick_check')
}

/**
 * Proves that what has the name of the backup is still the file that this run made, and of the database that it was
 * made of. Where it was written to since it was compared, it must still have the same bytes.
 *
 * @param state whether the file is upgraded already, which the error says
 * @param reads whether its bytes are read in any case
 * @throws {BackupLostError}
 */
export function confirmBackup(backup: Backup, state: 'unchanged' | 'upgraded', reads = false): void {
  const found = findFault(backup, reads)
  if (found !== null) throw new BackupLostError(backup.path, backup.origin, state, found)
}

function findFault(backup: Backup, reads: boolean): string | null {
  const { path, identity, outline, pageSizeBytes, checksum, writtenAt } = backup
  if (!isStill(path, identity)) return readIdentity(path) === null ? 'no file' : 'another file of that name'
  try {
    if (readOutlineOf(path) !== outline) return 'the copy of another database'
    if (!reads && readWrittenAt(path) === writtenAt) return null
    return readChecksum(path, pageSizeBytes) === checksum ? null : 'one with other bytes'
  } catch (error) {
    return `the error '${errorCode(error) ?? errorMessage(error)}'`
  }
}

function readWrittenAt(path: string): bigint {
  return statSync(path, { bigint: true }).mtimeNs
}

/** Removes a backup, unless another file has its name by now. */
export function removeBackup({ path, identity }: Backup): void {
  if (isStill(path, identity)) rmSync(path, { force: true })
}

function publish(draft: string, { path, folder, version, madeAt }: BackupRequest): string {
  for (const target of timedPaths(join(folder, `${basename(path)}.v${version}`), madeAt, '.backup')) {
    if (!giveName(draft, target)) continue
    flushFolder(folder)
    return target
  }
  throw new Error('The times never end.')
}

function readOutlineOf(path: string): string {
  const database = openFile(path, { readonly: true, fileMustExist: true })
  try {
    return readOutline(betterSqliteConnection(database))
  } finally {
    database.close()
  }
}

/** Its size and its schema. The rows are compared by a proof. */
function readOutline(connection: Connection): string {
  const pragmas = ['page_size', 'page_count', 'encoding', 'application_id', 'user_version']
  const fields = pragmas.map((pragma) => Object.values(connection.all(`PRAGMA main.${pragma}`)[0] ?? {})[0])
  const objects = connection.all('SELECT type, name, tbl_name, rootpage, sql FROM main.sqlite_schema')
  return JSON.stringify([fields, objects], (_, value) => (typeof value === 'bigint' ? `${value}` : value))
}
