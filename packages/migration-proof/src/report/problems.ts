import { identityOf, isNew, mergeProblems, type Problem } from '../problem.ts'
import type { Results } from './model.ts'

/** The parts that can pass or fail, in the order in which outputs show them. */
export const judgedParts = ['upgrades', 'findings', 'mutation', 'crash', 'contracts', 'fuzz', 'gate'] as const

/** `failed` as soon as one part that was run failed. Each output says what was not run. */
export function judge(parts: Pick<Results, (typeof judgedParts)[number]>): Results['outcome'] {
  return judgedParts.some((name) => parts[name]?.outcome === 'failed') ? 'failed' : 'passed'
}

/** A part of the results that has problems. */
export type JudgedPart = (typeof judgedParts)[number]

/** A problem, and the part of the results that has it. */
export interface ListedProblem {
  readonly part: JudgedPart
  readonly problem: Problem
}

/** The order in which outputs show the problems of the parts: those of the change itself first. */
export const problemOrder: readonly JudgedPart[] = [
  'gate',
  'upgrades',
  'crash',
  'contracts',
  'fuzz',
  'mutation',
  'findings',
]

/** Every problem of every part that was run, each once, the new ones first. */
export function listProblems(results: Pick<Results, JudgedPart>): ListedProblem[] {
  const all = listByPart(results).flatMap(({ part, problems }) =>
    mergeProblems(problems).map((problem) => ({ part, problem })),
  )
  return [...all.filter(({ problem }) => isNew(problem)), ...all.filter(({ problem }) => !isNew(problem))]
}

/**
 * The problems of each part, as often as they were seen in it. What a part before it has too is left out: the check
 * `contracts` sees in every upgrade what the part of that name sees in a new database.
 */
export function listByPart(
  results: Pick<Results, JudgedPart>,
): { readonly part: JudgedPart; readonly problems: readonly Problem[] }[] {
  const reported = new Set<string>()
  return problemOrder.map((part) => {
    const problems = problemsOf(results[part]).filter((problem) => !reported.has(identityOf(problem)))
    for (const problem of problems) reported.add(identityOf(problem))
    return { part, problems }
  })
}

type WithProblems =
  | { readonly problems: readonly Problem[] }
  | {
      readonly snapshots: readonly { readonly checks: readonly { readonly problems: readonly Problem[] }[] }[]
    }

/** The problems of one part, each as often as it was seen. */
export function problemsOf(part: WithProblems | null): readonly Problem[] {
  if (part === null) return []
  return 'snapshots' in part
    ? part.snapshots.flatMap(({ checks }) => checks.flatMap(({ problems }) => problems))
    : part.problems
}

/** A part with each of its problems changed. */
export function changeProblems<Part extends WithProblems>(
  part: Part,
  change: (problem: Problem) => Problem,
): Part {
  if (!('snapshots' in part)) return { ...part, problems: part.problems.map(change) }
  const snapshots = part.snapshots.map((snapshot) => ({
    ...snapshot,
    checks: snapshot.checks.map((check) => ({ ...check, problems: check.problems.map(change) })),
  }))
  return { ...part, snapshots }
}
