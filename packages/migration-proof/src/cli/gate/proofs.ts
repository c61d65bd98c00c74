import { DiagnosedError, errorMessage } from '../../errors.ts'
import { markExisting, problemOf } from '../../gate/problem.ts'
import { isNew, mergeProblems, type Problem } from '../../problem.ts'
import type { Results } from '../../report/model.ts'
import { changeProblems, problemsOf } from '../../report/problems.ts'
import { repeatPart } from '../results/collect.ts'
import type { Base, BaseSuite } from './base.ts'

/** The parts that prove something of a change. */
type Proofs = Pick<Results, 'upgrades' | 'findings' | 'mutation' | 'crash' | 'contracts'>

/** What a part finds in the base, where it found these problems in the change. */
type FindOld = (
  old: BaseSuite,
  problems: readonly Problem[],
) => readonly Problem[] | Promise<readonly Problem[]>

/**
 * The proofs of a change, each of whose problems is marked that the base has too. The base is tried only with what
 * found something in the change.
 */
export async function compareWithBase(proofs: Proofs, base: Base | null): Promise<Proofs> {
  const { upgrades, findings, mutation, crash, contracts } = proofs
  return {
    upgrades: await comparePart(upgrades, base, findOldUpgrades),
    findings: await comparePart(findings, base, async ({ suite, configFile }) => {
      const { runFindings } = await import('../results/parts.ts')
      return (await runFindings(suite, configFile)).problems
    }),
    mutation: await comparePart(mutation, base, async (old, problems) => {
      const { failsUnmutated, runMutation } = await import('../results/mutation.ts')
      const { chooseOneOfEach } = await import('../../mutation/mutants.ts')
      const ids = new Set(problems.map(({ subject }) => subject.name))
      const areUnmutated = problems.some(({ code }) => code === failsUnmutated)
      const { problems: found } = await runMutation(old, (mutants) => ({
        mutants: areUnmutated ? chooseOneOfEach(mutants) : mutants.filter(({ id }) => ids.has(id)),
        limitedTo: 'what failed',
      }))
      return found
    }),
    crash: await comparePart(crash, base, async ({ suite, configFile }) => {
      const { runCrash } = await import('../results/crash.ts')
      const known = ['fresh', ...suite.snapshots.map(({ name }) => name)]
      const failed = crash?.parts.filter(({ bad }) => bad > 0).map(({ path }) => path) ?? []
      const paths = [...new Set(failed)].filter((path) => known.includes(path))
      return (await runCrash(suite, configFile, { paths })).problems
    }),
    contracts: await comparePart(contracts, base, async ({ suite }) => {
      const { readContracts } = await import('../../report/read/contracts.ts')
      return readContracts(suite).problems
    }),
  }
}

async function findOldUpgrades({ suite }: BaseSuite, problems: readonly Problem[]): Promise<Problem[]> {
  const { verifySnapshots } = await import('../results/upgrades.ts')
  const failed = new Set(problems.flatMap(({ seenIn }) => seenIn))
  const names = suite.snapshots.map(({ name }) => name).filter((name) => failed.has(name))
  const proofs = await verifySnapshots(suite, names)
  return proofs.flatMap(({ checks }) => checks.flatMap((check) => check.problems))
}

async function comparePart<Part extends Parameters<typeof changeProblems>[0]>(
  part: Part | null,
  base: Base | null,
  findOld: FindOld,
): Promise<Part | null> {
  const problems = mergeProblems(problemsOf(part).filter(isNew))
  if (part === null || problems.length === 0 || base === null || base.suite === null) return part
  try {
    const old = await findOld(base.suite, problems)
    return changeProblems(part, (problem) => markExisting([problem], old)[0] ?? problem)
  } catch {
    // What cannot be tried on the base counts against the change.
    return part
  }
}

/** A part that could not be run to its end. */
export function describeFailedPart(part: string, error: unknown): Problem {
  const again = `see it again with \`${repeatPart(part)}\``
  return problemOf('part-failed', { type: 'part', name: part }, null, describeError(error, again))
}

function describeError(error: unknown, again: string): Pick<Problem, 'expected' | 'actual' | 'fix'> {
  if (error instanceof DiagnosedError) {
    const { where, expected, actual, fix } = error.diagnosis
    return { expected: `${expected} (${where})`, actual, fix: `${fix}, and ${again}` }
  }
  const actual = `the error '${errorMessage(error).split('\n', 1)[0]}'`
  return { expected: 'a result', actual, fix: `correct what it names, and ${again}` }
}
