import { DatabaseOpenError } from '../../engines/open-errors.ts'
import type { Connection } from '../../sql/connection.ts'
import { readInPlace } from '../../upgrade/read-in-place.ts'
import { refuseOtherLog } from '../../upgrade/refuse-foreign-log.ts'
import { withoutNewSidecars } from '../../upgrade/tidy-sidecars.ts'
import { refusalOf } from './refusal.ts'
import type { Seen } from './seen.ts'

/**
 * Lets a function read a database file that must exist, and changes no byte of it. Where SQLite would have to write
 * first, a private copy is read: a process left a change unfinished, or the file is in WAL mode and no one may write
 * beside it.
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 */
export async function lookAt<Result>(
  file: string,
  look: (connection: Connection) => Result,
): Promise<Seen<Result>> {
  const seen = tryToLook(file, look)
  if (seen !== null) {
    const refusal = refusalOf(() => refuseOtherLog(file))
    return { ...seen, isCopy: false, refusal, again: (other) => lookAgain(file, other), ...nothingToRemove }
  }
  // Loaded only then: a process of its own makes the copy.
  const { lookAtCopy } = await import('./look-at-copy.ts')
  return lookAtCopy(file, look)
}

const nothingToRemove = { [Symbol.dispose]: () => {} }

function lookAgain<Result>(file: string, look: (connection: Connection) => Result): Result {
  const seen = tryToLook(file, look)
  if (seen !== null) return seen.result
  throw new DatabaseOpenError('busy', {
    where: file,
    expected: 'a file that stays as it is while it is inspected',
    actual: 'one that a process has begun to change',
    remedy: 'run it again',
  })
}

function tryToLook<Result>(file: string, look: (connection: Connection) => Result) {
  return withoutNewSidecars(file, () =>
    readInPlace(file, { mustExist: true, mustBeWritable: false }, (connection) => ({
      result: look(connection),
    })),
  )
}
