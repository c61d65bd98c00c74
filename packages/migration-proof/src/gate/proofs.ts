import type { FindingsReport } from '../findings/find-weaknesses.ts'
import type { Finding } from '../findings/finding.ts'
import { howToRun } from '../how-to-run.ts'
import { leastBehaviourRate, type MutationReport } from '../mutation/report.ts'
import { describeSubject, type Evidence, type Problem as Found } from '../problem.ts'
import { type Problem, problemOf } from './problem.ts'
import type { Side } from './side.ts'
import { placeOfMigration, placeOfObject } from './source-file.ts'

interface Upgrade {
  readonly snapshot: string
  readonly checks: readonly { readonly check: string; readonly problems: readonly Found[] }[]
}

interface Findings extends Pick<FindingsReport, 'unusedWaivers'> {
  readonly findings: readonly (Omit<Finding, 'evidence'> & { readonly evidence: readonly Evidence[] })[]
}

/** Upgrades that did not prove what they must. What many snapshots show alike is told once. */
export function findUnprovenUpgrades(proofs: readonly Upgrade[], side: Side): Problem[] {
  const groups = new Map<
    string,
    { readonly failure: Found; readonly check: string; readonly snapshots: string[] }
  >()
  for (const { snapshot, checks } of proofs) {
    for (const { check, problems } of checks) {
      for (const failure of problems) {
        const key = JSON.stringify([
          check,
          describeSubject(failure.subject),
          failure.expected,
          failure.actual,
        ])
        const group = groups.get(key) ?? { failure, check, snapshots: [] }
        group.snapshots.push(snapshot)
        groups.set(key, group)
      }
    }
  }
  return [...groups.values()].map(({ failure, check, snapshots }) => {
    const { subject, expected, actual, version } = failure
    const place =
      version === null
        ? placeOfObject(side.sources, side.recorded, subject.table ?? subject.name)
        : placeOfMigration(side.sources, version, side.recorded)
    const remedy = `see it with \`${howToRun('verify', '--snapshot', snapshots[0] ?? '')}\``
    const from = ` (check ${check}, from ${snapshots.join(', ')})`
    return problemOf('upgrade-not-proven', describeSubject(subject), place, {
      expected: expected + from,
      actual,
      remedy,
    })
  })
}

/** Findings that nobody waived, and waivers of nothing. */
export function findUnwaived({ findings, unusedWaivers }: Findings, side: Side): Problem[] {
  const open = findings
    .filter(({ waived }) => waived === null)
    .map(({ code, object, reason, evidence: [tried], remedy }) =>
      problemOf('finding-new', `${code} of ${object}`, placeOfObject(side.sources, side.recorded, object), {
        expected: 'no such weakness, or a waiver with its reason',
        actual: `${reason} Tried: ${tried?.ran}: ${tried?.happened}`,
        remedy: `${remedy.replace(/\.$/, '')}, or waive it in the suite; see \`${howToRun('lint')}\``,
      }),
    )
  const unused = unusedWaivers.flatMap(({ code, objects }) =>
    (objects.length === 0 ? ['nothing'] : objects).map((object) =>
      problemOf(
        'waiver-unused',
        `${code} of ${object}`,
        {},
        {
          expected: 'a finding that it waives',
          actual: 'none',
          remedy: `delete the waiver from the suite, or mend the name; see \`${howToRun('lint')}\``,
        },
      ),
    ),
  )
  return [...open, ...unused]
}

interface Mutation extends Pick<MutationReport, 'survivors' | 'wrongEquivalents' | 'behaviourRate'> {
  readonly outcome: 'passed' | 'failed'
}

/** Planted faults that nothing saw. */
export function findSurvivors(report: Mutation, side: Side): Problem[] {
  const survivors = report.survivors.map(({ id, fault, wouldBeKilledBy }) => {
    const [, object = ''] = id.split('/')
    const remedy = `add what would see it: ${wouldBeKilledBy}; try it with \`${howToRun('mutate', '--mutant', id)}\``
    return problemOf('mutant-survived', id, placeOfObject(side.sources, side.recorded, object), {
      expected: 'at least one check that sees it',
      actual: `the fault that ${fault} is seen by none`,
      remedy,
    })
  })
  const wrong = report.wrongEquivalents.map((id) =>
    problemOf(
      'equivalent-wrong',
      id,
      {},
      {
        expected: 'a mutant that nothing can tell from the original',
        actual: 'one that is killed, or that does not exist',
        remedy: 'take it off the list of equivalent mutants',
      },
    ),
  )
  const all = [...survivors, ...wrong]
  if (all.length > 0 || report.outcome === 'passed') return all
  return [
    problemOf(
      'mutation-weak',
      'the behaviour check',
      {},
      {
        expected: `at least ${leastBehaviourRate * 100} % of the planted faults seen by the behaviour of the database alone`,
        actual: `${(report.behaviourRate * 100).toFixed(1)} %`,
        remedy: `declare the new tables in the suite; see \`${howToRun('mutate')}\``,
      },
    ),
  ]
}

/** A case of a sweep that left something else than one whole version. */
export interface UnsafeCase {
  readonly id: string
  readonly defect: string
  readonly detail: string
}

/** Interrupted upgrades that cannot go on. Of the cases with the same defect on the same path the first is told. */
export function findUnsafeInterruptions(cases: readonly UnsafeCase[]): Problem[] {
  const groups = new Map<string, { readonly first: UnsafeCase; count: number }>()
  for (const found of cases) {
    const [, path, journalMode] = found.id.split('/')
    const key = `the upgrade of ${path} in journal mode ${journalMode}: ${found.defect}`
    const group = groups.get(key) ?? { first: found, count: 0 }
    group.count += 1
    groups.set(key, group)
  }
  return [...groups].map(([object, { first, count }]) =>
    problemOf(
      'crash-unsafe',
      object,
      {},
      {
        expected: 'one whole version, from which the upgrade goes on',
        actual: `${first.detail}${count === 1 ? '' : `, and ${count - 1} more like it`}`,
        remedy: `see it with \`${howToRun('crash', '--replay', first.id)}\``,
      },
    ),
  )
}
