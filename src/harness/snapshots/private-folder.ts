import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that nobody but its owner can enter (mode 0700), until it is removed with all that it holds. */
export interface PrivateFolder {
  readonly path: string
  remove(): void
  [Symbol.dispose](): void
}

/** Makes a new private folder among the temporary files of the system. */
export function makePrivateFolder(): PrivateFolder {
  // mkdtemp makes the folder with mode 0700: https://pubs.opengroup.org/onlinepubs/9799919799/functions/mkdtemp.html
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-snapshot-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { path: folder, remove, [Symbol.dispose]: remove }
}
