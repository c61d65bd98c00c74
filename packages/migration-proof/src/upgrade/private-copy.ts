import { readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { betterSqliteConnection } from '../engines/better-sqlite3.ts'
import { realPathOf, refuseLongName } from '../engines/database-path.ts'
import type { Connection } from '../sql/connection.ts'
import { type CopyProgress, copyDatabaseFile, refuseDamaged, settleCopy } from './copy-database.ts'
import { UpgradeRefusedError } from './errors.ts'
import { recoverSafely } from './recover-safely.ts'
import { copyWithOwnLog, refuseOtherLog } from './refuse-foreign-log.ts'
import { runFiles, runFolderInfix } from './run-files.ts'
import { type Leftover, makeRunFolder, removeDeadRuns } from './run-folder.ts'
import { findSourceFile } from './source-file.ts'
import { addUpSpace, refuseTooLittleSpace } from './space.ts'

/** The copy, that from before the upgrade, and the one that is interrupted, each with a journal of it at most. */
const copiesOnDisk = 6

/** The copies of the checks take twelve times as much memory, and about a second for each megabyte. */
const mostBytes = 250_000_000

/** A private copy of a file, and what was seen in it. */
export interface PrivateCopy<Result> {
  /** The absolute path of the file. */
  readonly file: string
  /** The path of the copy, one file that no connection has open. */
  readonly copy: string
  /** How the paths of further private folders for this file begin, so that they are removed with that of the copy. */
  readonly pathBeginning: string
  readonly sizeBytes: number
  readonly seen: Result
  /** What may be left of other runs on the file, and was not removed. */
  readonly leftovers: readonly Leftover[]
  remove(): void
  [Symbol.dispose](): void
}

export interface PrivateCopyOptions<Result> {
  /** Looks at the copy. */
  readonly look: (connection: Connection) => Result
  readonly report?: CopyProgress
  /** Called with what removes the folder of the copy when it is made. */
  readonly onFolder?: (remove: () => void) => void
}

/**
 * Copies a database file, which is only read and may be in use, into a folder of this run among the temporary files. A link is
 * followed. What a killed run on the file left there is removed first.
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 * @throws {UpgradeRefusedError} when it is empty, damaged or too large, there is no room, or what is beside it is not of it
 * @throws whatever `look` throws
 */
export async function makePrivateCopy<Result>(
  given: string,
  { look, report = () => {}, onFolder = () => {} }: PrivateCopyOptions<Result>,
): Promise<PrivateCopy<Result>> {
  const file = findSourceFile(realPathOf(given))
  const nested = `${basename(file)}${runFolderInfix}`
  refuseLongName(file, join(tmpdir(), `${nested}XXXXXX`, `${nested}XXXXXX`, runFiles.snapshot))
  refuseLarge(file)
  const leftovers = removeDeadRuns(tmpdir(), file).filter(({ state }) => state === 'unknown')
  const folder = makeRunFolder(tmpdir(), file)
  onFolder(folder.remove)
  try {
    const copy = join(folder.path, basename(file))
    await copyWithOwnLog(file, () => copyDatabaseFile(file, copy, report))
    recoverSafely(copy, { origin: file, folder: folder.path }, () => null)
    refuseOtherLog(copy, file)
    const seen = settleCopy(copy, (database) => {
      refuseDamaged(database, file)
      return look(betterSqliteConnection(database))
    })
    return {
      file,
      copy,
      pathBeginning: join(folder.path, nested),
      sizeBytes: statSync(copy).size,
      seen,
      leftovers,
      remove: folder.remove,
      [Symbol.dispose]: folder.remove,
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}

/** The bytes of such a copy. */
export function readPrivateCopy(copy: string): Uint8Array {
  return readFileSync(copy)
}

function refuseLarge(file: string) {
  const found = statSync(file, { throwIfNoEntry: false })
  // What else is wrong with it is found when it is copied.
  if (found?.isFile() !== true) return
  if (found.size > mostBytes) {
    throw new UpgradeRefusedError('too-large', {
      where: file,
      expected: `a file of at most ${mostBytes} bytes, as each check upgrades copies of it in memory`,
      actual: `${found.size} bytes`,
      fix: 'prove its upgrade by `upgrade FILE --dry-run`, which works on disk',
    })
  }
  const bytes = found.size * copiesOnDisk
  refuseTooLittleSpace(file, addUpSpace([{ folder: tmpdir(), purpose: 'private copies', bytes }]))
}
