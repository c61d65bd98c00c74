import { mutantChecks } from '../../mutation/checks/index.ts'
import type { MutantVerdict } from '../../mutation/judge.ts'
import { listMutants } from '../../mutation/mutants.ts'
import { type MutationReport, makeReport } from '../../mutation/report.ts'
import { findConfigFile } from '../config-file.ts'
import { UsageError } from '../errors.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { loadConfig } from '../load-config.ts'
import { printJson } from '../output/json.ts'
import { renderReport, renderVerdict } from '../output/mutation.ts'
import { print } from '../output/print.ts'
import { styleFor } from '../output/style.ts'
import { isEnough } from '../results/mutation.ts'
import { chooseChecks, chooseMutants } from './choose.ts'
import { toJson } from './json.ts'
import { judgeAll } from './judge.ts'
import { checkPage, writePage } from './page.ts'

interface MutateArguments {
  readonly operator?: string | undefined
  readonly migration?: string | undefined
  readonly check?: string | undefined
  readonly mutant?: string | undefined
  readonly matrix?: string | undefined
  readonly write?: boolean | undefined
  readonly config?: string | undefined
  readonly json?: boolean | undefined
}

/**
 * Tries the mutants that the arguments choose, and prints what was found.
 *
 * @throws {DiagnosedError} when all were tried and the page of `--matrix` shows another matrix
 */
export async function runMutate(args: MutateArguments): Promise<ExitCode> {
  if (args.write === true && args.matrix === undefined) throw noPage()
  const start = performance.now()
  const suite = await loadConfig(args.config)
  const every = listMutants(suite)
  const mutants = chooseMutants(every, args)
  const checks = chooseChecks(args.check)
  const verdicts = await judgeAll(mutants, checks, findConfigFile(args.config))
  const isWhole = mutants.length === every.length && checks.length === mutantChecks.length
  const equivalents = suite.equivalentMutants
  const report = makeReport({ mutants, verdicts, checks, equivalents, isWhole })
  const durationMilliseconds = performance.now() - start
  if (args.json) printJson(toJson(report, verdicts, durationMilliseconds))
  else printReport(report, verdicts, args.mutant !== undefined, durationMilliseconds)
  if (isWhole && args.matrix !== undefined) (args.write ? writePage : checkPage)(args.matrix, report)
  return isEnough(report, suite) ? exitCodes.proven : exitCodes.notProven
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

function noPage(): UsageError {
  return new UsageError({
    where: 'mutate --write',
    expected: '--matrix FILE beside it',
    actual: 'no page to write to',
    remedy: 'name a Markdown page that has the lines `<!-- matrix -->` and `<!-- end of matrix -->`',
  })
}
