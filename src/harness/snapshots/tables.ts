import type { Connection } from '../sql/connection.ts'

/**
 * The tables that hold rows of their own: not SQLite's, not virtual ones, and not the shadow tables that
 * belong to those. See https://www.sqlite.org/vtab.html#the_xshadowname_method
 */
export function ordinaryTables(connection: Connection): string[] {
  const tables = connection.all(
    `SELECT name, rootpage FROM sqlite_schema
     WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid`,
  )
  const virtual = tables.filter(({ rootpage }) => rootpage === 0n).map(({ name }) => `${name}_`)
  return tables
    .filter(({ rootpage }) => rootpage !== 0n)
    .map(({ name }) => String(name))
    .filter((name) => !virtual.some((prefix) => name.startsWith(prefix)))
}

/** The virtual tables, such as those of full-text search. */
export function virtualTables(connection: Connection): string[] {
  return connection
    .all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage = 0`)
    .map(({ name }) => String(name))
}
