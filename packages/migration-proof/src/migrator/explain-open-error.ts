import { statSync } from 'node:fs'
import { ifNameable } from '../engines/database-path.ts'
import { DatabaseOpenError, findDescriptorError, type OpenFailure } from '../engines/errors.ts'
import { errorMessage } from '../errors.ts'
import { errorCode } from './errors.ts'
import { looksRandom, parseHeader } from './journal-structure.ts'
import { OtherProcessError, readStartInOtherProcess } from './other-process.ts'

const startBytes = 4096

// https://www.sqlite.org/fileformat2.html#file_format_version_numbers
const readVersionOffset = 19
const lastReadVersion = 2

/** Turns SQLite's error about a file that it cannot use into a refusal; returns any other error as it is. */
export function explainOpenError(path: string, error: unknown): unknown {
  const code = errorCode(error)
  if (code === null) return error
  if (!code.startsWith('SQLITE_')) return explainEngineError(path, error)
  if (code === 'SQLITE_ERROR' && errorMessage(error) === 'unsupported file format') {
    const expected = 'a file format that this SQLite reads'
    const fix = 'open it with the newer SQLite that made it'
    return refusal('newer-format', path, expected, 'a newer one', fix, { cause: error })
  }
  const failure = failures.find(([prefix]) => code.startsWith(prefix))
  if (failure === undefined) return error
  const [, reason, expected, fix] = failure
  // It names the object that SQLite cannot read.
  const isMalformed = errorMessage(error).startsWith('malformed database schema')
  const actual = isMalformed ? `'${errorMessage(error)}'` : `the error '${code}'`
  return refusal(reason, path, expected, actual, fix, { cause: error })
}

/** An engine that cannot be loaded is no fault of the file, unless no descriptor was free. */
function explainEngineError(path: string, error: unknown): unknown {
  const cause = findDescriptorError()
  if (cause === null) return error
  const actual = `the error '${errorCode(cause) ?? errorMessage(cause)}'`
  const fix = 'check how many files the process may open'
  return refusal('not-readable', path, 'a file that can be read', actual, fix, { cause })
}

const failures: readonly (readonly [string, OpenFailure, string, string])[] = [
  ['SQLITE_NOTADB', 'not-a-database', 'an SQLite database', 'check the path; the file was not changed'],
  ['SQLITE_CORRUPT', 'damaged', 'a whole SQLite database', 'restore it from a backup'],
  ['SQLITE_BUSY', 'busy', 'a file that no process holds', 'stop the process that holds it'],
  ['SQLITE_CANTOPEN', 'not-readable', 'a file that SQLite can open', 'check its permissions and its folder'],
  ['SQLITE_IOERR', 'not-readable', 'a disk that can be read', 'check the disk'],
]

/**
 * The same, and where SQLite found a file to be no database, or damaged, what else its first bytes say: that it is
 * encrypted, of another kind, or has lost its end.
 */
export function explainByStart(path: string, error: unknown): unknown {
  const code = errorCode(error) ?? ''
  if (!['SQLITE_NOTADB', 'SQLITE_CORRUPT'].some((prefix) => code.startsWith(prefix)))
    return explainOpenError(path, error)
  return judgeStart(path, error) ?? explainOpenError(path, error)
}

/**
 * Why the first bytes of a file show that it cannot be opened; null if they do not. They are read by another process: closing a
 * descriptor in this one would drop the locks of all connections that it has to the file.
 */
export function judgeStart(path: string, cause?: unknown): DatabaseOpenError | null {
  const start = readStart(path)
  if (start === null) return null
  const options = cause === undefined ? {} : { cause }
  const header = parseHeader(start)
  if (header === null) {
    const fix = 'check the path; the file was not changed'
    const [reason, expected, actual] = looksRandom(start)
      ? (['encrypted', 'a plain SQLite database', 'an encrypted or compressed file'] as const)
      : (['not-a-database', 'an SQLite database', 'a file of another kind'] as const)
    return refusal(reason, path, expected, actual, fix, options)
  }
  if ((start[readVersionOffset] ?? 0) > lastReadVersion) {
    const found = `one of read version ${start[readVersionOffset]}`
    const fix = 'open it with the newer SQLite that made it; the file was not changed'
    return refusal('newer-format', path, 'a file format that this SQLite reads', found, fix, options)
  }
  const [size, expectedSize] = [sizeOf(path), (header.pageCount ?? 0) * header.pageSizeBytes]
  // While a write-ahead log is there, the missing pages may be in it, and SQLite puts them back.
  if (size >= expectedSize || sizeOf(`${path}-wal`) > 0) return null
  const fix = 'restore it from a backup, or copy it again'
  const expected = `${expectedSize} bytes as its header says`
  return refusal('truncated', path, expected, `${size} bytes`, fix, options)
}

function readStart(path: string): Buffer | null {
  try {
    return readStartInOtherProcess(path, startBytes)
  } catch (error) {
    // What SQLite said of the file is reason enough.
    if (error instanceof OtherProcessError) return null
    throw error
  }
}

export function refusal(
  reason: OpenFailure,
  where: string,
  expected: string,
  actual: string,
  fix: string,
  options?: ErrorOptions,
) {
  return new DatabaseOpenError(reason, { where, expected, actual, fix }, options)
}

/** The size of a file in bytes; 0 where no file is. */
export function sizeOf(path: string): number {
  return ifNameable(() => statSync(path, { throwIfNoEntry: false }))?.size ?? 0
}
