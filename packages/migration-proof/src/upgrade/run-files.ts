import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { privateFiles } from '../snapshots/private-folder.ts'

/** The fixed names of what a run makes in its own folder. A file with another name is not of a run, and is never removed. */
export const runFiles = {
  backup: 'backup.db',
  restored: 'restored.db',
  probe: 'probe.db',
  settled: 'settled.db',
  tried: 'tried.db',
  before: 'before.db',
  sample: 'sample.db',
  snapshot: privateFiles.snapshot,
  inspected: ['copy-1.db', 'copy-2.db', 'copy-3.db'],
  lock: 'run.lock',
} as const

/** What follows the name of the database in that of a run's folder. */
export const runFolderInfix = '.unfinished-'

/** The path that a file in the folder of a run has, but for six letters; that folder is beside the database. */
export function runPathOf(database: string, name: string): string {
  return join(`${database}${runFolderInfix}XXXXXX`, name)
}

const fixedNames: ReadonlySet<string> = new Set(Object.values(runFiles).flat())

/**
 * Removes from a run's folder what a run makes, its lock last, and then the folder, where nothing else is in it.
 *
 * @param afterLock called between the removal of the lock and that of the folder
 * @returns whether the folder is gone
 */
export function removeRunFiles(folder: string, afterLock: () => void = () => {}): boolean {
  const database = databaseOf(folder)
  for (const name of listNames(folder)) {
    const path = join(folder, name)
    const nested = databaseOf(name)
    if (nested !== null && (nested === database || fixedNames.has(nested))) removeNested(path)
    else if (name !== runFiles.lock && isRunFile(name, database)) removeFile(path)
  }
  removeFile(join(folder, runFiles.lock))
  afterLock()
  return removeEmpty(folder)
}

/** @returns whether the folder is gone */
export function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return lstatSync(folder, { throwIfNoEntry: false }) === undefined
  }
}

/** None where the folder cannot be read. */
export function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** What is done with a copy in the folder of a run may need a folder within that one. */
function removeNested(folder: string) {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) removeRunFiles(folder)
}

/** The name of the database that a run works on, from that of the run's folder; null for another name. */
function databaseOf(folder: string): string | null {
  const name = basename(folder)
  const end = name.lastIndexOf(runFolderInfix)
  return end > 0 ? name.slice(0, end) : null
}

/** A copy of the database has its name, and the backup of a rehearsal that of a backup. */
function isRunFile(name: string, database: string | null): boolean {
  const main = name.replace(/-(journal|wal|shm)$/, '')
  if ([name, main].some((each) => fixedNames.has(each) || each === database)) return true
  if (privateFiles.scratch.test(main)) return true
  if (database === null || !main.startsWith(database)) return false
  return /^\.v\d+\.\d{8}T\d{6}Z(-\d+)?\.backup$/.test(main.slice(database.length))
}

function removeFile(path: string) {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) unlinkSync(path)
}
