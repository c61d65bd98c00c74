import { findShadows, readVirtualTables } from '../schema/shadow.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'

/**
 * The tables that hold rows of their own: not SQLite's, not virtual ones, and not the shadow tables that
 * belong to those. See https://www.sqlite.org/vtab.html#the_xshadowname_method
 */
export function ordinaryTables(connection: Connection): string[] {
  const tables = connection.all(
    "SELECT type, name, sql, rootpage FROM sqlite_schema WHERE type = 'table' ORDER BY rowid",
  )
  const shadows = findShadows(tables)
  return tables
    .filter(({ rootpage }) => rootpage !== 0n)
    .map(({ name }) => String(name))
    .filter((name) => !foldName(name).startsWith('sqlite_') && !shadows.has(foldName(name)))
}

/** The virtual tables, such as those of full-text search. */
export function virtualTables(connection: Connection): string[] {
  return connection
    .all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage = 0`)
    .map(({ name }) => String(name))
}

/** The first virtual table whose rows cannot be written out. */
export function undumpableTable(connection: Connection): string | undefined {
  const readable = readVirtualTables(connection).map(({ name }) => name)
  return virtualTables(connection).find((name) => !readable.includes(name))
}
