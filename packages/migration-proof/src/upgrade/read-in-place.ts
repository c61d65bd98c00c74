import { DatabaseOpenError } from '../engines/open-errors.ts'
import { errorCode } from '../migrator/errors.ts'
import { type InspectFileOptions, inspectFile } from '../migrator/inspect-file.ts'
import type { Connection } from '../sql/connection.ts'

/**
 * What `inspectFile` returns, and null as well where SQLite can read the file only in a copy: one in WAL mode, in a folder
 * that this user, or no one, can write, when no process holds its `-shm` ready.
 * See https://www.sqlite.org/wal.html#read_only_databases
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 */
export function readInPlace<Result>(
  path: string,
  options: InspectFileOptions,
  look: (connection: Connection) => Result,
): Result | null {
  try {
    return inspectFile(path, options, look)
  } catch (error) {
    if (!options.mustBeWritable && lacksSharedMemory(error)) return null
    throw error
  }
}

function lacksSharedMemory(error: unknown): boolean {
  const code = error instanceof DatabaseOpenError ? errorCode(error.cause) : errorCode(error)
  return ['SQLITE_CANTOPEN', 'SQLITE_READONLY'].some((prefix) => code?.startsWith(prefix) === true)
}
