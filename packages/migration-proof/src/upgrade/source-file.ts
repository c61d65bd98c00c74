import { lstatSync, realpathSync } from 'node:fs'
import { absolutePathOf, refuseUnopenable } from '../engines/database-path.ts'
import { errorCode } from '../migrator/errors.ts'
import { findOddSidecar } from '../migrator/inspect-file.ts'
import { UpgradeRefusedError } from './errors.ts'

/**
 * The absolute path of the file to work on. What is left to SQLite's own look at the file is not refused here.
 *
 * @throws {DatabaseOpenError} for a name under which no file can be opened
 * @throws {UpgradeRefusedError} for a symbolic link, for an empty file, and for what is no file beside it
 */
export function findSourceFile(path: string): string {
  const absolute = absolutePathOf(path)
  refuseUnopenable(absolute)
  const file = lstatSync(absolute, { throwIfNoEntry: false })
  if (file?.isSymbolicLink() === true) throw linkRefused(absolute)
  if (file?.isFile() === true && file.size === 0) {
    throw new UpgradeRefusedError('empty', {
      where: absolute,
      expected: 'a database with something in it',
      actual: 'an empty file, which is a fresh install',
      fix: 'check the path, or start the server, which makes its tables by itself',
    })
  }
  // The journal of an upgrade is needed in any mode.
  const odd = findOddSidecar(absolute)
  if (odd !== null) throw new UpgradeRefusedError('not-a-file', odd)
  return absolute
}

/** SQLite keeps the journal beside the file that a link leads to, and a restore would replace the link. */
function linkRefused(path: string) {
  const target = targetOf(path)
  return new UpgradeRefusedError('symbolic-link', {
    where: path,
    expected: 'the database file itself',
    actual: `a symbolic link ${target === null ? 'that leads back to itself' : `to ${target}`}`,
    fix: target === null ? 'correct the links' : 'name the file that it leads to',
  })
}

/** Null for links that lead to each other. */
function targetOf(path: string): string | null {
  try {
    return realpathSync(path)
  } catch (error) {
    return errorCode(error) === 'ELOOP' ? null : 'a file that is not there'
  }
}
