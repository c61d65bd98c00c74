import type { Connection } from '../../sql/connection.ts'

/** What was seen in a database file, which can be looked at again until it is disposed of. */
export interface Seen<Result> {
  readonly result: Result
  /** Whether a copy was looked at. */
  readonly isCopy: boolean
  /** Why an upgrade refuses what lies beside the file; null where it does not. */
  readonly refusal: string | null
  again<Other>(look: (connection: Connection) => Other): Other
  [Symbol.dispose](): void
}
