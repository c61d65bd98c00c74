import type { Evidence, Severity } from '../problem.ts'
import type { FindingsSubject } from './subject.ts'

/** At least one: a rule without evidence is no finding. */
type EvidenceList = readonly [Evidence, ...Evidence[]]

/** One place where a rule was seen broken. */
export interface Sighting {
  /** The table, `table.column`, index, statement or migration. */
  readonly object: string
  readonly evidence: EvidenceList
  /** What to do here, where more can be said than the rule's own remedy. */
  readonly remedy?: string
}

/** A hazard of SQLite, and how to see it in a schema or in a migration. */
export interface Rule {
  /** Never changes once it is released: waivers name it. */
  readonly code: string
  readonly severity: Severity
  readonly reason: string
  readonly remedy: string
  /** The URL of a page that explains it. */
  readonly source: string
  find(subject: FindingsSubject): readonly Sighting[]
}

/** A weakness of a database, shown by what happened. */
export interface Finding extends Omit<Rule, 'find'> {
  readonly object: string
  readonly evidence: EvidenceList
  /** Why it is accepted; null where it is not. */
  readonly waived: string | null
}

/** A number with its noun: `1 row`, `10,000 rows`. */
export function describeCount(count: number, noun: string): string {
  const digits = `${count}`.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${digits} ${noun}${count === 1 ? '' : 's'}`
}
