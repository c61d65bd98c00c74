import { mutantChecks } from '../../mutation/checks/index.ts'
import type { Mutant } from '../../mutation/model.ts'
import { listMutants } from '../../mutation/mutants.ts'
import { isProven, type MutationReport, makeReport } from '../../mutation/report.ts'
import type { Suite } from '../../proof/suite.ts'
import type { MutationResults } from '../../report/model.ts'
import { judgeAll } from '../mutation/judge.ts'

/** Some mutants, and which they are, as "the mutants of version 7"; null for all of them. */
export interface MutantChoice {
  readonly mutants: readonly Mutant[]
  readonly limitedTo: string | null
}

/** Chooses some of all mutants. */
export type MutantFilter = (mutants: readonly Mutant[]) => MutantChoice

/** A suite whose mutants are tried, and its config, which the threads load. */
export interface MutationInput {
  readonly suite: Suite
  readonly configFile: string
}

/**
 * Judges mutants of a suite by all checks.
 *
 * @param choose which of them are tried; defaults to all
 */
export async function runMutation(
  { suite, configFile }: MutationInput,
  choose: MutantFilter = (mutants) => ({ mutants, limitedTo: null }),
): Promise<MutationResults> {
  const start = performance.now()
  const { mutants, limitedTo } = choose(listMutants(suite))
  const verdicts = await judgeAll(mutants, mutantChecks, configFile)
  const report = makeReport({
    mutants,
    verdicts,
    checks: mutantChecks,
    equivalents: suite.equivalentMutants,
    isWhole: limitedTo === null,
  })
  return {
    ...report,
    outcome: isEnough(report, suite) ? 'passed' : 'failed',
    durationMilliseconds: performance.now() - start,
    limitedTo,
  }
}

/** How much behaviour alone must see is asked only where tables are declared, by which it judges. */
export function isEnough(report: MutationReport, { facts }: Suite): boolean {
  if (facts.tables.length > 0) return isProven(report)
  return report.survivors.length + report.wrongEquivalents.length === 0
}
