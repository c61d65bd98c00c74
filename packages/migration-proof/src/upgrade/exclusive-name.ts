import { closeSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { errorCode } from '../migrator/errors.ts'
import { copyInOtherProcess } from '../migrator/other-process.ts'

/** The longest that is put between a prefix and an ending. */
export const longestTime = '.20260102T030405Z-99'

/**
 * Paths for what is made at some time: `PREFIX.20260102T030405Z` and the ending, then the same with a number after the
 * time. The caller takes the first that is free, by making it exclusively.
 */
export function* timedPaths(prefix: string, time: Date, ending = ''): Generator<string, never> {
  const stamp = time.toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
  yield `${prefix}.${stamp}${ending}`
  for (let number = 2; ; number++) yield `${prefix}.${stamp}-${number}${ending}`
}

/**
 * Gives a finished file its name, and never replaces a file. Its old name may stay beside the new one.
 *
 * @returns false when the name is taken
 */
export function giveName(draft: string, name: string): boolean {
  return tryUnlessTaken(() => link(draft, name) || renameOverReservation(draft, name))
}

/**
 * Keeps what a file holds under another name as well. On a file system without links, that is a copy.
 *
 * @returns false when the name is taken
 */
export function keepAs(file: string, name: string): boolean {
  return tryUnlessTaken(() => {
    if (!link(file, name)) copyInOtherProcess(file, name)
  })
}

/**
 * A second name for the same file.
 *
 * @returns false on a file system without links
 * @throws `EEXIST` when the name is taken, `ENOENT` when there is no such file
 */
export function link(file: string, name: string): boolean {
  try {
    linkSync(file, name)
    return true
  } catch (error) {
    if (['EEXIST', 'ENOENT', 'ENOSPC', 'EROFS'].includes(errorCode(error) ?? '')) throw error
    return false
  }
}

/** The name is reserved by an empty file of this run, which alone is replaced. */
function renameOverReservation(draft: string, name: string) {
  closeSync(openSync(name, 'wx', 0o600))
  try {
    renameSync(draft, name)
  } catch (error) {
    rmSync(name, { force: true })
    throw error
  }
}

function tryUnlessTaken(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}
