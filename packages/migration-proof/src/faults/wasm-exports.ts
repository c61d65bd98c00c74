/**
 * The C functions of SQLite's WASM build that run for each row. The build also wraps them for JavaScript, but
 * the wrappers convert and check arguments that are numbers already, which takes most of the time.
 */
export interface RowFunctions {
  sqlite3_step(statement: number): number
  sqlite3_column_count(statement: number): number
  sqlite3_column_type(statement: number, place: number): number
  sqlite3_column_int64(statement: number, place: number): bigint
  sqlite3_column_double(statement: number, place: number): number
  /** The address of a text or blob; of a number, the address of its text. */
  sqlite3_column_blob(statement: number, place: number): number
  sqlite3_column_bytes(statement: number, place: number): number
}
