import type { Problem } from '../problem.ts'
import { mutantChecks } from './checks/index.ts'
import { isOutcome, type MutantCheck, type MutantContext, problemOfError } from './checks/mutant-check.ts'
import type { Mutant } from './model.ts'

/** The result of one check of a mutant. */
export interface CheckVerdict {
  readonly check: string
  readonly problems: readonly Problem[]
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
  return checks.filter(({ problems }) => problems.length > 0).map(({ check }) => check)
}

function judgeBy(check: MutantCheck, mutant: Mutant, context: MutantContext): CheckVerdict {
  const start = performance.now()
  const problems = attempt(check, mutant, context)
  return { check: check.name, problems, milliseconds: performance.now() - start }
}

function attempt(check: MutantCheck, mutant: Mutant, context: MutantContext): readonly Problem[] {
  try {
    return check.run(mutant, context)
  } catch (error) {
    if (!isOutcome(error)) throw error
    return [problemOfError(check.name, `check ${check.name}`, error)]
  }
}
