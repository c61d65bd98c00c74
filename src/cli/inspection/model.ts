import type { Difference } from '../../harness/schema/difference.ts'

/** What a database file is and holds. Of its rows it tells their number, never what is in them. */
export interface Inspection {
  readonly file: string
  readonly sizeBytes: number
  readonly version: number
  /** The latest version that the suite knows. */
  readonly latestVersion: number
  /** The form of its version, as the suite's snapshots name it; `newer` for a version that is not known. */
  readonly form: string
  readonly tables: readonly InspectedTable[]
  /** What its schema was compared with; null where the suite knows nothing of its version. */
  readonly comparedWith: string | null
  /** Where its schema is not what its version says. */
  readonly differences: readonly Difference[]
  /** Objects that its version does not know: a person's own. An upgrade keeps them. */
  readonly extras: readonly Difference[]
  /** Whether a copy was inspected, because the file was left in the middle of a change. */
  readonly isCopy: boolean
}

export interface InspectedTable {
  readonly name: string
  /** Null where the rows cannot be counted: the module of a virtual table is not there. */
  readonly rows: number | null
  /** Those of CREATE INDEX; a constraint's own are not listed. */
  readonly indexes: readonly InspectedIndex[]
}

export interface InspectedIndex {
  readonly name: string
  /** In order, such as `indexed_at DESC`. */
  readonly columns: readonly string[]
}
