/** The error of better-sqlite3, as tools expect it. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError'
  /** The name of SQLite's extended result code. */
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}
