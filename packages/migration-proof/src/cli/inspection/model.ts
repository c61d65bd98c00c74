import type { Difference } from '../../schema/difference.ts'
import type { Leftover } from '../../upgrade/run-folder.ts'

/** What a database file is and holds. Of its rows it tells their number, never what is in them. */
export interface Inspection {
  readonly file: string
  readonly sizeBytes: number
  /** Null for another application's database whose versions are none of the subject's. */
  readonly version: number | null
  /** The version to the last digit, where a number cannot hold it. */
  readonly exactVersion?: string
  /** The latest version that the suite knows. */
  readonly latestVersion: number
  /**
   * The form of its version, as the suite's snapshots name it; `newer` for a version that is not known, `foreign` for
   * another application's database, `unknown` where no form is like it.
   */
  readonly form: string
  readonly tables: readonly InspectedTable[]
  /** What its schema was compared with; null where the suite knows nothing of its version. */
  readonly comparedWith: string | null
  /** Where its schema is not what its version says. */
  readonly differences: readonly Difference[]
  /** Objects that its version does not know: a person's own. */
  readonly extras: readonly Extra[]
  /** What `upgrade` would do with it. */
  readonly upgrade: UpgradeOutlook
  /** Whether a copy was inspected, because SQLite cannot read the file without writing beside it. */
  readonly isCopy: boolean
  /** What may be a copy of it that a killed run left among the temporary files, and was not removed. */
  readonly leftovers: readonly Leftover[]
}

export interface Extra extends Difference {
  /** `kept`: as it is. `taken-over`: a later version makes just such an object. Null where there is no upgrade. */
  readonly fate: 'kept' | 'taken-over' | null
}

export interface UpgradeOutlook {
  readonly outcome: 'possible' | 'nothing-to-do' | 'refused'
  /** The sentence by which `upgrade` refuses; null where it does not. */
  readonly refusal: string | null
}

export interface InspectedTable {
  readonly name: string
  /** Null where the rows cannot be counted. */
  readonly rows: number | null
  /** Why the rows cannot be counted: a module, a collation or a function is not there. Null where they can. */
  readonly unreadable: string | null
  /** Those of CREATE INDEX; a constraint's own are not listed. */
  readonly indexes: readonly InspectedIndex[]
}

export interface InspectedIndex {
  readonly name: string
  /** In order, such as `indexed_at DESC`. */
  readonly columns: readonly string[]
}
