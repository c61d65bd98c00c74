import type { NotCompared } from '../checks/rows/model.ts'
import type { Suite } from '../proof/suite.ts'
import type { SchemaObject } from '../schema/model.ts'
import type { FileIdentity } from './file-identity.ts'
import type { Holder } from './holders.ts'
import type { RefusedRows } from './refused-rows.ts'
import type { Leftover } from './run-folder.ts'

/** A migration that will run. */
export interface PendingMigration {
  readonly version: number
  readonly name: string
  /** What it declares that it changes of old rows, in words. */
  readonly dataChanges: readonly {
    readonly table: string
    readonly change: string
    readonly reason: string
  }[]
}

/** What is known of a file before anything is changed. It holds numbers and names, never a value of a row. */
export interface Survey {
  readonly version: number
  readonly target: number
  readonly pending: readonly PendingMigration[]
  readonly pageSizeBytes: number
  readonly pageCount: number
  readonly journalMode: string
  /** What the file needs of an engine, such as `WAL`, `UTF-16le` or `2 STRICT tables`. */
  readonly features: readonly string[]
  readonly tables: readonly { readonly name: string; readonly rows: number | null }[]
  /** The user's own objects; they are kept. */
  readonly extras: readonly SchemaObject[]
}

/** How long the steps will take and what they need, from a sample of the file on this machine. */
export interface Estimate {
  readonly sampledRows: number
  /** Whether there was room for only a part of the sample, so that the estimate is poor. */
  readonly isSampleCut: boolean
  readonly backupMilliseconds: number
  readonly migrationMilliseconds: number
  readonly proofMilliseconds: number
  /** How long no other process can use the file. */
  readonly lockedMilliseconds: number
  /** How much the file grows. */
  readonly growthBytes: number
  /** The most that the rollback journal holds. */
  readonly journalBytes: number
  /** The most that SQLite's sorter holds in temporary files. */
  readonly sorterBytes: number
  /** Whether pages with old rows are written to, so that their proof without a backup needs a copy of the file. */
  readonly touchesOldRows: boolean
}

/** What one disk must hold at the peak. */
export interface SpaceNeed {
  readonly folder: string
  readonly purposes: readonly string[]
  readonly neededBytes: number
  readonly freeBytes: number
}

/**
 * What a process left beside a file when it was killed: a log whose committed changes become part of the file, or a
 * journal by which an unfinished change is taken back.
 */
export type RecoveredFrom = 'log' | 'journal'

/** What is printed before the upgrade begins. */
export interface Preview {
  readonly path: string
  readonly sizeBytes: number
  /** For which the estimate is. */
  readonly level: ProofLevel
  readonly survey: Survey
  /** What kind of file of its version it is, if the caller names it. */
  readonly form: string | null
  /** The rows that do not meet what a pending version demands; its migration corrects them, or fails. */
  readonly refused: readonly RefusedRows[]
  /** Null where there is nothing to do, or where none could be made. */
  readonly estimate: Estimate | null
  /** Why there is no estimate although there is something to do; otherwise null. */
  readonly noEstimate: string | null
  /** What is known of it: without an estimate, the copies alone. */
  readonly space: readonly SpaceNeed[]
  readonly holders: readonly Holder[]
  /** Null where the file alone holds everything, or where another process uses what is beside it. */
  readonly recoveredFrom: RecoveredFrom | null
  /** What looks like the folder of another run and was not removed. */
  readonly leftovers: readonly Leftover[]
}

/** A proof that passed, or one that there was nothing for. */
export interface ProofResult {
  readonly proof: string
  readonly outcome: 'passed' | 'not-applicable'
  /** What it looked at, or why it could not apply. */
  readonly detail: string
  /** What the proof left out, because a migration declares that it changes it. */
  readonly notCompared: readonly NotCompared[]
  readonly durationMilliseconds: number
}

/**
 * How much is proven of a file and its upgrade. `quick`: what was written to. `default`: also the pages and trees of the
 * whole file, before and after, and every row. `thorough`: also each entry of each index, before and after.
 */
export type ProofLevel = 'quick' | 'default' | 'thorough'

/** How the rows are proven: by comparing each with the backup, or by the pages that the journal names. */
export type RowsMethod = 'comparison' | 'journal'

/** Without a backup, what a table held is not there to compare with, unless it was written to. */
export function rowsMethodOf(level: ProofLevel, backupFolder: string | null): RowsMethod {
  return level === 'quick' || backupFolder === null ? 'journal' : 'comparison'
}

export interface UpgradeReport {
  readonly path: string
  readonly from: number
  readonly to: number
  readonly level: ProofLevel
  readonly applied: readonly number[]
  /** Path of the backup; null where none was asked for. */
  readonly backup: string | null
  readonly recoveredFrom: RecoveredFrom | null
  /** What other runs left beside the backup or the copy, which was not removed. */
  readonly leftovers: readonly Leftover[]
  readonly sizeBeforeBytes: number
  readonly sizeAfterBytes: number
  readonly proofs: readonly ProofResult[]
  readonly durations: {
    readonly backupMilliseconds: number
    readonly migrationMilliseconds: number
    readonly proofMilliseconds: number
    /** From the moment that the lock was taken to the moment that it was given back. */
    readonly lockedMilliseconds: number
  }
}

/** What the work reports while it runs. */
export type UpgradeEvent =
  /** The folder holds rows of the file, and is removed before the preview ends. */
  | { readonly step: 'preview'; readonly folder: string }
  | { readonly step: 'copy'; readonly copiedPages: number; readonly totalPages: number }
  | { readonly step: 'backup'; readonly copiedPages: number; readonly totalPages: number }
  /** `quick` compares the backup alone. */
  | { readonly step: 'backup-check'; readonly level: ProofLevel }
  | { readonly step: 'backup-made'; readonly path: string }
  | { readonly step: 'migration'; readonly version: number; readonly name: string }
  | { readonly step: 'proof'; readonly proof: string; readonly detail: string }
  | { readonly step: 'commit' }
  | { readonly step: 'committed' }

/** How progress is reported, and how the work is stopped. */
export interface Observer {
  /** Called in the thread that does the work. */
  readonly report: (event: UpgradeEvent) => void
  /** Whether the user has asked the work to stop. Called between statements. */
  readonly isCancelled: () => boolean
}

/** The upgrade of one file, as it was asked for. */
export interface UpgradeRequest {
  readonly suite: Suite
  /** The absolute path of the file. */
  readonly path: string
  /** Which file it was when the run began. */
  readonly identity: FileIdentity
  readonly survey: Survey
  /** The folder for the backup; null for none. */
  readonly backupFolder: string | null
  /** Defaults to `default`. */
  readonly level?: ProofLevel
  readonly madeAt: Date
  /** Takes another application's database for version 0. */
  readonly adopt?: boolean
  readonly recoveredFrom?: RecoveredFrom | null
  /** How long another connection may take to give its lock back; defaults to 2000. */
  readonly busyTimeoutMilliseconds?: number
}
