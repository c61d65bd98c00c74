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
    return mkdtempSync(join(tmpdir(), 'sqlite-snapshot-'))
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
