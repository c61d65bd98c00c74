import { DiagnosedError, errorMessage } from '../../errors.ts'
import { type JudgedProblem, judgeProblems, type Problem, problemOf } from '../../gate/problem.ts'
import {
  findSurvivors,
  findUnprovenUpgrades,
  findUnsafeInterruptions,
  findUnwaived,
} from '../../gate/proofs.ts'
import type { Side } from '../../gate/side.ts'
import { howToRun } from '../../how-to-run.ts'
import type { Results } from '../../report/model.ts'
import type { Base, BaseSuite } from './base.ts'

type Proofs = Pick<Results, 'upgrades' | 'findings' | 'mutation' | 'crash'>

/**
 * What the proofs of a change did not prove. Where something is not proven, the same is tried on the base, to tell
 * what was so before.
 */
export async function inspectProofs(proofs: Proofs, head: Side, base: Base | null): Promise<JudgedProblem[]> {
  const { upgrades, findings, mutation, crash } = proofs
  const kinds: readonly (readonly [
    Problem[],
    (old: BaseSuite, side: Side) => Problem[] | Promise<Problem[]>,
  ])[] = [
    [
      upgrades === null ? [] : findUnprovenUpgrades(upgrades.snapshots, head),
      async ({ suite }, side) => {
        const { verifySnapshots } = await import('../results/upgrades.ts')
        const failed = upgrades?.snapshots.filter(({ outcome }) => outcome === 'failed') ?? []
        const known = suite.snapshots.map(({ name }) => name)
        const names = failed.map(({ snapshot }) => snapshot).filter((name) => known.includes(name))
        return findUnprovenUpgrades(verifySnapshots(suite, names), side)
      },
    ],
    [
      findings === null ? [] : findUnwaived(findings, head),
      async ({ suite }, side) => {
        const { runFindings } = await import('../results/parts.ts')
        return findUnwaived(runFindings(suite), side)
      },
    ],
    [
      mutation === null ? [] : findSurvivors(mutation, head),
      async (old, side) => {
        const { runMutation } = await import('../results/mutation.ts')
        const ids = new Set(mutation?.survivors.map(({ id }) => id))
        const report = await runMutation(old, (mutants) => ({
          mutants: mutants.filter(({ id }) => ids.has(id)),
          limitedTo: 'the survivors',
        }))
        return findSurvivors(report, side)
      },
    ],
    [
      crash === null ? [] : findUnsafeInterruptions(crash.cases),
      async ({ suite, configFile }) => {
        const { runCrash } = await import('../results/crash.ts')
        const known = ['fresh', ...suite.snapshots.map(({ name }) => name)]
        const paths = [...new Set(crash?.cases.map(({ id }) => id.split('/')[1] ?? ''))]
        const { cases } = await runCrash(suite, configFile, {
          paths: paths.filter((path) => known.includes(path)),
        })
        return findUnsafeInterruptions(cases)
      },
    ],
  ]
  const judged: JudgedProblem[] = []
  for (const [problems, findOld] of kinds) judged.push(...(await judgeKind(problems, findOld, base)))
  return judged
}

async function judgeKind(
  problems: readonly Problem[],
  findOld: (old: BaseSuite, side: Side) => Problem[] | Promise<Problem[]>,
  base: Base | null,
): Promise<JudgedProblem[]> {
  if (problems.length === 0 || base === null || base.suite === null) return judgeProblems(problems, [])
  try {
    return judgeProblems(problems, await findOld(base.suite, base.origin))
  } catch {
    // What cannot be tried on the base counts against the change.
    return judgeProblems(problems, [])
  }
}

/** A part that could not be run to its end. */
export function describeFailedPart(part: string, error: unknown): Problem {
  const commands: Readonly<Record<string, string>> = {
    upgrades: 'verify',
    findings: 'lint',
    mutation: 'mutate',
  }
  const again = `see it again with \`${howToRun(commands[part] ?? part)}\``
  return problemOf('part-failed', part, {}, tellError(error, again))
}

function tellError(error: unknown, again: string): Pick<Problem, 'expected' | 'actual' | 'remedy'> {
  if (error instanceof DiagnosedError) {
    const { where, expected, actual, remedy } = error.diagnosis
    return { expected: `${expected} (${where})`, actual, remedy: `${remedy}, and ${again}` }
  }
  const actual = `the error '${errorMessage(error).split('\n', 1)[0]}'`
  return { expected: 'a result', actual, remedy: `mend what it names, and ${again}` }
}
