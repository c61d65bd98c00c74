import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { betterSqliteConnection, distrustSchema, openFile } from '../engines/better-sqlite3.ts'
import { ifNameable, refuseReplacedBytes } from '../engines/database-path.ts'
import { DatabaseOpenError } from '../engines/errors.ts'
import type { Diagnosis } from '../errors.ts'
import type { Connection } from '../sql/connection.ts'
import { errorCode } from './errors.ts'
import { explainByStart, judgeStart, refusal, sizeOf } from './explain-open-error.ts'
import { readConsistently } from './transaction.ts'

export interface InspectFileOptions {
  /** Refuse a path where no file is. */
  readonly mustExist: boolean
  /** Refuse a file or folder that cannot be written. */
  readonly mustBeWritable: boolean
}

/**
 * Checks whether a file is a database that can be opened, through a read-only connection: this process may have the
 * file open already, and only descriptors of SQLite itself keep its locks. It changes no byte of the file; in WAL mode
 * a read-only connection may leave a `-wal` and a `-shm` beside it.
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
  return size === null || size === 0 ? null : lookReadOnly(path, look)
}

/** The size of a file in bytes; null where no file is, and none must be. */
function measureFile(path: string, mustExist: boolean): number | null {
  const file = statSync(path, { throwIfNoEntry: false })
  if (file === undefined) {
    if (sizeOf(`${path}-wal`) > 0) {
      const found = 'only its write-ahead log'
      throw refusal('orphaned-wal', path, 'a database file', found, 'put the two files together again')
    }
    refuseReplacedBytes(path)
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

/**
 * Refuses a file, or the folder of one, that this user cannot write.
 *
 * @throws {DatabaseOpenError}
 */
export function refuseUnwritable(path: string, exists: boolean): void {
  const fix = 'run as its owner, or move it to a disk that can be written'
  if (exists && !isAllowed(path, constants.W_OK)) {
    throw refusal('not-writable', path, 'a file that can be written', 'one that can only be read', fix)
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
  throw refusal('not-writable', path, `a folder that can be written`, `that ${folder} cannot`, fix)
}

function lookReadOnly<Result>(path: string, look: (connection: Connection) => Result): Result | null {
  let connection: Connection | null = null
  try {
    connection = betterSqliteConnection(openFile(path, { readonly: true }))
    distrustSchema(connection)
    refuseTruncated(path, connection)
    return look(connection)
  } catch (error) {
    refuseOddSidecar(path, error)
    // Pages of a transaction that was cut off stand in the file until its journal is rolled back.
    if (needsRecovery(error)) return null
    throw explainByStart(path, error)
  } finally {
    connection?.close()
  }
}

/** SQLite could open, read or write no file beside the database. */
function refuseOddSidecar(path: string, error: unknown) {
  if (!/^SQLITE_(CANTOPEN|IOERR|READONLY)/.test(errorCode(error) ?? '')) return
  const odd = findOddSidecar(path)
  if (odd !== null) throw new DatabaseOpenError('not-a-file', odd)
}

/** SQLite itself takes a last page that lacks some bytes for whole. The lock of a reader keeps the size as it is. */
function refuseTruncated(path: string, connection: Connection) {
  const isShort = readConsistently(connection, () => {
    connection.all('SELECT count(*) FROM sqlite_schema')
    const [pages, pageBytes] = [readPragma(connection, 'page_count'), readPragma(connection, 'page_size')]
    // Pages at the end may be in a write-ahead log alone.
    return pages * pageBytes > sizeOf(path) && sizeOf(`${path}-wal`) === 0
  })
  const found = isShort ? judgeStart(path) : null
  if (found !== null) throw found
}

function readPragma(connection: Connection, name: string): number {
  return Number(Object.values(connection.all(`PRAGMA main.${name}`)[0] ?? {})[0])
}

function needsRecovery(error: unknown): boolean {
  const codes = ['SQLITE_READONLY_ROLLBACK', 'SQLITE_READONLY_RECOVERY', 'SQLITE_READONLY_CANTINIT']
  return codes.includes(errorCode(error) ?? '')
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

/**
 * What SQLite cannot use under a name that it gives to a file beside a database, such as a folder or a link; null for
 * nothing. SQLite itself calls it an error of the disk.
 */
export function findOddSidecar(path: string): Diagnosis | null {
  for (const where of ['-journal', '-wal'].map((ending) => path + ending)) {
    const found = ifNameable(() => lstatSync(where, { throwIfNoEntry: false }))
    if (found === undefined || found.isFile()) continue
    const fix = found.isSymbolicLink()
      ? 'replace it with the file that it leads to, if that file belongs to this database, or move the link away'
      : 'move it away: SQLite uses that name for a file of its own'
    return { where, expected: 'a regular file, or none', actual: describeOdd(found), fix }
  }
  return null
}

function describeOdd(found: Stats): string {
  if (found.isSymbolicLink()) return 'a symbolic link'
  return found.isDirectory() ? 'a folder' : 'a device or pipe'
}
