import type { CheckResult } from '../../checks/verify.ts'
import type { Problem } from '../../problem.ts'
import type { RunnerReport } from '../output/proofs.ts'
import type { UndeclaredChanges } from '../output/undeclared.ts'

/** A check, and what it compared. */
export interface FileCheckResult extends CheckResult {
  readonly detail: string | null
}

/** What was proven of a file of a user. It holds numbers and names, never a value of a row. */
export interface FileReport {
  readonly file: string
  readonly sizeBytes: number
  /** `up-to-date`: it is at the latest version, and is what a fresh install is. */
  readonly outcome: 'passed' | 'failed' | 'up-to-date'
  /** Null where its notes or its schema are wrong, so that nothing was tried. */
  readonly from: number | null
  readonly to: number
  readonly pending: readonly { readonly version: number; readonly name: string }[]
  /** The rows after are null where they were not compared, or the table is gone. */
  readonly tables: readonly {
    readonly name: string
    readonly rowsBefore: number | null
    readonly rowsAfter: number | null
  }[]
  readonly runner: RunnerReport | null
  readonly checks: readonly FileCheckResult[]
  /** The checks that only an upgrade needs, where there was none. */
  readonly leftOut: readonly string[]
  /** The migrations whose files are others than those that it notes, though the tool does not compare them. */
  readonly edited: readonly string[]
  /** Whether the migrations are as the ledger pins them. `none`: there is none. `unknown`: one fails in an empty database. */
  readonly ledger: 'none' | 'same' | 'changed' | 'unknown'
  /** The changes of rows that no migration declares. */
  readonly undeclared: readonly UndeclaredChanges[]
  readonly problems: readonly Problem[]
  readonly durationMilliseconds: number
}
