// @ts-check
import { closeSync, constants, copyFileSync, fsyncSync, openSync, rmSync } from 'node:fs'

/**
 * Puts a fresh copy in place, on the disk, so that its writing does not fall into what is measured next.
 *
 * @param {string} source
 * @param {string} target
 */
export function freshCopy(source, target) {
  for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(target + ending, { force: true })
  copyFileSync(source, target, constants.COPYFILE_FICLONE)
  const file = openSync(target, 'r+')
  fsyncSync(file)
  closeSync(file)
}
