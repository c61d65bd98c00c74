import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { checkIntegrity } from '../checks/integrity.ts'
import { betterSqliteConnection, distrustSchema, openFile } from '../engines/better-sqlite3.ts'
import { errorCode } from '../migrator/errors.ts'
import { sizeOf } from '../migrator/explain-open-error.ts'
import { compareHeaders, comparePages } from '../migrator/foreign-journal.ts'
import {
  BrokenJournalError,
  finishTogether,
  type Journal,
  readJournalStructure,
} from '../migrator/journal-structure.ts'
import { copyInOtherProcess, readStartInOtherProcess } from '../migrator/other-process.ts'
import type { Connection } from '../sql/connection.ts'
import { UpgradeRefusedError } from './errors.ts'
import { openExclusively } from './exclusive.ts'
import { runFiles } from './run-files.ts'
import { makeRunFolder } from './run-folder.ts'
import { addUpSpace, type FreeSpace, freeBytesOf, refuseTooLittleSpace } from './space.ts'
import { withCleanUp } from './with-clean-up.ts'

export interface Recovery {
  /** The file that errors name; the file itself by default. */
  readonly origin?: string
  /** The folder for the copy in which the journal is tried first; it must exist. */
  readonly folder: string
  readonly busyTimeoutMilliseconds?: number | undefined
  readonly freeSpace?: FreeSpace | undefined
  /** Called with the folder of the copy when it is made. */
  readonly onFolder?: (folder: string) => void
}

/**
 * Lets SQLite take back a change that a process left unfinished when it ended, by the rollback journal beside the
 * file. SQLite uses any journal with that name, also a truncated one or one of another database, and destroys the file with
 * it: https://www.sqlite.org/howtocorrupt.html (1.4). Therefore it does so in a copy first, and in the file only when
 * that proved that the journal is whole and of this file.
 *
 * @param look what else must succeed on the copy before the file is touched; what it throws leaves all as it was
 * @returns what `look` returned; null where there is nothing to take back
 * @throws {UpgradeRefusedError} when the journal is not whole, or not of this file
 */
export function recoverSafely<Result>(
  path: string,
  recovery: Recovery,
  look: (connection: Connection) => Result,
): Result | null {
  if (!hasHotJournal(path)) return null
  const { origin = path, folder, freeSpace = freeBytesOf, busyTimeoutMilliseconds } = recovery
  const bytes = statSync(path).size + sizeOf(`${path}-journal`)
  const purpose = 'a copy in which the unfinished change is taken back first'
  refuseTooLittleSpace(origin, addUpSpace([{ folder, purpose, bytes }], freeSpace))
  const runFolder = makeRunFolder(folder, path)
  recovery.onFolder?.(runFolder.path)
  let seen: Result
  try {
    seen = withCleanUp(
      () => tryInCopy(path, join(runFolder.path, runFiles.tried), origin, look),
      runFolder.remove,
    )
  } catch (error) {
    // Another process has opened the file while it was copied, and SQLite has taken the change back there.
    if (!hasHotJournal(path)) return null
    throw error
  }
  openExclusively(path, busyTimeoutMilliseconds).close()
  return seen
}

/** Only SQLite knows whether a journal is left over or in use. A read-only connection rolls nothing back. */
function hasHotJournal(path: string): boolean {
  if (sizeOf(`${path}-journal`) === 0) return false
  const database = openFile(path, { readonly: true, fileMustExist: true })
  try {
    database.exec('SELECT count(*) FROM sqlite_schema')
    return false
  } catch (error) {
    return errorCode(error) === 'SQLITE_READONLY_ROLLBACK'
  } finally {
    database.close()
  }
}

function tryInCopy<Result>(
  path: string,
  copy: string,
  origin: string,
  look: (connection: Connection) => Result,
): Result {
  if (sizeOf(`${path}-wal`) > 0)
    throw notOfThisFile(origin, 'a rollback journal and a write-ahead log beside it')
  copyInOtherProcess(path, copy)
  copyInOtherProcess(`${path}-journal`, `${copy}-journal`)
  const journal = readStructure(origin, `${copy}-journal`)
  const before = readHeader(copy)
  const otherPages = comparePages(before, journal)
  if (otherPages !== null) throw notOfThisFile(origin, otherPages)
  const seen = lookAtRecovered(origin, copy, look)
  const otherChange = compareHeaders(before, readHeader(copy), journal, statSync(copy).size)
  if (otherChange !== null) throw notOfThisFile(origin, otherChange)
  return seen
}

function readStructure(path: string, journal: string): Journal {
  try {
    return readJournalStructure(journal)
  } catch (error) {
    throw error instanceof BrokenJournalError ? notOfThisFile(path, error.message, error) : error
  }
}

function lookAtRecovered<Result>(
  path: string,
  copy: string,
  look: (connection: Connection) => Result,
): Result {
  const database = openFile(copy, { fileMustExist: true })
  try {
    distrustSchema(betterSqliteConnection(database))
    const connection = betterSqliteConnection(database)
    const [damage] = checkIntegrity(connection)
    if (damage !== undefined) throw notOfThisFile(path, `one after which integrity_check says '${damage}'`)
    return look(connection)
  } catch (error) {
    const code = errorCode(error) ?? ''
    const isDamage = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'].some((prefix) => code.startsWith(prefix))
    throw isDamage ? notOfThisFile(path, `one after which SQLite says '${code}'`, error) : error
  } finally {
    database.close()
  }
}

function readHeader(copy: string): Buffer {
  return readStartInOtherProcess(copy, 100)
}

function notOfThisFile(path: string, actual: string, cause?: unknown) {
  const namesOtherFile = cause instanceof BrokenJournalError && cause.namesOtherFile
  return new UpgradeRefusedError(
    'journal',
    {
      where: `${path}-journal`,
      expected: `a whole rollback journal of ${basename(path)}, with which SQLite can take back what a process left unfinished`,
      actual,
      fix: namesOtherFile
        ? finishTogether
        : 'nothing was changed: find the journal that belongs to the file, or restore the file from a backup, and keep a copy of both',
    },
    { cause },
  )
}
