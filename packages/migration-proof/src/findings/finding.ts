import type { Evidence, Location, Problem, ProblemSubject, Severity } from '../problem.ts'
import type { FindingsSubject } from './subject.ts'

/** At least one: a rule without evidence is no finding. */
type EvidenceList = readonly [Evidence, ...Evidence[]]

/** One object of which a rule was seen broken. */
export interface Sighting {
  readonly subject: ProblemSubject
  /** The version of the migration that does it, where one does. */
  readonly version?: number
  readonly evidence: EvidenceList
  /** What to do here, where more can be said than the rule's own fix. */
  readonly fix?: string
  readonly location?: Location
}

/** A hazard of SQLite, and how to see it in a schema or in a migration. */
export interface Rule {
  /** Never changes once it is released: waivers name it. */
  readonly code: string
  readonly severity: Severity
  readonly reason: string
  readonly fix: string
  /** The URL of a page that explains it. */
  readonly source: string
  /** Whether it looks at each migration by itself, so that each may be tried in another thread. */
  readonly isOfEachMigration?: true
  find(subject: FindingsSubject): readonly Sighting[]
}

/**
 * What a sighting in a migration is about.
 *
 * @param aspect what of the migration, such as the table that it rebuilds
 */
export function ofMigration(version: number, aspect?: string, table?: string) {
  return { subject: { type: 'migration', name: `v${version}`, aspect, table } as const, version }
}

/** The name by which a waiver accepts a finding. It never changes: `note.id`, `'a contract'`, `migration v2: note.id`. */
export function keyOfFinding({ type, name, aspect }: ProblemSubject): string {
  const whole = type === 'contract' ? `'${name}'` : type === 'migration' ? `migration ${name}` : name
  return aspect === undefined ? whole : `${whole}: ${aspect}`
}

/** The sightings without those of an object that was seen before: a migration may do the same twice. */
export function withoutRepeats(sightings: readonly Sighting[]): Sighting[] {
  return [...new Map(sightings.map((sighting) => [keyOfFinding(sighting.subject), sighting])).values()]
}

/** All evidence of a finding in one text, which is what was found. */
export function describeEvidence(evidence: readonly Evidence[]): string {
  return evidence.map(({ ran, happened }) => `${ran}: ${happened}`).join('; ')
}

/** The code of a waiver that accepts nothing. */
export const unusedWaiver = 'waiver-unused'

/** Whether a problem of the findings is one, and no unused waiver. */
export function isFinding({ code }: Problem): boolean {
  return code !== unusedWaiver
}
