import { join } from 'node:path'
import { betterSqliteConnection, type Database, openFile } from '../../engines/better-sqlite3.ts'
import type { Connection } from '../../sql/connection.ts'
import { writePrivately } from '../open.ts'

/** A database file in a condition that files in the field are found in. */
export interface ConditionedFile {
  readonly path: string
  /** The tables, indexes and triggers that a person added; no version makes them. */
  readonly ownObjects: readonly string[]
  /** The tables of the snapshot that were given more rows, and how many. */
  readonly addedRows: ReadonlyMap<string, number>
}

/** A file that holds the snapshot and nothing else. */
export function unchangedContent(file: string): ConditionedFile {
  return { path: file, ownObjects: [], addedRows: new Map() }
}

/**
 * Writes a copy of the snapshot and does something to it over one connection, which is closed afterwards.
 *
 * @returns the path of the copy
 */
export function changeCopy(
  bytes: Uint8Array,
  folder: string,
  name: string,
  change: (connection: Connection, database: Database.Database) => void,
): string {
  const file = join(folder, `${name}.db`)
  writePrivately(file, bytes)
  const database = openFile(file)
  try {
    change(betterSqliteConnection(database), database)
    return file
  } finally {
    database.close()
  }
}
