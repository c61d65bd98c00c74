import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import type Database from 'better-sqlite3'
import { refuseCancelled } from './cancellation.ts'
import { copyOpenDatabase, settleCopy } from './copy-database.ts'
import { flushFolder } from './folders.ts'
import type { Observer } from './model.ts'
import { timedPath } from './timed-path.ts'

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
 * @returns the path of the backup, such as `data.db.v2.20260102T030405Z.backup`
 * @throws {UpgradeRefusedError} when the database is damaged
 * @throws {UpgradeCancelledError}
 */
export async function makeBackup(
  database: Database.Database,
  request: BackupRequest,
  observer: Observer,
): Promise<string> {
  const { path, folder, version, madeAt } = request
  const target = timedPath(join(folder, `${basename(path)}.v${version}`), madeAt, '.backup')
  const draft = target + unfinished
  removeUnfinished(request)
  try {
    await copyOpenDatabase(database, draft, (copiedPages, totalPages) => {
      refuseCancelled(path, observer)
      observer.tell({ step: 'backup', copiedPages, totalPages })
    })
    refuseCancelled(path, observer)
    observer.tell({ step: 'backup-check' })
    settleCopy(draft, path)
    refuseCancelled(path, observer)
    renameSync(draft, target)
    flushFolder(folder)
    observer.tell({ step: 'backup-made', path: target })
    return target
  } catch (error) {
    for (const ending of ['', '-journal']) rmSync(draft + ending, { force: true })
    throw error
  }
}

/** What a killed run left. The lock on the database shows that no other run is writing it. */
function removeUnfinished({ path, folder }: BackupRequest) {
  const names = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}.v`))
  for (const name of names) {
    if (/\.backup\.unfinished(-journal)?$/.test(name)) rmSync(join(folder, name))
  }
}
