import type { Diagnosis } from '../../errors.ts'
import type { Preview, ProofFailure, RowsMethod, UpgradeEvent, UpgradeReport } from '../../upgrade/model.ts'
import type { Subject } from '../subject.ts'

/** What the worker is asked to do. */
export interface UpgradeTask {
  readonly configFile: string
  /** The value of `--config`. */
  readonly givenConfig: string | undefined
  readonly path: string
  /** The folder for the backup; null for none. */
  readonly backupFolder: string | null
  /** The folder in which the upgrade is only tried; null for the real one. */
  readonly rehearsalFolder: string | null
  readonly rowsMethod: RowsMethod
  /** Takes another application's database for version 0. */
  readonly adopt: boolean
  /** One 32-bit number: other than 0 once the work is to stop. */
  readonly stop: SharedArrayBuffer
}

/** What the worker tells. The last one is `done` or `failed`. */
export type UpgradeMessage =
  | { readonly kind: 'subject'; readonly subject: Subject }
  | { readonly kind: 'preview'; readonly preview: Preview }
  | { readonly kind: 'event'; readonly event: UpgradeEvent }
  /** A statement of a migration that had returned already. */
  | { readonly kind: 'late'; readonly error: SentError }
  /** A folder of this run that could not be removed. */
  | { readonly kind: 'left'; readonly path: string }
  /** Without a report, there was nothing to do. */
  | { readonly kind: 'done'; readonly report: UpgradeReport | null }
  | { readonly kind: 'failed'; readonly error: SentError }

/** An error as it travels between threads, which lose its class. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Null for an error that no person was meant to see. */
  readonly diagnosis: Diagnosis | null
  /** What was not proven. */
  readonly failures: readonly ProofFailure[]
}
