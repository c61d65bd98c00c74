import type { Suite, Waiver } from '../proof/suite.ts'
import type { Finding, Rule } from './finding.ts'
import { rules } from './rules/index.ts'
import { type FindingsSubject, openFindingsSubject } from './subject.ts'
import { makeRows } from './synthetic-rows.ts'

/** What is weak in a database, and what of it is accepted. */
export interface FindingsReport {
  /** The engine that everything was tried on. */
  readonly engineVersion: string
  readonly findings: readonly Finding[]
  /** Tables that take none of the rows that can be made up: what needs rows was not tried on them. */
  readonly untriedTables: readonly string[]
  /** Waivers, with only those of their objects that no finding has. */
  readonly unusedWaivers: readonly Waiver[]
  /** `failed` where a finding is not waived, or a waiver has nothing to waive. */
  readonly outcome: 'passed' | 'failed'
}

/** What can be told to `findWeaknesses`. */
export interface FindingsOptions {
  /** Called before each rule. */
  readonly onRule?: (code: string) => void
}

/**
 * Looks for the weaknesses of a suite's latest schema and of its migrations. Each is shown by what happened on
 * a private copy; the rows on it are made up.
 *
 * @throws {MigrationFailedError} when a migration fails on an empty database
 *
 * @example
 * ```js
 * import { findWeaknesses } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const [first] = findWeaknesses(config).findings
 * console.log(first.code, first.severity) // connection-fk-off warning
 * ```
 */
export function findWeaknesses(suite: Suite, options: FindingsOptions = {}): FindingsReport {
  const subject = openFindingsSubject(suite)
  const findings = rules.flatMap((rule) => {
    options.onRule?.(rule.code)
    return rule.find(subject).map((sighting) => toFinding(rule, sighting, suite.waivers))
  })
  const unusedWaivers = suite.waivers.flatMap((waiver) => unusedPart(waiver, findings))
  const isClean = unusedWaivers.length === 0 && findings.every(({ waived }) => waived !== null)
  return {
    engineVersion: subject.engineVersion,
    findings,
    untriedTables: listUntried(subject),
    unusedWaivers,
    outcome: isClean ? 'passed' : 'failed',
  }
}

function listUntried(subject: FindingsSubject): string[] {
  const untried = subject.tables.filter((table) => {
    using copy = subject.open()
    return makeRows(copy, subject.schema, table).length === 0
  })
  return untried.map(({ name }) => name)
}

function toFinding(
  { code, severity, reason, remedy, source }: Rule,
  sighting: ReturnType<Rule['find']>[number],
  waivers: readonly Waiver[],
): Finding {
  const waiver = waivers.find((entry) => entry.code === code && entry.objects.includes(sighting.object))
  return { code, severity, reason, remedy, source, ...sighting, waived: waiver?.reason ?? null }
}

function unusedPart(waiver: Waiver, findings: readonly Finding[]): Waiver[] {
  const objects = waiver.objects.filter(
    (object) => !findings.some((finding) => finding.code === waiver.code && finding.object === object),
  )
  return objects.length === 0 && waiver.objects.length > 0 ? [] : [{ ...waiver, objects }]
}
