import type { Connection, SqlRow } from '../sql/connection.ts'

/** An engine that opens whole files. */
export interface Engine {
  /** What it is and where it comes from, as reports show it. */
  readonly name: string
  /** Opens a private copy of a file; an empty one where there are no bytes. */
  open(file: Uint8Array): EngineFile
}

/** A file that an engine has opened. */
export interface EngineFile {
  readonly connection: Connection
  /**
   * Of an engine that takes a transaction only as a whole: runs statements as one, and returns the rows of each.
   *
   * @param isTransaction whether they are one transaction; false for a single statement outside of any
   * @throws {Error} with the `index` of the statement that failed; null where the end of the transaction did
   */
  runBatch?(statements: readonly string[], isTransaction: boolean): SqlRow[][]
  /** Closes the connection and returns the bytes of the file as the engine left it. */
  save(): Uint8Array
  [Symbol.dispose](): void
}
