import { chmodSync, chownSync, lstatSync, renameSync, rmSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type CopyProgress, copyDatabaseFile, settleCopy } from './copy-database.ts'
import { UpgradeRefusedError } from './errors.ts'
import { refuseHeld } from './exclusive.ts'
import { flushFile, flushFolder, refuseUnusableFolder } from './folders.ts'
import { findHolders } from './holders.ts'
import { replaceFile } from './replace-file.ts'
import { addUpSpace, type FreeSpace, freeBytesOf, refuseTooLittleSpace } from './space.ts'

export interface RestoreRequest {
  readonly path: string
  readonly backup: string
  readonly madeAt: Date
  readonly tell: CopyProgress
  readonly freeSpace?: FreeSpace
  /** How long another connection may take to give its lock back; 2000 unless told otherwise. */
  readonly busyTimeoutMilliseconds?: number
}

export interface RestoreReport {
  readonly path: string
  readonly backup: string
  readonly sizeBytes: number
  /** Where the file that was there is now; null where there was none. */
  readonly replaced: string | null
}

/**
 * Puts a backup in the place of a database file, with the owner and the permissions of the file that is there.
 * That file is set aside under another name. Killed at any moment, it leaves one whole file or the other in
 * place, and can be run again.
 *
 * @throws {DatabaseOpenError} when the backup is no usable database
 * @throws {UpgradeRefusedError} when the file is in use or a link, the backup is damaged, or the disk too full
 */
export async function restoreFile(request: RestoreRequest): Promise<RestoreReport> {
  const path = resolve(request.path)
  const backup = resolve(request.backup)
  const present = lstatSync(path, { throwIfNoEntry: false })
  refuseOddPlace(path, backup, present)
  refuseUnusableFolder(dirname(path))
  refuseHeld(path, findHolders(path))
  const draft = `${path}.restoring`
  removeDraft(draft)
  try {
    refuseFullDisk(request, path, backup)
    await copyDatabaseFile(backup, draft, request.tell)
    settleCopy(draft, backup)
    adopt(draft, present)
    flushFile(draft)
    const replaced = present === undefined ? null : replaceFile(path, draft, request)
    if (replaced === null) renameSync(draft, path)
    flushFolder(dirname(path))
    return { path, backup, sizeBytes: statSync(path).size, replaced }
  } finally {
    removeDraft(draft)
  }
}

function refuseOddPlace(path: string, backup: string, present: Stats | undefined) {
  const expected = 'a database file, or none'
  if (present?.isSymbolicLink() === true) {
    throw refusal('symbolic-link', path, expected, 'a symbolic link', 'name the file that it leads to')
  }
  if (present?.isFile() === false) {
    throw refusal('not-a-file', path, expected, 'a folder or a device', 'check the path')
  }
  const source = statSync(backup, { throwIfNoEntry: false })
  if (present !== undefined && source?.ino === present.ino && source.dev === present.dev) {
    throw refusal('same-file', path, 'another file than the backup', 'the backup itself', 'check both paths')
  }
}

function refusal(
  reason: 'symbolic-link' | 'not-a-file' | 'same-file',
  where: string,
  expected: string,
  actual: string,
  remedy: string,
) {
  return new UpgradeRefusedError(reason, { where, expected, actual, remedy })
}

function refuseFullDisk({ freeSpace = freeBytesOf }: RestoreRequest, path: string, backup: string) {
  const bytes = statSync(backup, { throwIfNoEntry: false })?.size ?? 0
  refuseTooLittleSpace(
    path,
    addUpSpace([{ folder: dirname(path), purpose: 'the restored file', bytes }], freeSpace),
  )
}

/** The server must be able to open what it could open before. Only root may give a file to somebody else. */
function adopt(draft: string, present: Stats | undefined) {
  chmodSync(draft, present === undefined ? 0o600 : present.mode & 0o777)
  if (present !== undefined && process.getuid?.() === 0) chownSync(draft, present.uid, present.gid)
}

function removeDraft(draft: string) {
  for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(draft + ending, { force: true })
}
