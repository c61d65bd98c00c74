import { killersOf, type MutantVerdict } from '../../mutation/judge.ts'
import { isProven, type MutationReport } from '../../mutation/report.ts'

/** A run as plain data. The mutants are in the order of their ids. */
export function toJson(
  report: MutationReport,
  verdicts: readonly MutantVerdict[],
  durationMilliseconds: number,
) {
  const { operators, checks, behaviourRate, survivors, equivalents, wrongEquivalents } = report
  const ordered = verdicts.toSorted((left, right) => (left.id < right.id ? -1 : 1))
  return {
    outcome: isProven(report) ? 'passed' : 'failed',
    durationMilliseconds,
    behaviourRate,
    survivors,
    equivalents,
    wrongEquivalents,
    operators,
    checks,
    mutants: ordered.map(describeVerdict),
  }
}

function describeVerdict(verdict: MutantVerdict) {
  const { id, operator, fault, checks } = verdict
  return {
    id,
    operator,
    fault,
    killedBy: killersOf(verdict),
    milliseconds: checks.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    checks: checks.map(({ check, milliseconds, failures }) => ({
      check,
      milliseconds,
      failures: failures.length,
    })),
  }
}
