import type { Subject } from './subject.ts'

/** Something that an upgrade must prove, and did not. */
export interface Failure {
  /** What it is about: `table record`, `index idx_record_cid`, `row 12 of record`. */
  readonly object: string
  readonly expected: string
  readonly actual: string
  /** The first version whose migration led away from what was expected, where that can be told. */
  readonly firstDivergingVersion?: number
}

/** One thing that an upgrade must prove. */
export interface Check {
  /** Short and stable: the name of a column in a table of results. */
  readonly name: string
  /** What it proves, as the end of the sentence "The upgraded database …". */
  readonly proves: string
  run(subject: Subject): readonly Failure[]
}
