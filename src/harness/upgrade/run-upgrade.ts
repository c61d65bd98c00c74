import { rmSync } from 'node:fs'
import { openExclusively, refuseHeld } from './exclusive.ts'
import type { Observer, Preview, UpgradeReport } from './model.ts'
import type { UpgradeRequest } from './request.ts'
import { refuseTooLittleSpace } from './space.ts'
import { upgradeFile } from './upgrade-file.ts'

/**
 * Upgrades a file that was looked at before: takes the lock, makes the backup, migrates, proves, commits.
 *
 * @throws {UpgradeRefusedError} when somebody else has the file open, or a disk is too full
 * @throws whatever {@link upgradeFile} throws; the contents of the file are as they were
 */
export async function runUpgrade(
  preview: Preview,
  request: Omit<UpgradeRequest, 'path' | 'survey'>,
  observer: Observer,
): Promise<UpgradeReport> {
  const { path, survey, holders, space } = preview
  refuseHeld(path, holders)
  refuseTooLittleSpace(path, space)
  const database = openExclusively(path, request.busyTimeoutMilliseconds)
  try {
    return await upgradeFile(database, { ...request, path, survey }, observer)
  } finally {
    // What a look at the file in WAL mode left, when a killed run had put it into rollback mode.
    if (database.pragma('journal_mode', { simple: true }) !== 'wal') rmSync(`${path}-shm`, { force: true })
    // In the normal mode SQLite removes its sidecars when the last connection closes.
    database.pragma('locking_mode = NORMAL')
    database.exec('SELECT count(*) FROM sqlite_schema')
    database.close()
  }
}
