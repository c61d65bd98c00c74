import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { inspectFile } from '../../harness/migrator/inspect-file.ts'
import { makePrivateFolder } from '../../harness/snapshots/private-folder.ts'
import { betterSqliteConnection } from '../../harness/sql/better-sqlite.ts'
import type { Connection } from '../../harness/sql/connection.ts'

interface Seen<Result> {
  readonly result: Result
  /** Whether a copy was looked at. */
  readonly isCopy: boolean
}

/**
 * Lets a function read a database file that must exist, and changes no byte of it. Where SQLite would have to
 * finish a change first that a process left behind, it does so in a private copy.
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 */
export function lookAt<Result>(file: string, look: (connection: Connection) => Result): Seen<Result> {
  const seen = inspectFile(file, { mustExist: true, mustBeWritable: false }, (connection) => ({
    result: look(connection),
    isCopy: false,
  }))
  return seen ?? lookAtCopy(file, look)
}

function lookAtCopy<Result>(file: string, look: (connection: Connection) => Result): Seen<Result> {
  const folder = makePrivateFolder()
  try {
    const copy = join(folder.path, 'copy.db')
    for (const ending of ['', '-journal', '-wal']) {
      if (existsSync(file + ending)) copyFileSync(file + ending, copy + ending)
    }
    const connection = betterSqliteConnection(new Database(copy))
    try {
      return { result: look(connection), isCopy: true }
    } finally {
      connection.close()
    }
  } finally {
    folder.remove()
  }
}
