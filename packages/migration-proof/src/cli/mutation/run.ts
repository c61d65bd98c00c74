import { readFileSync, writeFileSync } from 'node:fs'
import { DiagnosedError, errorMessage } from '../../errors.ts'
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
import { renderReport, renderVerdict } from '../output/mutation.ts'
import { print, printJson } from '../output/print.ts'
import { renderProblems } from '../output/problem.ts'
import { styleFor } from '../output/style.ts'
import { readThreads } from '../process/threads.ts'
import { problemsOfControls, problemsOfMutation } from '../results/mutation.ts'
import { judgeAll } from './judge.ts'

const [start, end] = ['<!-- matrix -->', '<!-- end of matrix -->']

/**
 * @throws {UsageError} when the page cannot be read, or has no markers for a matrix
 * @throws {DiagnosedError} when its matrix is not that of the report
 */
function checkPage(file: string, report: MutationReport): void {
  const page = readPage(file)
  if (withMatrix(page, report) === page) return
  throw new DiagnosedError({
    where: file,
    expected: 'the kill matrix of this run',
    actual: 'a different one',
    fix: `run \`${howToRun('mutate', '--matrix', file, '--write')}\` and review what changed`,
  })
}

/**
 * Writes the matrix of a report between the markers of the page.
 *
 * @throws {UsageError} when the page cannot be read, or has no markers for a matrix
 */
function writePage(file: string, report: MutationReport): void {
  writeFileSync(file, withMatrix(readPage(file), report))
}

function readPage(file: string): string {
  const expected = `a page with the lines \`${start}\` and \`${end}\``
  const fix = 'add the two lines where the matrix should be, or name another file'
  let page: string
  try {
    page = readFileSync(file, 'utf8')
  } catch (cause) {
    const actual = `the error '${errorMessage(cause)}'`
    throw new UsageError({ where: `--matrix ${file}`, expected, actual, fix }, { cause })
  }
  if (page.indexOf(end) > page.indexOf(start) && page.includes(start)) return page
  throw new UsageError({
    where: `--matrix ${file}`,
    expected,
    actual: 'neither of them, or not in this order',
    fix,
  })
}

function withMatrix(page: string, report: MutationReport): string {
  const [before = '', rest = ''] = page.split(start)
  const [, after = ''] = rest.split(end)
  return `${before}${start}\n${renderMarkdown(report)}\n${end}${after}`
}

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
  readonly config?: string | undefined
  readonly json?: boolean | undefined
}

/**
 * Runs the mutants that the arguments select, and prints the results.
 *
 * @throws {DiagnosedError} when all were run and the page of `--matrix` has a different matrix
 */
export async function runMutate(args: MutateArguments): Promise<ExitCode> {
  if (args.write === true && args.matrix === undefined) throw noPage()
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
  if (args.json) printJson(toJson(report, problems, verdicts, durationMilliseconds))
  else if (failures.length > 0) print(renderProblems(failures, styleFor(process.stdout)))
  else printReport(report, problems, verdicts, args.mutant !== undefined, durationMilliseconds)
  if (isWhole && args.matrix !== undefined) (args.write ? writePage : checkPage)(args.matrix, report)
  return problems.length === 0 ? exitCodes.proven : exitCodes.notProven
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

function noPage(): UsageError {
  return new UsageError({
    where: 'mutate --write',
    expected: '--matrix FILE beside it',
    actual: 'no page to write to',
    fix: 'name a Markdown page that has the lines `<!-- matrix -->` and `<!-- end of matrix -->`',
  })
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
