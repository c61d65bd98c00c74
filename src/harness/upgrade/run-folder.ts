import { lstatSync, mkdtempSync, readdirSync, realpathSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import Database from 'better-sqlite3'
import { isBusy } from '../migrator/errors.ts'

/**
 * Where one run keeps what is not finished: drafts of backups, copies, samples of rows. Its owner alone can enter it,
 * and it holds a lock as long as the run lives. A later run finds by that lock, and not by a name, what a dead run left.
 */
export interface RunFolder {
  readonly path: string
  /** Removes the folder with all that is in it, as far as it can. */
  remove(): void
  [Symbol.dispose](): void
}

/** What is left of a run that is not this one. */
export interface Leftover {
  readonly path: string
  /** `'alive'`: the run goes on. `'other-file'`: it died, and worked on another file. `'unknown'`: cannot be read. */
  readonly state: 'alive' | 'other-file' | 'unknown'
  /** The database that the run worked on; null where it cannot be read. */
  readonly file: string | null
}

const infix = '.unfinished-'
const lockName = 'run.lock'
const attempts = 20

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
    const path = mkdtempSync(join(parent, basename(file) + infix))
    try {
      const lock = takeLock(path)
      const folder = lock === null ? null : holdFolder(path, lock, file)
      if (folder !== null) return folder
      if (attempt === attempts) throw new Error(`No folder in ${parent} could be locked.`)
    } catch (error) {
      // Between its making and its lock another run may have taken it for a leftover.
      if (attempt === attempts || statSync(path, { throwIfNoEntry: false }) !== undefined) {
        rmSync(path, { recursive: true, force: true })
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
  return listNames(parent)
    .filter((name) => name.startsWith(basename(file) + infix))
    .map((name) => join(parent, name))
    .filter(isFolder)
    .flatMap((path) =>
      isOwn(path) && !isIn(path, needed)
        ? removeIfDead(path, file)
        : [{ path, state: 'unknown', file: null } as const],
    )
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** Root would remove for one user what another left. */
function isOwn(path: string): boolean {
  return process.getuid === undefined || lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid()
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
  if (lstatSync(join(path, lockName), { throwIfNoEntry: false })?.isFile() !== true) {
    // A run was killed before it had a lock, and so before it wrote anything.
    return removeEmpty(path) ? [] : [{ path, state: 'unknown', file: null }]
  }
  try {
    const lock = takeLock(path)
    if (lock === null) return [{ path, state: 'alive', file: null }]
    const workedOn = readFile(lock)
    // A run that died before it wrote down its file has written nothing else.
    const isUnknown = workedOn === null && listNames(path).some((name) => name !== lockName)
    if (isUnknown || (workedOn !== null && workedOn !== file)) {
      lock.close()
      return [{ path, state: isUnknown ? 'unknown' : 'other-file', file: workedOn }]
    }
    removeLocked(path, lock)
    return []
  } catch {
    return [{ path, state: 'unknown', file: null }]
  }
}

function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch {
    return false
  }
}

/** Holds the lock until the connection is closed or the process ends; null when another run holds it. */
function takeLock(folder: string): Database.Database | null {
  const path = join(folder, lockName)
  const lock = new Database(path, { timeout: 0 })
  try {
    lock.pragma('journal_mode = MEMORY')
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE; COMMIT')
  } catch (error) {
    lock.close()
    if (isBusy(error)) return null
    throw error
  }
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return lock
  lock.close()
  return null
}

/** Null where another run has just replaced the lock by an empty one, and removes the folder. */
function holdFolder(path: string, lock: Database.Database, file: string): RunFolder | null {
  lock.exec('CREATE TABLE run (file TEXT NOT NULL)')
  lock.prepare('INSERT INTO run VALUES (?)').run(file)
  if ((statSync(join(path, lockName), { throwIfNoEntry: false })?.size ?? 0) === 0) {
    lock.close()
    return null
  }
  const remove = () => removeQuietly(path, lock)
  return { path, remove, [Symbol.dispose]: remove }
}

/** Null for a run that died before it wrote anything. */
function readFile(lock: Database.Database): string | null {
  const tables = lock.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'run'").all()
  if (tables.length === 0) return null
  const file = lock.prepare('SELECT file FROM run').pluck().get()
  return file === undefined ? null : String(file)
}

/** What cannot be removed is left to the next run: it must not take the place of what the work itself says. */
function removeQuietly(path: string, lock: Database.Database) {
  try {
    removeLocked(path, lock)
  } catch {
    lock.close()
  }
}

/** The lock goes last, so that no other run removes the folder meanwhile. Windows deletes no open file. */
function removeLocked(path: string, lock: Database.Database) {
  if (process.platform === 'win32') lock.close()
  for (const name of listNames(path)) {
    if (name !== lockName) rmSync(join(path, name), { recursive: true, force: true })
  }
  rmSync(join(path, lockName), { force: true })
  lock.close()
  // Not with all that is in it: a run that has just made the folder may have made its lock again.
  removeEmpty(path)
}

function listNames(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
