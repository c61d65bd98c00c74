import { locateProblem } from '../history/location.ts'
import { howToRun } from '../how-to-run.ts'
import { isNew, makeProblem, type Problem } from '../problem.ts'
import type { Suite, Waiver } from '../proof/suite.ts'
import { RowGenerator } from '../rows/generate.ts'
import { countRows } from './attempt.ts'
import { describeEvidence, keyOfFinding, type Rule, type Sighting, unusedWaiver } from './finding.ts'
import { rules } from './rules/index.ts'
import { type FindingsSubject, openFindingsSubject } from './subject.ts'
import { makeRows } from './synthetic-rows.ts'
import type { MigrationTrial } from './trial.ts'

/** What is weak in a database, and what of it is accepted. */
export interface FindingsReport {
  /** The engine that everything was tried on. */
  readonly engineVersion: string
  /** The findings, those that a waiver accepts included, and the waivers that are not used. */
  readonly problems: readonly Problem[]
  /** Tables without rows that accept none of the synthetic ones: what needs rows was not tried on them. */
  readonly untriedTables: readonly UntriedTable[]
  /** `failed` where a finding is not accepted, or a waiver is not used. */
  readonly outcome: 'passed' | 'failed'
}

/** A table for which no row was found. */
export interface UntriedTable {
  readonly table: string
  /** The constraints that were not met, and values that were tried, or what SQLite answered. */
  readonly problem: string
}

export interface FindingsOptions {
  /** Called before each rule. */
  readonly onRule?: (code: string) => void
  /** Leaves out the trials of each migration on 20,000 rows; those on 1,000 are made. */
  readonly isQuick?: boolean
}

/**
 * Finds the weaknesses of a suite's latest schema and of its migrations. Each is shown by what happened on a
 * private copy with synthetic rows.
 *
 * @throws {MigrationFailedError} when a migration fails on an empty database
 *
 * @example
 * ```js
 * import { findWeaknesses } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const [first] = findWeaknesses(config).problems
 * console.log(first.code, first.severity) // connection-fk-off warning
 * ```
 */
export function findWeaknesses(suite: Suite, options: FindingsOptions = {}): FindingsReport {
  return judgeFindings(openFindingsSubject(suite, options.isQuick), options)
}

/** What was found in one migration, by the code of the rule. */
export type FoundInMigration = ReadonlyMap<string, readonly Sighting[]>

/** Looks for what one migration shows by itself. */
export function findInMigration(subject: FindingsSubject, trial: MigrationTrial): FoundInMigration {
  const alone = { ...subject, trials: [trial] }
  const own = rules.filter(({ isOfEachMigration }) => isOfEachMigration === true)
  return new Map(own.map((rule) => [rule.code, rule.find(alone)]))
}

/**
 * Finds the weaknesses of a subject.
 *
 * @param known what was found in each migration by itself, where that is known
 */
export function judgeFindings(
  subject: FindingsSubject,
  options: FindingsOptions = {},
  known?: readonly FoundInMigration[],
): FindingsReport {
  const { suite } = subject
  const findings = rules.flatMap((rule) => {
    options.onRule?.(rule.code)
    const isKnown = known !== undefined && rule.isOfEachMigration === true
    const sightings = isKnown ? known.flatMap((found) => found.get(rule.code) ?? []) : rule.find(subject)
    return sightings.map((sighting) => locateProblem(suite.plan, toProblem(rule, sighting, suite.waivers)))
  })
  const problems = [...findings, ...suite.waivers.flatMap((waiver) => findUnused(waiver, findings))]
  return {
    engineVersion: subject.engineVersion,
    problems,
    untriedTables: listUntried(subject),
    outcome: problems.some(isNew) ? 'failed' : 'passed',
  }
}

/** Without the tables that a migration gave rows, which may be all that they take. */
function listUntried(subject: FindingsSubject): UntriedTable[] {
  return subject.tables.flatMap((table) => {
    using copy = subject.open()
    const { connection } = copy
    if (countRows(connection, table.name) > 0 || makeRows(copy, subject.schema, table).length > 0) return []
    const generator = new RowGenerator(connection, subject.schema)
    generator.fill(table.name, 1)
    const problem = generator.problemOf(table.name) ?? 'its foreign key names no key that a table has'
    generator.close()
    return [{ table: table.name, problem }]
  })
}

function toProblem(
  { code, severity, reason, fix, source }: Rule,
  sighting: Sighting,
  waivers: readonly Waiver[],
): Problem {
  const { subject, version = null, evidence } = sighting
  const key = keyOfFinding(subject)
  const waiver = waivers.find((entry) => entry.code === code && entry.objects.includes(key))
  return makeProblem(code, {
    severity,
    status: waiver === undefined ? 'new' : 'accepted',
    acceptedBecause: waiver?.reason ?? null,
    subject,
    version,
    expected: 'no such weakness, or a waiver with its reason',
    actual: describeEvidence(evidence),
    why: reason,
    fix: sighting.fix ?? fix,
    location: sighting.location ?? null,
    source,
    evidence,
  })
}

/** A waiver, with those of its objects that no finding has. */
function findUnused({ code, objects }: Waiver, findings: readonly Problem[]): Problem[] {
  const used = findings.filter((finding) => finding.code === code).map(({ subject }) => keyOfFinding(subject))
  const unused = objects.filter((object) => !used.includes(object))
  if (unused.length === 0 && objects.length > 0) return []
  return [
    makeProblem(unusedWaiver, {
      subject: { type: 'waiver', name: code },
      expected: `a finding of ${code} at ${unused.join(', ') || 'some object'}`,
      actual: 'none',
      why: 'A waiver that accepts nothing would hide the next weakness of its kind.',
      fix: `delete the waiver, or correct its name; see \`${howToRun('lint')}\``,
    }),
  ]
}
