/** A value that SQLite stores. Integers are read as `bigint`, so that 2^53 + 1 keeps its value. */
export type SqlValue = null | bigint | number | string | Uint8Array

/** One row, by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>

/**
 * Everything that the harness needs from an engine. It is narrow on purpose, so that better-sqlite3, SQLite's WASM build
 * and any other synchronous binding can implement it.
 *
 * Every method throws an `Error` whose `code` is the name of SQLite's extended result code, such as
 * `SQLITE_CONSTRAINT_NOTNULL` (https://www.sqlite.org/rescode.html), when the engine refuses.
 */
export interface Connection {
  /** Runs one or more statements and discards the rows that they return. */
  exec(sql: string): void
  /**
   * Runs exactly one statement and returns its rows; none for a statement that returns none.
   * A JavaScript number is bound as REAL, a bigint as INTEGER.
   */
  all(sql: string, parameters?: readonly SqlValue[]): SqlRow[]
  /** Whether a transaction is open, as the engine sees it: it may have rolled back by itself. */
  readonly inTransaction: boolean
  /** Opens a new, empty in-memory database on the same engine. The caller closes it. */
  openMemory(): Connection
  close(): void
}
