import type { Check } from '../../checks/check.ts'
import { attemptCheck } from '../../checks/verify.ts'
import { DiagnosedError, errorMessage } from '../../errors.ts'
import type { Simulator } from '../../faults/simulator.ts'
import { errorCode } from '../../migrator/errors.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import { withStillClock } from '../../snapshots/clock.ts'
import { guardSuite } from '../guard.ts'
import type { FaultSite, Mutant, MutationSubject } from '../model.ts'
import type { NewerVersion } from '../operators/operator.ts'
import { tryNewerVersion } from '../operators/tables-at.ts'
import { openStarts, type Starts } from '../starts.ts'
import { type Databases, type MutantUpgrade, makeDatabases } from './databases.ts'

/** A check of mutants: a column of the kill matrix. */
export interface MutantCheck {
  readonly name: string
  /** Why the check is kept even if other checks kill every mutant that it kills. */
  readonly keptBecause: string
  /** What the suite must declare for it and does not, so that it can kill nothing; null where nothing is missing. */
  lacks?(suite: Suite): string | null
  /** Where a mutant must have its fault for the check to run; defaults to anywhere. */
  readonly sites?: readonly FaultSite[]
  run(mutant: Mutant, context: MutantContext): readonly Problem[]
}

/** What a check uses besides the mutant. */
export interface MutantContext {
  readonly subject: MutationSubject
  readonly starts: Starts
  readonly databases: Databases
  /** What the version store of the suite does with a version that a newer release wrote. */
  readonly newerVersion: NewerVersion
  /** SQLite on simulated disks. */
  readonly simulator: Simulator
  /** Removes the files. */
  close(): void
}

/** Opens what checks need to judge the mutants of a subject. */
export async function openContext(subject: MutationSubject): Promise<MutantContext> {
  const { loadSimulator } = await import('../../faults/simulator.ts')
  const simulator = await loadSimulator()
  const suite = guardSuite(subject.suite)
  const starts = openStarts(suite)
  const databases = makeDatabases(suite, starts.all)
  const close = () => {
    starts.close()
    databases.close()
  }
  const newerVersion = tryNewerVersion(suite.plan)
  return { subject: { ...subject, suite }, starts, databases, newerVersion, simulator, close }
}

/** A check of upgrades, run on the upgrades of a mutant that provide what it needs, until it finds a problem. */
export function onMutants(check: Check): MutantCheck {
  return {
    name: check.name,
    keptBecause: `it alone proves that the upgraded database ${check.proves}`,
    lacks: (suite) => check.lacks?.({ suite, target: latestVersionOf(suite.plan) }) ?? null,
    // A fault in the schema is the same however often the upgrade is run.
    ...(check.needs === 'reruns' ? { sites: ['data', 'migrator'] } : {}),
    run: (mutant, { databases, subject: { suite } }) => {
      const hasNothing = mutant.plan.migrations.every(
        ({ version }) => (check.lacks?.({ suite, target: version }) ?? null) !== null,
      )
      if (hasNothing) return []
      for (const upgrade of databases.listUpgrades(mutant, check.needs)) {
        const problems = problemsOf(check, upgrade)
        if (problems.length > 0) return problems.map((problem) => ({ ...problem, seenIn: [upgrade.name] }))
      }
      return []
    },
  }
}

function problemsOf(check: Check, { withSubject, sharedProblems }: MutantUpgrade): readonly Problem[] {
  const shared = check.needs === 'database' || check.needs === 'file' ? sharedProblems() : null
  const known = shared?.get(check)
  if (known !== undefined) return known
  const { problems } = withStillClock(() => withSubject((subject) => attemptCheck(check, subject, isOutcome)))
  shared?.set(check, problems)
  return problems
}

/** Whether an error is a result of the mutant: raised by the engine or the harness. A bug in a check must not count. */
export function isOutcome(error: unknown): boolean {
  return errorCode(error) !== null || error instanceof DiagnosedError
}

/** An error as a problem of a check. */
export function problemOfError(code: string, name: string, error: unknown): Problem {
  const subject = { type: 'database', name } as const
  return makeProblem(code, { subject, expected: 'no error', actual: errorMessage(error) })
}
