import { chmodSync, lstatSync, mkdtempSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { type Database, openFile } from '../engines/better-sqlite3.ts'
import { isBusy } from '../migrator/errors.ts'
import { readStartInOtherProcess } from '../migrator/other-process.ts'
import { findNameOf, readIdentity } from './file-identity.ts'
import { listNames, removeEmpty, removeRunFiles, runFiles, runFolderInfix } from './run-files.ts'
import { tryToCleanUp } from './with-clean-up.ts'

const left = new Set<string>()

type Listener = (path: string) => void

let listen: Listener = () => {}

/** Remembers the folder of a run that is not gone when the run has removed what it could. */
export function noteLeftFolder(path: string): void {
  if (left.has(path)) return
  left.add(path)
  listen(path)
}

/** The folders that runs of this process have left. They may hold rows of a database. */
export function leftFolders(): readonly string[] {
  return [...left]
}

/** Calls back for each such folder, in a thread that does not outlive it. */
export function onLeftFolder(listener: Listener): void {
  listen = listener
}

/**
 * Where one run keeps what is not finished: drafts of backups, copies, samples of rows. Its owner alone can enter it,
 * and it holds a lock as long as the run lives. A later run finds by that lock, and not by a name, what a dead run left.
 */
export interface RunFolder {
  readonly path: string
  /**
   * Removes what a run makes, and the folder where nothing else is in it, also when the folder was moved meanwhile. If it
   * cannot, `leftFolders` names the folder.
   */
  remove(): void
  [Symbol.dispose](): void
}

/** What is left of a run that is not this one. */
export interface Leftover {
  readonly path: string
  /** `'alive'`: the run goes on. `'other-file'`: it died, and worked on another file. `'unknown'`: not known to be a run's. */
  readonly state: 'alive' | 'other-file' | 'unknown'
  /** The database that the run worked on; null where it cannot be read. */
  readonly file: string | null
}

const attempts = 20

/** `qRun` in the header of a lock says that a run has made it. */
const applicationId = 0x7152756e
const applicationIdOffset = 68
const headerBytes = 100

/**
 * Makes a folder `NAME.unfinished-XXXXXX` with mode 0700, and takes its lock.
 *
 * @param parent an existing folder, on the disk that is to hold what the run makes
 * @param file the absolute path of the database that the run works on
 * @throws whatever the system says when the folder cannot be made, such as `ENOSPC` or `EACCES`
 */
export function makeRunFolder(parent: string, file: string): RunFolder {
  for (let attempt = 1; ; attempt++) {
    // mkdtemp makes the folder with mode 0700: https://pubs.opengroup.org/onlinepubs/9799919799/functions/mkdtemp.html
    const path = mkdtempSync(join(parent, basename(file) + runFolderInfix))
    try {
      const lock = takeLock(path, file)
      const folder = lock === null ? null : holdFolder(path, lock)
      if (folder !== null) return folder
      if (attempt === attempts) throw new Error(`No folder in ${parent} could be locked.`)
    } catch (error) {
      // Between its making and its lock another run may have taken it for a leftover.
      if (attempt === attempts || statSync(path, { throwIfNoEntry: false }) !== undefined) {
        removeOrNote(path, () => removeRunFiles(path))
        throw error
      }
    }
  }
}

/**
 * Removes what dead runs on the same file left in a folder, and returns what else looks like a run's folder.
 *
 * @param parent the folder in which {@link makeRunFolder} makes its own
 * @param file the absolute path of the database
 * @param needed a path that stays: no folder that it is in is removed
 */
export function removeDeadRuns(parent: string, file: string, needed?: string): Leftover[] {
  return (
    listNames(parent)
      .filter((name) => name.startsWith(basename(file) + runFolderInfix))
      .map((name) => join(parent, name))
      .flatMap((path): Leftover[] => {
        const found = lstatSync(path, { throwIfNoEntry: false })
        if (found?.isDirectory() !== true) return []
        if (isOwn(found) && !isIn(path, needed)) return removeIfDead(path, file)
        return [{ path, state: 'unknown', file: null }]
      })
      // What this process could not remove is not of another run, and is reported by itself.
      .filter((leftover) => !left.has(leftover.path))
  )
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** Root would remove for one user what another left. */
function isOwn(found: Stats): boolean {
  return process.getuid === undefined || found.uid === process.getuid()
}

function isIn(folder: string, path: string | undefined): boolean {
  if (path === undefined) return false
  try {
    return realpathSync(path).startsWith(realpathSync(folder) + sep)
  } catch {
    return false
  }
}

function removeIfDead(path: string, file: string): Leftover[] {
  const unknown = [{ path, state: 'unknown', file: null }] as const
  const found = findLock(path)
  try {
    // Without a lock, a run was killed before it wrote anything, or makes it just now.
    if (found === undefined) return endOf(path, file)
    if (!found.isFile() || (found.size > 0 && !isMarked(path))) return [...unknown]
    const lock = takeLock(path)
    if (lock === null) return isEnded(path) ? [] : [{ path, state: 'alive', file: null }]
    const workedOn = readFile(lock)
    // A run that died before it wrote down its file has written nothing else.
    const isUnknown = workedOn === null && listNames(path).some((name) => name !== runFiles.lock)
    if (isUnknown || (workedOn !== null && workedOn !== file)) {
      lock.close()
      return [{ path, state: isUnknown ? 'unknown' : 'other-file', file: workedOn }]
    }
    return removeLocked(path, lock) ? [] : endOf(path, file)
  } catch {
    return isEnded(path) ? [] : [...unknown]
  }
}

/** What becomes of a folder that had no lock a moment ago. Its run may have made one meanwhile. */
function endOf(path: string, file: string): Leftover[] {
  if (removeEmpty(path)) return []
  return findLock(path) === undefined ? [{ path, state: 'unknown', file: null }] : removeIfDead(path, file)
}

/** Whether a run has removed its lock meanwhile, and its folder is gone, or can go. */
function isEnded(path: string): boolean {
  return findLock(path) === undefined && removeEmpty(path)
}

function findLock(path: string): Stats | undefined {
  return lstatSync(join(path, runFiles.lock), { throwIfNoEntry: false })
}

/** Nothing is opened in SQLite that may be a user's: that could change it. */
function isMarked(path: string): boolean {
  const header = readStartInOtherProcess(join(path, runFiles.lock), headerBytes)
  return header.length === headerBytes && header.readInt32BE(applicationIdOffset) === applicationId
}

/**
 * Holds the lock until the connection is closed or the process ends; null when another run holds it.
 *
 * @param file what a run that makes the lock works on. It is noted in the first transaction, so that a lock of a killed run
 *   is empty or marked. Without it, nothing is written, and no file is made: a run that has just removed its lock could not remove its folder.
 */
function takeLock(folder: string, file?: string): Database.Database | null {
  const path = join(folder, runFiles.lock)
  const lock = openFile(path, { timeout: 0, fileMustExist: file === undefined })
  try {
    lock.pragma('journal_mode = MEMORY')
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.pragma('page_size = 8192')
    lock.exec('BEGIN EXCLUSIVE')
    if (file !== undefined) mark(lock, file)
    // The locking mode keeps the lock.
    lock.exec(file === undefined ? 'ROLLBACK' : 'COMMIT')
  } catch (error) {
    lock.close()
    if (isBusy(error)) return null
    throw error
  }
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return lock
  lock.close()
  return null
}

/** In a view the longest path fits into the first page, which one call writes. */
function mark(lock: Database.Database, file: string) {
  lock.pragma(`application_id = ${applicationId}`)
  lock.exec(`CREATE VIEW run AS SELECT '${file.replaceAll("'", "''")}' AS file`)
}

/** Null where another run has just replaced the lock by an empty one, and removes the folder. */
function holdFolder(path: string, lock: Database.Database): RunFolder | null {
  restrict(join(path, runFiles.lock))
  if ((statSync(join(path, runFiles.lock), { throwIfNoEntry: false })?.size ?? 0) === 0) {
    lock.close()
    return null
  }
  const identity = readIdentity(join(path, runFiles.lock))
  const remove = () => {
    const now = isFolder(path) || identity === null ? null : findNameOf(identity, join(path, runFiles.lock))
    const folder = now === null ? path : dirname(now)
    removeOrNote(folder, () => removeLocked(folder, lock))
  }
  return { path, remove, [Symbol.dispose]: remove }
}

/** SQLite lets others read what it makes. Some file systems know no permissions; the folder is private anyway. */
function restrict(file: string) {
  try {
    chmodSync(file, 0o600)
  } catch {
    // Another run may have taken it for a leftover: the size shows that.
  }
}

/** Null for a run that died before it wrote anything. */
function readFile(lock: Database.Database): string | null {
  const views = lock.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'run'").all()
  if (views.length === 0) return null
  const file = lock.prepare('SELECT file FROM run').pluck().get()
  return file === undefined ? null : String(file)
}

/** What cannot be removed is noted, and left to the next run: it must not hide the result of the work itself. */
export function removeOrNote(path: string, remove: () => boolean): void {
  let isGone = false
  tryToCleanUp(() => {
    isGone = remove()
  })
  if (!isGone) noteLeftFolder(path)
}

/**
 * The lock goes last, so that no other run removes the folder meanwhile. Windows deletes no open file.
 *
 * @returns whether nothing else was in it
 */
function removeLocked(path: string, lock: Database.Database): boolean {
  if (process.platform === 'win32') lock.close()
  // A run that has just made the folder may have made its lock again: then it stays.
  try {
    return removeRunFiles(path, () => lock.close())
  } finally {
    lock.close()
  }
}
