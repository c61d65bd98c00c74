import { DiagnosedError, errorMessage } from '../../errors.ts'
import type { Simulator } from '../../faults/simulator.ts'
import { errorCode } from '../../migrator/errors.ts'
import { guardSuite } from '../guard.ts'
import type { Ground, Mutant, MutationSubject, Symptom } from '../model.ts'
import { openStarts, type Starts } from '../starts.ts'
import { type Databases, makeDatabases } from './databases.ts'

/** One oracle of the suite, by itself. */
export interface Layer {
  readonly name: string
  /** What it looks at, as the end of the sentence "It …". */
  readonly looksAt: string
  /** Why it is kept even where every mutant that it kills is killed by another layer too. */
  readonly keptBecause: string
  /** The mutants that it runs on; all of them unless told otherwise. */
  readonly grounds?: readonly Ground[]
  run(mutant: Mutant, context: LayerContext): readonly Symptom[]
}

/** What layers look at besides the mutant. */
export interface LayerContext {
  readonly subject: MutationSubject
  readonly starts: Starts
  readonly databases: Databases
  /** SQLite on simulated disks. */
  readonly simulator: Simulator
}

/** Gets ready to judge the mutants of a subject. Whoever asks closes the starts. */
export async function openContext(subject: MutationSubject): Promise<LayerContext> {
  const { loadSimulator } = await import('../../faults/simulator.ts')
  const simulator = await loadSimulator()
  const suite = guardSuite(subject.suite)
  return {
    subject: { ...subject, suite },
    starts: openStarts(suite),
    databases: makeDatabases(suite.plan),
    simulator,
  }
}

/** The versions whose schema the fault may change: that of its migration, and all later ones. */
export function versionsFrom({ version, plan }: Mutant): number[] {
  return plan.migrations.map((migration) => migration.version).filter((other) => other >= version)
}

/**
 * What a layer threw, as a symptom: a database may be so wrong that nobody can look at it.
 *
 * @throws the error itself, where neither the engine nor the harness meant it: no defect of a layer may count
 */
export function symptomOfThrown(object: string, error: unknown): Symptom {
  if (errorCode(error) === null && !(error instanceof DiagnosedError)) throw error
  return symptomOf(object, error)
}

/** An error as a symptom. */
export function symptomOf(object: string, error: unknown): Symptom {
  return { object, expected: 'no error', actual: errorMessage(error) }
}
