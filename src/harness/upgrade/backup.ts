import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import type Database from 'better-sqlite3'
import { refuseCancelled } from './cancellation.ts'
import { copyOpenDatabase, settleCopy } from './copy-database.ts'
import { UpgradeRefusedError } from './errors.ts'
import { flushFolder } from './folders.ts'
import type { Observer } from './model.ts'

export interface BackupRequest {
  readonly path: string
  /** The folder for the backup; it must exist. */
  readonly folder: string
  readonly version: number
  readonly madeAt: Date
}

const unfinished = '.unfinished'

/**
 * Copies the whole database, the write-ahead log included, into one file that its owner alone can read, and
 * checks the copy. The file gets its name only when it is complete.
 *
 * @param database the connection that holds the lock
 * @returns the path of the backup
 * @throws {UpgradeRefusedError} when a file of its name is there, or the database is damaged
 * @throws {UpgradeCancelledError}
 */
export async function makeBackup(
  database: Database.Database,
  request: BackupRequest,
  observer: Observer,
): Promise<string> {
  const target = join(request.folder, nameOf(request))
  const draft = target + unfinished
  refuseTaken(target)
  removeUnfinished(request)
  try {
    await copyOpenDatabase(database, draft, (copiedPages, totalPages) => {
      refuseCancelled(request.path, observer)
      observer.tell({ step: 'backup', copiedPages, totalPages })
    })
    refuseCancelled(request.path, observer)
    observer.tell({ step: 'backup-check' })
    settleCopy(draft, request.path)
    refuseCancelled(request.path, observer)
    renameSync(draft, target)
    flushFolder(request.folder)
    observer.tell({ step: 'backup-made', path: target })
    return target
  } catch (error) {
    for (const ending of ['', '-journal']) rmSync(draft + ending, { force: true })
    throw error
  }
}

/** `data.db.v2.20260102T030405Z.backup` */
function nameOf({ path, version, madeAt }: BackupRequest): string {
  return `${basename(path)}.v${version}.${stampOf(madeAt)}.backup`
}

/** A time as part of a file's name: `20260102T030405Z`. */
export function stampOf(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
}

/** What a killed run left. The lock on the database shows that no other run is writing it. */
function removeUnfinished({ path, folder }: BackupRequest) {
  const names = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}.v`))
  for (const name of names) {
    if (/\.backup\.unfinished(-journal)?$/.test(name)) rmSync(join(folder, name))
  }
}

function refuseTaken(path: string) {
  if (!existsSync(path)) return
  throw new UpgradeRefusedError('folder', {
    where: path,
    expected: 'a name that is free for the backup',
    actual: 'a file of that name',
    remedy: 'run it again: the name holds the time',
  })
}
