import type { Failure } from '../checks/check.ts'
import { mutantChecks } from './checks/index.ts'
import { failureOf, isOutcome, type MutantCheck, type MutantContext } from './checks/mutant-check.ts'
import type { Mutant } from './model.ts'

/** The result of one check of a mutant. */
export interface CheckVerdict {
  readonly check: string
  readonly failures: readonly Failure[]
  readonly milliseconds: number
}

/** The results of all checks of a mutant. */
export interface MutantVerdict {
  readonly id: string
  readonly operator: string
  readonly fault: string
  /** Every check that ran, in the order of the list of checks. */
  readonly checks: readonly CheckVerdict[]
}

/** Runs every check on a mutant, even after one has killed it. */
export function judgeMutant(
  mutant: Mutant,
  context: MutantContext,
  checks: readonly MutantCheck[] = mutantChecks,
): MutantVerdict {
  const { id, operator, fault, site } = mutant
  const chosen = checks.filter(({ sites }) => sites === undefined || sites.includes(site))
  return { id, operator, fault, checks: chosen.map((check) => judgeBy(check, mutant, context)) }
}

/** The checks that killed the mutant. */
export function killersOf({ checks }: MutantVerdict): string[] {
  return checks.filter(({ failures }) => failures.length > 0).map(({ check }) => check)
}

function judgeBy(check: MutantCheck, mutant: Mutant, context: MutantContext): CheckVerdict {
  const start = performance.now()
  const failures = attempt(check, mutant, context)
  return { check: check.name, failures, milliseconds: performance.now() - start }
}

function attempt(check: MutantCheck, mutant: Mutant, context: MutantContext): readonly Failure[] {
  try {
    return check.run(mutant, context)
  } catch (error) {
    if (!isOutcome(error)) throw error
    return [failureOf(`check ${check.name}`, error)]
  }
}
