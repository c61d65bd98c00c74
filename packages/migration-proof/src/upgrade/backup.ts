import { rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { betterSqliteConnection, type Database, openFile } from '../engines/better-sqlite3.ts'
import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import type { Connection } from '../sql/connection.ts'
import { copyOpenDatabase, settleCopy } from './copy-database.ts'
import { BackupLostError, refuseCancelled } from './errors.ts'
import { giveName, timedPaths } from './exclusive-name.ts'
import { type FileIdentity, isStill, readIdentity } from './file-identity.ts'
import { flushFile, flushFolder } from './folders.ts'
import { clearLeftovers } from './leftovers.ts'
import type { Observer } from './model.ts'
import { giveTo } from './owner.ts'
import { runFiles } from './run-files.ts'
import { type Leftover, makeRunFolder } from './run-folder.ts'
import { withAsyncCleanUp } from './with-clean-up.ts'

export interface BackupRequest {
  readonly path: string
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
  /** What other runs left in its folder, which was not removed. */
  readonly leftovers: readonly Leftover[]
}

/**
 * Copies the whole database, the write-ahead log included, into one file that its owner alone can read, and
 * checks the copy. The file gets its name only when it is complete, and replaces none. Run as root, the owner is that
 * of the database.
 *
 * @param database the connection that holds the lock
 * @throws {UpgradeRefusedError} when the database is damaged
 * @throws {UpgradeCancelledError}
 */
export async function makeBackup(
  database: Database.Database,
  request: BackupRequest,
  observer: Observer,
): Promise<Backup> {
  const { path, folder } = request
  const leftovers = clearLeftovers(folder, path)
  const runFolder = makeRunFolder(folder, path)
  const copyAndCheck = async () => {
    const draft = join(runFolder.path, runFiles.backup)
    await copyOpenDatabase(database, draft, (copiedPages, totalPages) => {
      refuseCancelled(path, observer)
      observer.report({ step: 'backup', copiedPages, totalPages })
    })
    refuseCancelled(path, observer)
    observer.report({ step: 'backup-check' })
    settleCopy(draft, path)
    giveTo(statSync(path), draft)
    flushFile(draft)
    refuseCancelled(path, observer)
    const target = publish(draft, request)
    const identity = readIdentity(target)
    const outline = readOutline(betterSqliteConnection(database))
    if (identity === null) throw new BackupLostError(target, path, 'unchanged', 'no file')
    const backup = { path: target, origin: path, identity, outline, leftovers }
    confirmBackup(backup, 'unchanged')
    observer.report({ step: 'backup-made', path: target })
    return backup
  }
  return withAsyncCleanUp(copyAndCheck, runFolder.remove)
}

/**
 * Proves that what has the name of the backup is still the file that this run made, and of the database that it was
 * made of.
 *
 * @param state whether the file is upgraded already, which the error says
 * @throws {BackupLostError}
 */
export function confirmBackup(backup: Backup, state: 'unchanged' | 'upgraded'): void {
  const found = findFault(backup)
  if (found !== null) throw new BackupLostError(backup.path, backup.origin, state, found)
}

function findFault({ path, identity, outline }: Backup): string | null {
  if (!isStill(path, identity)) return readIdentity(path) === null ? 'no file' : 'another file of that name'
  try {
    return readOutlineOf(path) === outline ? null : 'the copy of another database'
  } catch (error) {
    return `the error '${errorCode(error) ?? errorMessage(error)}'`
  }
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
