import type { MutantVerdict } from '../../harness/mutation/judge.ts'
import { layers as allLayers } from '../../harness/mutation/layers/index.ts'
import { listMutants } from '../../harness/mutation/mutants.ts'
import { isProven, type MutationReport, makeReport } from '../../harness/mutation/report.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { loadSuite } from '../load-suite.ts'
import { printJson } from '../output/json.ts'
import { renderReport, renderVerdict } from '../output/mutation.ts'
import { print } from '../output/print.ts'
import { styleFor } from '../output/style.ts'
import { chooseLayers, chooseMutants } from './choose.ts'
import { toJson } from './json.ts'
import { judgeAll } from './judge.ts'
import { checkPage, writePage } from './page.ts'

interface MutateArguments {
  readonly operator?: string | undefined
  readonly migration?: string | undefined
  readonly layer?: string | undefined
  readonly mutant?: string | undefined
  readonly write?: boolean | undefined
  readonly suite?: string | undefined
  readonly json?: boolean | undefined
}

/**
 * Tries the mutants that the arguments choose, and prints what was found.
 *
 * @throws {DiagnosedError} when all were tried and docs/mutation.md shows another matrix
 */
export async function runMutate(args: MutateArguments): Promise<ExitCode> {
  const start = performance.now()
  const suite = await loadSuite(args.suite)
  const every = listMutants(suite)
  const mutants = chooseMutants(every, args)
  const layers = chooseLayers(args.layer)
  const verdicts = await judgeAll(mutants, layers, { suiteFile: args.suite })
  const isWhole = mutants.length === every.length && layers.length === allLayers.length
  const isOwn = args.suite === undefined
  const equivalents = isOwn ? (await import('../../suite/mutation.ts')).equivalentMutants : []
  const report = makeReport({ mutants, verdicts, layers, equivalents, isWhole })
  const durationMilliseconds = performance.now() - start
  if (args.json) printJson(toJson(report, verdicts, durationMilliseconds))
  else printReport(report, verdicts, args.mutant !== undefined, durationMilliseconds)
  if (isWhole && isOwn) (args.write ? writePage : checkPage)(report)
  return isProven(report) ? exitCodes.proven : exitCodes.notProven
}

function printReport(
  report: MutationReport,
  verdicts: readonly MutantVerdict[],
  isOne: boolean,
  durationMilliseconds: number,
): void {
  const style = styleFor(process.stdout)
  const text = isOne
    ? verdicts.map((verdict) => renderVerdict(verdict, style)).join('\n\n')
    : renderReport(report, style, durationMilliseconds)
  print(text)
}
