import type { Check } from '../../checks/check.ts'
import { attemptCheck } from '../../checks/verify.ts'
import { DiagnosedError, errorMessage } from '../../errors.ts'
import type { Simulator } from '../../faults/simulator.ts'
import { errorCode } from '../../migrator/errors.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import { guardSuite } from '../guard.ts'
import type { Ground, Mutant, MutationSubject } from '../model.ts'
import { openStarts, type Starts } from '../starts.ts'
import { type Databases, makeDatabases } from './databases.ts'

/** One check on mutants: a column of the kill matrix. */
export interface MutantCheck {
  readonly name: string
  /** Why it is kept even where every mutant that it kills is killed by another check too. */
  readonly keptBecause: string
  /** The mutants that it runs on; defaults to all of them. */
  readonly grounds?: readonly Ground[]
  run(mutant: Mutant, context: MutantContext): readonly Problem[]
}

/** What checks look at besides the mutant. */
export interface MutantContext {
  readonly subject: MutationSubject
  readonly starts: Starts
  readonly databases: Databases
  /** SQLite on simulated disks. */
  readonly simulator: Simulator
  /** Removes the files. */
  close(): void
}

/** Gets ready to judge the mutants of a subject. */
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
  return { subject: { ...subject, suite }, starts, databases, simulator, close }
}

/** A check of upgrades, on every upgrade of a mutant that gives what it needs. */
export function onMutants(check: Check): MutantCheck {
  return {
    name: check.name,
    keptBecause: `it alone proves that the upgraded database ${check.proves}`,
    // A fault of the schema is the same however often the upgrade is run.
    ...(check.needs === 'reruns' ? { grounds: ['data', 'migrator'] } : {}),
    run: (mutant, { databases }) =>
      databases.listUpgrades(mutant, check.needs).flatMap(({ name, withSubject }) => {
        const problems = withSubject((subject) => attemptCheck(check, subject, isOutcome))
        return problems.map((problem) => ({ ...problem, seenIn: [name] }))
      }),
  }
}

/** Whether an error says something of the mutant: the engine or the harness meant it. No defect of a check may count. */
export function isOutcome(error: unknown): boolean {
  return errorCode(error) !== null || error instanceof DiagnosedError
}

/** An error as a problem of a check. */
export function problemOfError(code: string, name: string, error: unknown): Problem {
  const subject = { type: 'database', name } as const
  return makeProblem(code, { subject, expected: 'no error', actual: errorMessage(error) })
}
