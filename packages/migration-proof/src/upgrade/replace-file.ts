import { lstatSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Database } from '../engines/better-sqlite3.ts'
import { ifNameable } from '../engines/database-path.ts'
import { errorCode } from '../migrator/errors.ts'
import { copyWithSidecars } from './copy-database.ts'
import { UpgradeRefusedError } from './errors.ts'
import { openExclusively } from './exclusive.ts'
import { giveName, keepAs, link, timedPaths } from './exclusive-name.ts'
import type { FileIdentity } from './file-identity.ts'
import { isSameFile, readIdentity } from './file-identity.ts'
import { flushFile, flushFolder } from './folders.ts'
import { takeOver } from './owner.ts'
import { runFiles } from './run-files.ts'
/** What SQLite keeps beside a database file. */
export const sidecarEndings = ['-wal', '-journal', '-shm'] as const

/** A file that has a second name. */
interface Kept {
  readonly first: string
  readonly second: string
  readonly identity: FileIdentity
}

/** A database file with what is beside it, each with a second name: `data.db.replaced.TIME` and the same endings. */
export interface KeptSet {
  /** The second name of the file, whether or not there is one. */
  readonly aside: string
  readonly files: readonly Kept[]
}

/**
 * Gives a database file and what is beside it second names that no file has, the file itself last: a kill meanwhile
 * leaves no file without what belongs to it.
 */
function keepSet(path: string, madeAt: Date): KeptSet {
  for (const aside of timedPaths(`${path}.replaced`, madeAt)) {
    const set = tryToKeep(path, aside)
    if (set !== null) return set
  }
  throw new Error('The times never end.')
}

/** Takes the second names back. */
function forgetSet({ files }: KeptSet): void {
  for (const { second } of files.toReversed()) rmSync(second, { force: true })
}

/** Removes the first names of what is beside the file, unless another file has one by now. */
function removeSidecars({ files }: KeptSet, path: string): void {
  for (const { first, identity } of files) if (first !== path && isSameFile(first, identity)) rmSync(first)
}

/** Null where one of the names is taken. */
function tryToKeep(path: string, aside: string): KeptSet | null {
  const endings = [...sidecarEndings, '']
  // A log of another file beside the one that is set aside would destroy that.
  const find = (ending: string) => ifNameable(() => lstatSync(aside + ending, { throwIfNoEntry: false }))
  if (endings.some((ending) => find(ending) !== undefined)) return null
  const files: Kept[] = []
  for (const ending of endings) {
    const identity = readIdentity(path + ending)
    if (identity === null) continue
    if (!keepAs(path + ending, aside + ending)) {
      forgetSet({ aside, files })
      return null
    }
    files.push({ first: path + ending, second: aside + ending, identity })
  }
  return { aside, files }
}

export interface Replacement {
  readonly madeAt: Date
  /** A private folder of this run, on the same disk. */
  readonly workFolder: string
  readonly busyTimeoutMilliseconds?: number
}

export interface Replaced {
  /** Where the file that was there is now; null where there was none. */
  readonly replaced: string | null
  /** All that was set aside, byte for byte: the file, and what was beside it. */
  readonly setAside: readonly string[]
}

/**
 * Gives a draft the name of a database file. What has that name is set aside as it is, with the log, the journal and the
 * shared memory beside it: a log or a journal of the old file beside the new one would destroy it, see
 * https://www.sqlite.org/howtocorrupt.html#_mispairing_database_files_and_hot_journals_
 *
 * Killed at any moment, it leaves under the name one whole file or the other, or none where there was none:
 * 1. All of it gets a second name.
 * 2. A file with an unfinished change beside it is replaced by a copy of itself with that change made or taken back.
 *    What is beside it does not change that copy.
 * 3. What is beside it loses its first name.
 * 4. The draft replaces the file.
 *
 * @throws {UpgradeRefusedError} when another process has the database open
 */
export function replaceFile(path: string, draft: string, replacement: Replacement): Replaced {
  const isPresent = lstatSync(path, { throwIfNoEntry: false }) !== undefined
  const folder = dirname(path)
  const locks: (Database.Database | null)[] = []
  try {
    const isProbed = isPresent && link(path, probeIn(replacement))
    if (isProbed) locks.push(lock(probeIn(replacement), replacement))
    const set = keepSet(path, replacement.madeAt)
    let isChanged = false
    try {
      flushFolder(folder)
      // Where there are no links, the only way to the lock is to let SQLite change the file.
      if (isPresent && !isProbed) locks.push(lock(path, replacement))
      if (isPresent && holdsChange(path)) locks.push(settleInPlace(path, replacement))
      isChanged = true
      removeSidecars(set, path)
      flushFolder(folder)
      if (holdsChange(path)) throw appeared(path, 'nothing beside the file', 'a log or a journal')
      if (isPresent) renameSync(draft, path)
      else if (!giveName(draft, path)) throw appeared(path, 'no file, as at the start', 'one')
    } catch (error) {
      if (!isChanged) forgetSet(set)
      throw error
    }
    return { replaced: isPresent ? set.aside : null, setAside: set.files.map(({ second }) => second) }
  } finally {
    for (const held of locks) held?.close()
  }
}

/** Nothing is beside the file under this name, so that SQLite locks it and changes nothing. */
function probeIn({ workFolder }: Replacement): string {
  return join(workFolder, runFiles.probe)
}

/** Holds the lock; null for a file that SQLite cannot open. */
function lock(path: string, { busyTimeoutMilliseconds }: Replacement): Database.Database | null {
  // SQLite would make a database of an empty file.
  if (statSync(path).size === 0) return null
  try {
    return openExclusively(path, busyTimeoutMilliseconds)
  } catch (error) {
    const code = errorCode(error) ?? ''
    if (['SQLITE_NOTADB', 'SQLITE_CORRUPT'].some((prefix) => code.startsWith(prefix))) return null
    throw error
  }
}

/** Whether a log or a journal beside a file may hold a change that is not in the file. */
function holdsChange(path: string): boolean {
  return ['-wal', '-journal'].some(
    (ending) => (ifNameable(() => lstatSync(path + ending, { throwIfNoEntry: false }))?.size ?? 0) > 0,
  )
}

/** Returns the lock of the copy; null where SQLite cannot open it, and the file stays. */
function settleInPlace(path: string, replacement: Replacement): Database.Database | null {
  const copy = join(replacement.workFolder, runFiles.settled)
  copyWithSidecars(path, copy)
  const settled = lock(copy, replacement)
  if (settled === null) return null
  settled.pragma('journal_mode = DELETE')
  settled.close()
  takeOver(copy, lstatSync(path))
  flushFile(copy)
  const held = lock(copy, replacement)
  renameSync(copy, path)
  flushFolder(dirname(path))
  return held
}

function appeared(path: string, expected: string, actual: string) {
  return new UpgradeRefusedError('held', {
    where: path,
    expected,
    actual: `${actual} that another process has made meanwhile`,
    fix: 'stop the server and whatever else uses the file, and run again',
  })
}
