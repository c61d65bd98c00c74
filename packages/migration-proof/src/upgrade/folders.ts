import { accessSync, closeSync, constants, fsyncSync, openSync, statSync } from 'node:fs'
import { UpgradeRefusedError } from './errors.ts'

/** @throws {UpgradeRefusedError} when it is no folder in which files can be made */
export function refuseUnusableFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) throw refusal(folder, 'no such folder')
  if (!found.isDirectory()) throw refusal(folder, 'something else')
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw refusal(folder, 'one that cannot be written', cause)
  }
}

/** Makes a new name in the folder survive a power loss. Windows opens no folders. */
export function flushFolder(folder: string): void {
  if (process.platform !== 'win32') flushFile(folder)
}

/** Makes what was written survive a power loss. No connection may be open to the file: closing it drops locks. */
export function flushFile(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function refusal(folder: string, actual: string, cause?: unknown) {
  const expected = 'a folder in which files can be made'
  const fix = 'check the path and its permissions, or name another folder'
  return new UpgradeRefusedError('folder', { where: folder, expected, actual, fix }, { cause })
}
