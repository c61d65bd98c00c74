import type { EngineName } from '../engines/engine-names.ts'

/** Something that an engine does otherwise than better-sqlite3, and why that is accepted. An unused one is a failure. */
export interface DeviationDeclaration {
  /** The engine; left out for any. */
  readonly engine?: EngineName
  /** The first version of SQLite that no longer deviates; left out where every version does. */
  readonly before?: string
  /** The code of the problem, as it is printed. */
  readonly check: string
  /** The object, as it is printed: `table note`. */
  readonly object: string
  /** What the engine does, or a part of it. */
  readonly actual: string
  readonly reason: string
}
