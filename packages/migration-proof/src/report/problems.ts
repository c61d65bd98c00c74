import { howToRun } from '../how-to-run.ts'
import { describeSubject } from '../problem.ts'
import type { Results } from './model.ts'
import { findOrigin, type Place } from './origins.ts'

/** Something that is not as it must be, whichever part found it. */
export interface Problem extends Place {
  /** The part of the results that found it. */
  readonly part: string
  /** Short and stable: `golden`, `pk-nullable`, `migration-edited`. */
  readonly rule: string
  readonly object: string
  readonly expected: string
  readonly actual: string
  readonly why: string
  readonly remedy: string
  readonly level: 'error' | 'warning' | 'note'
  /** Why it is accepted; null where it is not. */
  readonly waived: string | null
  /** The URL of a page that explains it. */
  readonly source: string | null
}

/** Under which rules the gate tells what a part found. */
const rulesOfGate: Readonly<Record<string, readonly string[]>> = {
  upgrades: ['upgrade-not-proven'],
  crash: ['crash-unsafe'],
  mutation: ['mutant-survived', 'equivalent-wrong', 'mutation-weak'],
  findings: ['finding-new', 'waiver-unused'],
}

/**
 * Every problem of every part that was run, those that stop a release first, then what is accepted. What the gate
 * tells of a part is not told again: only the gate knows which of it was there before the change.
 */
export function listProblems(results: Results): Problem[] {
  const rules = new Set(results.gate?.problems.map(({ rule }) => rule))
  const ofParts = [
    ...ofUpgrades(results),
    ...ofCrash(results),
    ...ofContracts(results),
    ...ofFuzz(results),
    ...ofMutation(results),
    ...ofFindings(results),
  ].filter((problem) => !isOpen(problem) || !rulesOfGate[problem.part]?.some((rule) => rules.has(rule)))
  const all = [...ofGate(results), ...ofParts]
  return [...all.filter(isOpen), ...all.filter((problem) => !isOpen(problem))]
}

/** Whether it needs somebody: it is neither accepted nor told for information only. */
export function isOpen({ waived }: Problem): boolean {
  return waived === null
}

const plain = { waived: null, source: null } as const

function ofGate({ gate }: Results): Problem[] {
  return (gate?.problems ?? []).map(({ outcome, ...problem }) => ({
    ...plain,
    ...problem,
    part: 'gate',
    level: outcome === 'failed' ? 'error' : 'note',
    waived: outcome === 'failed' ? null : 'it does not stop this release',
  }))
}

function ofUpgrades({ upgrades, history }: Results): Problem[] {
  return (upgrades?.snapshots ?? []).flatMap(({ snapshot, from, to, checks }) =>
    checks.flatMap(({ check, problems }) =>
      problems.map(({ subject, expected, actual, version }) => ({
        ...plain,
        part: 'upgrades',
        rule: check,
        object: `${snapshot}: ${describeSubject(subject)}`,
        ...findOrigin(history, describeSubject(subject), version ?? undefined),
        expected,
        actual,
        why: `People hold files like the snapshot ${snapshot}, and their upgrade from v${from} to v${to} is not proven.`,
        remedy: howToRun('verify', '--snapshot', snapshot),
        level: 'error' as const,
      })),
    ),
  )
}

function ofCrash({ crash }: Results): Problem[] {
  return (crash?.cases ?? []).map(({ id, defect, detail, kept }) => ({
    ...plain,
    part: 'crash',
    rule: defect,
    object: id,
    file: null,
    line: null,
    expected: 'one whole version, from which the upgrade goes on',
    actual: detail,
    why: `A power failure or a broken disk can leave people with this file${kept === null ? '' : `, which was kept in ${kept}`}.`,
    remedy: howToRun('crash', '--replay', id),
    level: 'error' as const,
  }))
}

function ofContracts({ contracts, history }: Results): Problem[] {
  return (contracts?.contracts ?? []).flatMap(({ name, table, sql, expected, failure }) =>
    failure === null
      ? []
      : [
          {
            ...plain,
            part: 'contracts',
            rule: 'query-plan',
            object: name,
            ...findOrigin(history, table),
            expected,
            actual: failure,
            why: `The application runs it: ${sql}`,
            remedy: 'add or mend the index that serves it, or declare in the contract why a scan is accepted',
            level: 'error' as const,
          },
        ],
  )
}

function ofFuzz({ fuzz, history }: Results): Problem[] {
  return (fuzz?.properties ?? []).flatMap(({ name, failures, repeat }) =>
    failures.map((failure) => ({
      ...plain,
      part: 'fuzz',
      rule: 'behaviour',
      object: name,
      ...findOrigin(history, name),
      expected: 'what the model of the table says',
      actual: failure,
      why: 'The table does something else with a row than was declared.',
      remedy: repeat,
      level: 'error' as const,
    })),
  )
}

function ofMutation({ mutation, history }: Results): Problem[] {
  const survivors = (mutation?.survivors ?? []).map(({ id, fault, wouldBeKilledBy }) => ({
    ...plain,
    part: 'mutation',
    rule: 'mutant-survived',
    object: id,
    ...findOrigin(history, id),
    expected: `a check that sees that it ${fault}`,
    actual: 'none',
    why: 'The same fault could be in a migration, and nobody would see it.',
    remedy: `extend ${wouldBeKilledBy}; ${howToRun('mutate', '--mutant', id)}`,
    level: 'error' as const,
  }))
  const wrong = (mutation?.wrongEquivalents ?? []).map((id) => ({
    ...plain,
    part: 'mutation',
    rule: 'equivalent-untrue',
    object: id,
    file: null,
    line: null,
    expected: 'a mutant that nothing can tell from the original',
    actual: 'one that a check kills, or that does not exist',
    why: 'A list of exceptions that is not true hides the next hole.',
    remedy: 'remove it from the list of equivalent mutants',
    level: 'error' as const,
  }))
  return [...survivors, ...wrong]
}

function ofFindings({ findings, history }: Results): Problem[] {
  const found = (findings?.findings ?? []).map(
    ({ code, severity, reason, remedy, source, object, evidence, waived }) => ({
      part: 'findings',
      rule: code,
      object,
      ...findOrigin(history, object),
      expected: 'no such weakness',
      actual: evidence.map(({ ran, happened }) => `${ran}: ${happened}`).join('; '),
      why: reason,
      remedy,
      level: severity,
      waived,
      source,
    }),
  )
  const unused = (findings?.unusedWaivers ?? []).map(({ code, objects }) => ({
    ...plain,
    part: 'findings',
    rule: 'waiver-unused',
    object: code,
    file: null,
    line: null,
    expected: `a finding of ${code} at ${objects.join(', ') || 'some object'}`,
    actual: 'none',
    why: 'A waiver that waives nothing would hide the next weakness of its kind.',
    remedy: 'remove the waiver, or mend its name',
    level: 'error' as const,
  }))
  return [...found, ...unused]
}
