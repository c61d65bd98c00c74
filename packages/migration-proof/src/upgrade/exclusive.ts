import { readSync } from 'node:fs'
import { betterSqliteConnection, type Database, distrustSchema, openFile } from '../engines/better-sqlite3.ts'
import { errorCode, isBusy } from '../migrator/errors.ts'
import { readStartInOtherProcess } from '../migrator/other-process.ts'
import { UpgradeRefusedError } from './errors.ts'
import { isSameFile, listOpenFiles } from './file-identity.ts'
import type { Holder } from './holders.ts'

/** How long another connection may take to give its lock back. */
const patienceMilliseconds = 2000

const writeVersionOffset = 18
const lastWriteVersion = 2

/**
 * Opens a database so that no other connection can read or write it until it is closed, and sets what the upgrade
 * needs: foreign keys, full synchronisation, no trust in functions that the schema calls. An idle connection
 * in WAL mode holds a lock that shows here; one in rollback mode holds none: `findHolders` finds its process.
 *
 * @throws {UpgradeRefusedError} when another process has the file open, or the file can only be read
 */
export function openExclusively(
  path: string,
  busyTimeoutMilliseconds: number = patienceMilliseconds,
): Database.Database {
  const database = openFile(path, { fileMustExist: true, timeout: busyTimeoutMilliseconds })
  try {
    // Before the first read: only then does WAL mode take the lock, https://www.sqlite.org/pragma.html#pragma_locking_mode
    database.pragma('locking_mode = EXCLUSIVE')
    // A journal that is kept under the lock must not keep what earlier transactions wrote to it.
    database.pragma('journal_size_limit = 0')
    database.exec('BEGIN EXCLUSIVE; COMMIT')
    // A bigger cache makes the sort of a large index slower: the operating system has the pages as well.
    database.pragma('cache_size = -2000')
    // In rollback mode FULL does not sync the removal of the journal, and a power loss could undo the upgrade.
    database.pragma('synchronous = EXTRA')
    database.pragma('foreign_keys = ON')
    distrustSchema(betterSqliteConnection(database))
    return database
  } catch (error) {
    database.close()
    if (isBusy(error)) throw held(path, 'another connection that reads or writes it', error)
    const code = errorCode(error) ?? ''
    throw code.startsWith('SQLITE_READONLY') ? cannotBeWritten(path, code, error) : error
  }
}

/** @throws {UpgradeRefusedError} when there is any holder */
export function refuseHeld(path: string, holders: readonly Holder[]): void {
  if (holders.length === 0) return
  const names = holders.map(({ processId, command }) => `process ${processId} (${command})`)
  throw held(path, names.join(', '))
}

function held(path: string, actual: string, cause?: unknown) {
  const fix = 'stop the server and whatever else uses the file, and run again'
  return new UpgradeRefusedError(
    'held',
    { where: path, expected: 'a file that no other process has open', actual, fix },
    { cause },
  )
}

/**
 * Refuses a file whose header has a newer write version, as SQLite does once it is to write:
 * https://www.sqlite.org/fileformat2.html#file_format_version_numbers
 *
 * @throws {UpgradeRefusedError}
 */
export function refuseNewerWriteVersion(path: string): void {
  if (readWriteVersion(path) > lastWriteVersion) throw cannotBeWritten(path, 'SQLITE_READONLY')
}

/**
 * SQLite has no pragma for it. If this process has the file open, it is read through SQLite's own descriptor, so that none
 * is closed and no lock is lost.
 */
function readWriteVersion(path: string): number {
  const byte = Buffer.alloc(1)
  try {
    const open = listOpenFiles().find(({ identity }) => isSameFile(path, identity))
    if (open !== undefined && readSync(open.descriptor, byte, 0, 1, writeVersionOffset) === 1)
      return byte[0] ?? 0
  } catch {
    // It may not be open for reading.
  }
  return readStartInOtherProcess(path, writeVersionOffset + 1)[writeVersionOffset] ?? 0
}

function cannotBeWritten(path: string, code: string, cause?: unknown) {
  return new UpgradeRefusedError(
    'read-only',
    {
      where: path,
      expected: 'a file that this SQLite can write',
      actual: `one that it can only read (${code})`,
      fix: 'check its permissions, and bytes 18 and 19 of its header, by which a newer SQLite allows no other to write',
    },
    { cause },
  )
}
