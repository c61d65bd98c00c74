// @ts-check
import { closeSync, constants, copyFileSync, fsyncSync, openSync, rmSync } from 'node:fs'

/**
 * Makes a fresh copy and syncs it, so that writing it is not counted in the next measure.
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
