import { existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import {
  betterSqliteConnection,
  type Database,
  distrustSchema,
  openFile,
} from '../../engines/better-sqlite3.ts'
import { refuseLongName } from '../../engines/database-path.ts'
import { DatabaseOpenError } from '../../engines/errors.ts'
import { errorMessage } from '../../errors.ts'
import { errorCode } from '../../migrator/errors.ts'
import { explainOpenError } from '../../migrator/explain-open-error.ts'
import { BrokenJournalError } from '../../migrator/journal-structure.ts'
import { copyInOtherProcess } from '../../migrator/other-process.ts'
import type { Connection } from '../../sql/connection.ts'
import { recoverSafely } from '../../upgrade/recover-safely.ts'
import { refuseOtherLog } from '../../upgrade/refuse-foreign-log.ts'
import { runFiles, runPathOf } from '../../upgrade/run-files.ts'
import { makeRunFolder, type RunFolder, removeDeadRuns } from '../../upgrade/run-folder.ts'
import type { Seen } from './model.ts'
import { messageOf, refusalOf } from './model.ts'

/** Without the `-shm`, which SQLite makes from the log. */
const parts = ['', '-journal', '-wal']

/**
 * Reads a copy of a database and of what is beside it, in a private folder among the temporary files. The copy is
 * removed when the result is disposed of; what a killed run left of the same file is removed first.
 *
 * @throws {DatabaseOpenError} when the copy cannot be made, or is no usable database
 */
export function lookAtCopy<Result>(file: string, look: (connection: Connection) => Result): Seen<Result> {
  refuseLongName(file, runPathOf(join(tmpdir(), basename(file)), runFiles.inspected[0]))
  const folder = makeFolder(resolve(file))
  let database: Database.Database | null = null
  const dispose = () => {
    database?.close()
    folder.remove()
  }
  let refusal: Error | null = null
  const open = () => {
    const copy = copyParts(file, folder)
    refusal = refusalOf(() => refuseForeignSidecars(copy, file, folder.path))
    const cause = refusal?.cause
    if (cause instanceof BrokenJournalError && cause.namesOtherFile) throw refusal
    return openUntrusted(copy)
  }
  const again = <Other>(other: (connection: Connection) => Other): Other => {
    try {
      database ??= open()
      return other(betterSqliteConnection(database))
    } catch (error) {
      // What was refused is why the copy cannot be read.
      throw refusal ?? explainOpenError(file, error)
    }
  }
  try {
    const result = again(look)
    return { result, isCopy: true, refusal: messageOf(refusal), again, [Symbol.dispose]: dispose }
  } catch (error) {
    dispose()
    throw error
  }
}

/** As `upgrade` does, which tries a journal in a copy first. */
function refuseForeignSidecars(copy: string, origin: string, folder: string) {
  recoverSafely(copy, { origin, folder }, () => null)
  refuseOtherLog(copy, origin)
}

function openUntrusted(file: string): Database.Database {
  const database = openFile(file)
  distrustSchema(betterSqliteConnection(database))
  return database
}

function makeFolder(file: string): RunFolder {
  try {
    removeDeadRuns(tmpdir(), file)
    return makeRunFolder(tmpdir(), file)
  } catch (cause) {
    throw cannotCopy(`The folder of temporary files ${tmpdir()}`, 'one in which a copy can be made', cause)
  }
}

/** @returns the path of the copy, which is of one moment */
function copyParts(file: string, { path }: RunFolder): string {
  // A file that changes meanwhile is copied again.
  for (const name of runFiles.inspected) {
    const copy = join(path, name)
    const before = describeParts(file)
    try {
      for (const part of parts) if (existsSync(file + part)) copyInOtherProcess(file + part, copy + part)
    } catch (cause) {
      throw cannotCopy(file, `a file that can be copied to ${tmpdir()}`, cause)
    }
    if (describeParts(file) === before) return copy
  }
  throw new DatabaseOpenError('busy', {
    where: file,
    expected: 'a file that stays as it is while it is copied',
    actual: 'one that a process is writing to',
    fix: 'stop that process, or run it again later',
  })
}

function describeParts(file: string): string {
  return JSON.stringify(
    parts.map((part) => {
      const found = statSync(file + part, { bigint: true, throwIfNoEntry: false })
      return found === undefined ? null : [found.ino, found.size, found.mtimeNs, found.ctimeNs].map(String)
    }),
  )
}

function cannotCopy(where: string, expected: string, cause: unknown) {
  // Neither the file nor the folder is at fault.
  if (errorCode(cause) === 'EMFILE') return cause
  const actual = `the error '${errorCode(cause) ?? errorMessage(cause)}'`
  const fix = 'set TMPDIR to a folder with room for a copy of the file, and run it again'
  return new DatabaseOpenError('not-readable', { where, expected, actual, fix }, { cause })
}
