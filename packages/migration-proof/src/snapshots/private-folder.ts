import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DiagnosedError, errorMessage } from '../errors.ts'

/** A folder that only its owner can enter (mode 0700), until it is removed with all that it holds. */
export interface PrivateFolder {
  readonly path: string
  remove(): void
  [Symbol.dispose](): void
}

/** Thrown when there is no room for private files: it says nothing of what was to be done with them. */
export class PrivateFolderError extends DiagnosedError {
  override readonly name = 'PrivateFolderError'
}

/** The names of the files in a private folder, so that what a killed process left is known to be its own. */
export const privateFiles = { snapshot: 'snapshot.db', scratch: /^scratch-\d+\.db$/ } as const

/** How the paths of private folders begin; null for the folder of temporary files. */
let beginning: string | null = null

/**
 * Lets all private folders of this thread be made elsewhere from now on: in one that is removed when the process was killed.
 *
 * @param pathBeginning the beginning of their paths, which six letters follow
 */
export function makePrivateFoldersAt(pathBeginning: string): void {
  beginning = pathBeginning
}

/**
 * Makes a new private folder among the temporary files of the system.
 *
 * @throws {PrivateFolderError}
 */
export function makePrivateFolder(): PrivateFolder {
  // mkdtemp makes the folder with mode 0700: https://pubs.opengroup.org/onlinepubs/9799919799/functions/mkdtemp.html
  const folder = makeFolder()
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { path: folder, remove, [Symbol.dispose]: remove }
}

function makeFolder(): string {
  try {
    return mkdtempSync(beginning ?? join(tmpdir(), 'sqlite-snapshot-'))
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : errorMessage(cause)
    const diagnosis = {
      where: `The folder of temporary files ${tmpdir()}`,
      expected: 'one in which a private folder can be made',
      actual: `the error '${code}'`,
      fix: 'let TMPDIR name a folder that exists, can be written and has room, and run again',
    }
    throw new PrivateFolderError(diagnosis, { cause })
  }
}
