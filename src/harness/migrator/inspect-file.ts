import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { errorMessage } from '../errors.ts'
import { betterSqliteConnection } from '../sql/better-sqlite.ts'
import type { Connection } from '../sql/connection.ts'
import { errorCode } from './errors.ts'
import { looksRandom, parseHeader, readStart } from './file-header.ts'
import { DatabaseOpenError, type OpenFailure } from './open-errors.ts'

export interface InspectFileOptions {
  /** Refuse a path where no file is. */
  readonly mustExist: boolean
  /** Refuse a file or folder that cannot be written. */
  readonly mustBeWritable: boolean
}

const startBytes = 4096

/**
 * Looks whether a file is a database that can be opened, by its header and by a read-only connection. It
 * changes no byte of the file; in WAL mode a read-only connection may leave a `-wal` and a `-shm` beside it.
 *
 * @param look what else to read while the read-only connection is open
 * @returns what `look` returned; null where there is nothing to look at yet (a new file), or where SQLite
 *   must first roll back a hot journal, which a read-only connection cannot do
 * @throws {DatabaseOpenError} when the file is no usable database
 */
export function inspectFile<Result>(
  path: string,
  { mustExist, mustBeWritable }: InspectFileOptions,
  look: (connection: Connection) => Result,
): Result | null {
  const size = measureFile(path, mustExist)
  if (mustBeWritable) refuseUnwritable(path, size !== null)
  if (size === null || size === 0) return null
  // Pages of a transaction that was cut off may stand in the file until its journal is rolled back.
  if (hasJournal(path)) return null
  refuseBadHeader(path, size)
  return lookReadOnly(path, look)
}

/** The size of a file in bytes; null where no file is, and none must be. */
function measureFile(path: string, mustExist: boolean): number | null {
  const file = statSync(path, { throwIfNoEntry: false })
  if (file === undefined) {
    if (sizeOf(`${path}-wal`) > 0) {
      const found = 'only its write-ahead log'
      throw refusal('orphaned-wal', path, 'a database file', found, 'put the two files together again')
    }
    if (mustExist) throw refusal('missing', path, 'a database file', 'no file', 'check the path')
    return null
  }
  if (file.isDirectory()) throw refusal('directory', path, 'a database file', 'a folder', 'name a file in it')
  if (!file.isFile())
    throw refusal('not-a-file', path, 'a regular file', 'a device or pipe', 'check the path')
  if (!isAllowed(path, constants.R_OK)) {
    throw refusal('not-readable', path, 'a file that can be read', 'no permission', 'run as its owner')
  }
  return file.size
}

function refuseUnwritable(path: string, exists: boolean) {
  const remedy = 'run as its owner, or move it to a disk that can be written'
  if (exists && !isAllowed(path, constants.W_OK)) {
    throw refusal('not-writable', path, 'a file that can be written', 'one that can only be read', remedy)
  }
  const folder = dirname(path)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw refusal(
      'missing',
      path,
      `the folder ${folder}`,
      'no such folder',
      'make the folder, or check the path',
    )
  }
  if (isAllowed(folder, constants.W_OK)) return
  // SQLite makes the journal or the write-ahead log beside the file.
  throw refusal('not-writable', path, `a folder that can be written`, `that ${folder} cannot`, remedy)
}

function refuseBadHeader(path: string, size: number) {
  const start = readStartOf(path, path, startBytes)
  const header = parseHeader(start)
  if (header === null) {
    const remedy = 'check the path; the file was not changed'
    if (looksRandom(start)) {
      throw refusal('encrypted', path, 'a plain SQLite database', 'an encrypted or compressed file', remedy)
    }
    throw refusal('not-a-database', path, 'an SQLite database', 'a file of another kind', remedy)
  }
  const expectedSize = (header.pageCount ?? 0) * header.pageSizeBytes
  // While a write-ahead log is there, the missing pages may be in it, and SQLite puts them back.
  if (size >= expectedSize || sizeOf(`${path}-wal`) > 0) return
  const remedy = 'restore it from a backup, or copy it again'
  throw refusal('truncated', path, `${expectedSize} bytes as its header says`, `${size} bytes`, remedy)
}

function lookReadOnly<Result>(path: string, look: (connection: Connection) => Result): Result | null {
  const connection = betterSqliteConnection(new Database(path, { readonly: true }))
  try {
    connection.all('SELECT count(*) FROM sqlite_schema')
    return look(connection)
  } catch (error) {
    if (needsRecovery(error)) return null
    throw explainOpenError(path, error)
  } finally {
    connection.close()
  }
}

function needsRecovery(error: unknown): boolean {
  const codes = ['SQLITE_READONLY_ROLLBACK', 'SQLITE_READONLY_RECOVERY', 'SQLITE_READONLY_CANTINIT']
  return codes.includes(errorCode(error) ?? '')
}

/** What SQLite says when it cannot use a file, as a refusal; any other error as it is. */
export function explainOpenError(path: string, error: unknown): unknown {
  const code = errorCode(error)
  if (code === null) return error
  const failure = failures.find(([prefix]) => code.startsWith(prefix))
  if (failure === undefined) return error
  const [, reason, expected, remedy] = failure
  return refusal(reason, path, expected, `the error '${code}'`, remedy, { cause: error })
}

const failures: readonly (readonly [string, OpenFailure, string, string])[] = [
  ['SQLITE_NOTADB', 'not-a-database', 'an SQLite database', 'check the path; the file was not changed'],
  ['SQLITE_CORRUPT', 'damaged', 'a whole SQLite database', 'restore it from a backup'],
  ['SQLITE_BUSY', 'busy', 'a file that no process holds', 'stop the process that holds it'],
  ['SQLITE_CANTOPEN', 'not-readable', 'a file that SQLite can open', 'check its permissions and its folder'],
  ['SQLITE_IOERR', 'not-readable', 'a disk that can be read', 'check the disk'],
]

function refusal(
  reason: OpenFailure,
  where: string,
  expected: string,
  actual: string,
  remedy: string,
  options?: ErrorOptions,
) {
  return new DatabaseOpenError(reason, { where, expected, actual, remedy }, options)
}

/** https://www.sqlite.org/fileformat2.html#the_rollback_journal */
const journalMagic = Buffer.from('d9d505f920a163d7', 'hex')

function hasJournal(path: string): boolean {
  const journal = `${path}-journal`
  return sizeOf(journal) > 0 && readStartOf(path, journal, journalMagic.length).equals(journalMagic)
}

/** The first bytes of a file that belongs to the database. */
function readStartOf(path: string, file: string, length: number): Buffer {
  try {
    return readStart(file, length)
  } catch (cause) {
    const remedy = 'check the disk, and how many files the process may open'
    const actual = `the error '${errorCode(cause) ?? errorMessage(cause)}'`
    throw refusal('not-readable', path, 'a file that can be read', actual, remedy, { cause })
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
