import type { Connection } from '../sql/connection.ts'

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
  /** Closes the connection and returns the bytes of the file as the engine left it. */
  save(): Uint8Array
  [Symbol.dispose](): void
}
