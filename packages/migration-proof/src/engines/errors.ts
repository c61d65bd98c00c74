import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import { DiagnosedError, type Diagnosis, errorMessage } from '../errors.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'

/** Why a file could not be opened as a database. */
export type OpenFailure =
  | 'name'
  | 'missing'
  | 'directory'
  | 'not-a-file'
  | 'not-readable'
  | 'not-writable'
  | 'not-a-database'
  | 'newer-format'
  | 'untrusted-schema'
  | 'encrypted'
  | 'truncated'
  | 'damaged'
  | 'busy'
  | 'orphaned-wal'
  | 'journal'
  | 'setting-refused'

/** Thrown when a file is no usable database. The file was not changed. */
export class DatabaseOpenError extends DiagnosedError {
  override readonly name = 'DatabaseOpenError'
  readonly reason: OpenFailure

  constructor(reason: OpenFailure, diagnosis: Diagnosis, options?: ErrorOptions) {
    super(diagnosis, options)
    this.reason = reason
  }
}

/** An error of an engine, with the extended result code that a connection must give. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  /** See https://www.sqlite.org/rescode.html */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const codes: readonly (readonly [RegExp, string])[] = [
  [/^NOT NULL constraint failed/, 'SQLITE_CONSTRAINT_NOTNULL'],
  [/^CHECK constraint failed/, 'SQLITE_CONSTRAINT_CHECK'],
  [/^(?:immediate )?foreign key constraint failed/i, 'SQLITE_CONSTRAINT_FOREIGNKEY'],
  [/^cannot store \w+ value in \w+ column/, 'SQLITE_CONSTRAINT_DATATYPE'],
  [/^datatype mismatch/, 'SQLITE_MISMATCH'],
  [/^database is locked/, 'SQLITE_BUSY'],
  [/^attempt to write a readonly database/, 'SQLITE_READONLY'],
  [/^unable to open database file/, 'SQLITE_CANTOPEN'],
  [/^database or disk is full/, 'SQLITE_FULL'],
  [/^database disk image is malformed/, 'SQLITE_CORRUPT'],
  [/^file is not a database/, 'SQLITE_NOTADB'],
  [/^disk I\/O error/, 'SQLITE_IOERR'],
  [/\(19\)$/, 'SQLITE_CONSTRAINT'],
]

/**
 * Finds the code of an error from its message: a sqlite3 shell prints no code.
 *
 * @param connection the connection that failed, to look up which columns are the key
 */
export function toEngineError(error: unknown, connection: Connection): EngineError {
  const message = errorMessage(error)
  const columns = /^UNIQUE constraint failed: (.*?)(?: \(\d+\))?$/.exec(message)?.[1]
  if (columns !== undefined)
    return new EngineError(uniquenessCode(connection, failedColumns(columns)), message)
  const code = codes.find(([pattern]) => pattern.test(message))?.[1]
  return new EngineError(code ?? 'SQLITE_ERROR', message)
}

/** `t.a, t.b` as SQLite names them, or `t.(a, b)` as Turso does. */
function failedColumns(text: string): string[] {
  const [, table, names] = /^(.+)\.\((.+)\)$/.exec(text) ?? []
  return names === undefined ? text.split(', ') : names.split(', ').map((name) => `${table}.${name}`)
}

/** A primary key and any other unique columns fail with the same words. */
function uniquenessCode(connection: Connection, failed: readonly string[]): string {
  const table = failed[0]?.split('.')[0] ?? ''
  const key = connection
    .all(`PRAGMA table_info(${quoteName(table)})`)
    .filter(({ pk }) => pk !== 0n)
    .map(({ name }) => `${table}.${name}`)
  const isKey = key.map(foldName).sort().join() === failed.map(foldName).sort().join()
  return isKey ? 'SQLITE_CONSTRAINT_PRIMARYKEY' : 'SQLITE_CONSTRAINT_UNIQUE'
}

/**
 * The system's error when this process may open no more files; null while it may. Before the first connection of a
 * process, its engine cannot be loaded then, and is reported as if it were not installed.
 */
export function findDescriptorError(): unknown {
  try {
    closeSync(openSync(devNull, 'r'))
    return null
  } catch (error) {
    return error
  }
}
