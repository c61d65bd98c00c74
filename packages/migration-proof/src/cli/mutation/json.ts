import { killersOf, type MutantVerdict } from '../../mutation/judge.ts'
import { isProven, type MutationReport } from '../../mutation/report.ts'

/** A run as plain data. The mutants are in the order of their ids. */
export function toJson(
  report: MutationReport,
  verdicts: readonly MutantVerdict[],
  durationMilliseconds: number,
) {
  const { operators, layers, behaviourRate, survivors, equivalents, wrongEquivalents } = report
  const ordered = verdicts.toSorted((left, right) => (left.id < right.id ? -1 : 1))
  return {
    outcome: isProven(report) ? 'passed' : 'failed',
    durationMilliseconds,
    behaviourRate,
    survivors,
    equivalents,
    wrongEquivalents,
    operators,
    layers,
    mutants: ordered.map(describeVerdict),
  }
}

function describeVerdict(verdict: MutantVerdict) {
  const { id, operator, fault, layers } = verdict
  return {
    id,
    operator,
    fault,
    killedBy: killersOf(verdict),
    milliseconds: layers.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    layers: layers.map(({ layer, milliseconds, symptoms }) => ({
      layer,
      milliseconds,
      symptoms: symptoms.length,
    })),
  }
}
