import { layers } from '../../harness/mutation/layers/index.ts'
import type { Equivalent, Mutant } from '../../harness/mutation/model.ts'
import { listMutants } from '../../harness/mutation/mutants.ts'
import { isProven, type MutationReport, makeReport } from '../../harness/mutation/report.ts'
import type { Suite } from '../../harness/proof/suite.ts'
import type { MutationResults } from '../../harness/report/model.ts'
import { judgeAll, type SubjectFiles } from '../mutation/judge.ts'

/** Some mutants, and which they are, as "the mutants of version 7"; null for all of them. */
export interface MutantChoice {
  readonly mutants: readonly Mutant[]
  readonly limitedTo: string | null
}

/** A suite whose mutants are tried, as the threads load it. */
export interface MutationInput extends SubjectFiles {
  readonly suite: Suite
  /** The mutants that nothing can tell from the original; those of this project are known. */
  readonly equivalents?: readonly Equivalent[]
}

/**
 * Judges mutants of a suite by all layers.
 *
 * @param choose which of them are tried; all unless told otherwise
 */
export async function runMutation(
  input: MutationInput,
  choose: (mutants: readonly Mutant[]) => MutantChoice = (mutants) => ({ mutants, limitedTo: null }),
): Promise<MutationResults> {
  const { suite, suiteFile, modelsFile } = input
  const start = performance.now()
  const { mutants, limitedTo } = choose(listMutants(suite))
  const verdicts = await judgeAll(mutants, layers, { suiteFile, modelsFile })
  const equivalents = input.equivalents ?? (await loadEquivalents(suiteFile))
  const report = makeReport({ mutants, verdicts, layers, equivalents, isWhole: limitedTo === null })
  return {
    ...report,
    outcome: isEnough(report, input) ? 'passed' : 'failed',
    durationMilliseconds: performance.now() - start,
    limitedTo,
  }
}

/** How much behaviour alone must see is asked only where there are models of the tables, by which it judges. */
function isEnough(report: MutationReport, { suiteFile, modelsFile }: MutationInput): boolean {
  if (suiteFile === undefined || modelsFile !== undefined) return isProven(report)
  return report.survivors.length + report.wrongEquivalents.length === 0
}

async function loadEquivalents(suiteFile: string | undefined): Promise<readonly Equivalent[]> {
  return suiteFile === undefined ? (await import('../../suite/mutation.ts')).equivalentMutants : []
}
