import { howToRun } from '../../how-to-run.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { mutantChecks } from '../../mutation/checks/index.ts'
import type { MutantCheck } from '../../mutation/checks/mutant-check.ts'
import type { MutantVerdict } from '../../mutation/judge.ts'
import { killersOf } from '../../mutation/judge.ts'
import type { Mutant } from '../../mutation/model.ts'
import { listMutants } from '../../mutation/mutants.ts'
import { type MutationReport, makeReport, renderMarkdown } from '../../mutation/report.ts'
import type { Problem } from '../../problem.ts'
import { suggest } from '../../suggest.ts'
import { findConfigFile } from '../config-file.ts'
import { type ExitCode, exitCodes, UsageError } from '../errors.ts'
import { loadConfig } from '../load-config.ts'
import { requirePage, settleMatrix } from '../output/matrix-page.ts'
import { renderReport, renderVerdict } from '../output/mutation.ts'
import { print, printJson } from '../output/print.ts'
import { renderProblems } from '../output/problem.ts'
import { styleFor } from '../output/style.ts'
import { addTimes, renderTiming, type Timing } from '../output/timing.ts'
import { readThreads } from '../process/threads.ts'
import { problemsOfControls, problemsOfMutation } from '../results/mutation.ts'
import { judgeAll } from './judge.ts'

interface MutantFilter {
  readonly operator?: string | undefined
  /** The version of a migration, as given on the command line. */
  readonly migration?: string | undefined
  readonly mutant?: string | undefined
}

/** The mutants that the options select. @throws {UsageError} when an option selects none */
function chooseMutants(
  mutants: readonly Mutant[],
  { operator, migration, mutant: id }: MutantFilter,
  latest: number,
): readonly Mutant[] {
  // What is injected into a further migration, which should change nothing, tries the database of the latest one.
  const versionOf = ({ version }: Mutant) => `${Math.min(version, latest)}`
  if (operator !== undefined) {
    requireOne('--operator', operator, [...new Set(mutants.map((mutant) => mutant.operator))])
  }
  if (migration !== undefined) {
    const versions = [...new Set(mutants.map(versionOf))]
    requireOne(
      '--migration',
      migration,
      versions.sort((left, right) => Number(left) - Number(right)),
    )
  }
  if (id !== undefined) {
    requireOne(
      '--mutant',
      id,
      mutants.map((mutant) => mutant.id),
    )
  }
  return mutants.filter(
    (mutant) =>
      (id ?? mutant.id) === mutant.id &&
      (migration ?? versionOf(mutant)) === versionOf(mutant) &&
      (operator ?? mutant.operator) === mutant.operator,
  )
}

/** The checks that the option selects. @throws {UsageError} when there is none of that name */
function chooseChecks(name: string | undefined): readonly MutantCheck[] {
  if (name === undefined) return mutantChecks
  requireOne(
    '--check',
    name,
    mutantChecks.map((check) => check.name),
  )
  return mutantChecks.filter((check) => check.name === name)
}

/** Up to this many names are listed in full. */
const listedNames = 80

function requireOne(option: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return
  const near = suggest(value, names)
  throw new UsageError({
    where: option,
    expected:
      names.length > listedNames
        ? `one of ${names.length} ids such as ${names[0]}`
        : `one of ${names.join(', ')}`,
    actual: `'${value}'`,
    fix: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}

interface MutateArguments {
  readonly operator?: string | undefined
  readonly migration?: string | undefined
  readonly check?: string | undefined
  readonly mutant?: string | undefined
  readonly matrix?: string | undefined
  readonly write?: boolean | undefined
  readonly threads?: string | undefined
  readonly timing?: boolean | undefined
  readonly config?: string | undefined
  readonly json?: boolean | undefined
}

/**
 * Runs the mutants that the arguments select, and prints the results.
 *
 * @throws {DiagnosedError} when all were run and the page of `--matrix` has a different matrix
 */
export async function runMutate(args: MutateArguments): Promise<ExitCode> {
  requirePage('mutate', args)
  const threads = readThreads(args.threads)
  const start = performance.now()
  const configFile = findConfigFile(args.config)
  const suite = await loadConfig(configFile)
  const every = listMutants(suite)
  const mutants = chooseMutants(every, args, latestVersionOf(suite.plan))
  const checks = chooseChecks(args.check)
  const { verdicts, controls } = await judgeAll({ suite, configFile, threads }, mutants, checks)
  const failures = problemsOfControls(controls)
  const isWhole =
    failures.length === 0 && mutants.length === every.length && checks.length === mutantChecks.length
  const equivalents = suite.equivalentMutants
  const report = makeReport({ mutants, verdicts, checks, equivalents, suite, isWhole })
  const isSample = args.operator !== undefined || args.mutant !== undefined
  const problems = failures.length > 0 ? failures : problemsOfMutation(report, suite, isSample)
  const durationMilliseconds = performance.now() - start
  const timing = args.timing === true ? { timing: timingOf([...controls, ...verdicts]) } : {}
  if (args.json) printJson({ ...toJson(report, problems, verdicts, durationMilliseconds), ...timing })
  else if (failures.length > 0) print(renderProblems(failures, styleFor(process.stdout)))
  else printReport(report, problems, verdicts, args.mutant !== undefined, durationMilliseconds)
  if (!args.json && timing.timing !== undefined)
    print(`\n${renderTiming(timing.timing, styleFor(process.stdout))}`)
  const repeat = howToRun('mutate', '--matrix', args.matrix ?? '', '--write')
  if (isWhole) settleMatrix(args, renderMarkdown(report), 'the kill matrix of this run', repeat)
  return problems.length === 0 ? exitCodes.proven : exitCodes.notProven
}

function timingOf(verdicts: readonly MutantVerdict[]): Timing {
  const all = verdicts.flatMap(({ operator, checks }) => checks.map((check) => ({ operator, ...check })))
  return {
    check: addTimes(all.map(({ check, milliseconds }) => [check, milliseconds])),
    operator: addTimes(all.map(({ operator, milliseconds }) => [operator, milliseconds])),
  }
}

function printReport(
  report: MutationReport,
  problems: readonly Problem[],
  verdicts: readonly MutantVerdict[],
  isOne: boolean,
  durationMilliseconds: number,
): void {
  const style = styleFor(process.stdout)
  const text = isOne
    ? verdicts.map((verdict) => renderVerdict(verdict, style)).join('\n\n')
    : renderReport(report, problems, style, durationMilliseconds)
  print(text)
}

/** A run as plain data, with the mutants ordered by id. */
function toJson(
  report: MutationReport,
  problems: readonly Problem[],
  verdicts: readonly MutantVerdict[],
  durationMilliseconds: number,
) {
  const { operators, checks, behaviourRate, equivalents } = report
  const ordered = verdicts.toSorted((left, right) => (left.id < right.id ? -1 : 1))
  return {
    outcome: problems.length === 0 ? 'passed' : 'failed',
    durationMilliseconds,
    behaviourRate,
    problems,
    equivalents,
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
    checks: checks.map(({ check, milliseconds, problems }) => ({
      check,
      milliseconds,
      failures: problems.length,
    })),
  }
}
