import type { NotCompared } from './rows/model.ts'
import type { DatabaseSubject, FileSubject, InstallSubject, RerunSubject } from './subject.ts'

/** Something that an upgrade must prove, and did not. */
export interface Failure {
  /** What it is about: `table record`, `index idx_record_cid`, `row 12 of record`. */
  readonly object: string
  readonly expected: string
  readonly actual: string
  /** The first version whose migration led away from what was expected, where it is known. */
  readonly firstDivergingVersion?: number | undefined
}

/** What a check found. */
export interface CheckOutcome {
  readonly failures: readonly Failure[]
  /** What it looked at, or why there was nothing to look at. */
  readonly detail?: string
  /** Whether there was nothing to look at. */
  readonly isNotApplicable?: true
  /** What was left out, because a migration declares that it changes it. */
  readonly notCompared?: readonly NotCompared[]
}

interface CheckOf<Needs extends string, Seen extends DatabaseSubject> {
  /** Short and stable: the name of a column in a table of results. */
  readonly name: string
  /** What it proves, as the end of the sentence "The upgraded database …". */
  readonly proves: string
  /**
   * What it needs of an upgrade. `database`: the upgraded database alone. `file`: also the file from before.
   * `install`: also a new database of the same version. `steps`: to upgrade another copy, one version at a time.
   * `reruns`: to upgrade other copies, and the upgraded one once more.
   */
  readonly needs: Needs
  /** What the suite must declare for it and does not; null where nothing is missing. */
  lacks?(subject: DatabaseSubject): string | null
  run(subject: Seen): CheckOutcome
}

/** A check that can run while the upgraded file is still locked. */
export type FileCheck = CheckOf<'database', DatabaseSubject> | CheckOf<'file', FileSubject>

/** One thing that an upgrade must prove. */
export type Check = FileCheck | CheckOf<'install', InstallSubject> | CheckOf<'steps' | 'reruns', RerunSubject>

/** Whether a check needs no other upgrade and no other database of the version. */
export function isFileCheck(check: Check): check is FileCheck {
  return check.needs === 'database' || check.needs === 'file'
}
