import { defineCommand } from 'citty'
import { quoteText } from '../checks/rows/model.ts'
import { countOf } from '../count.ts'
import type { FindingsReport, UntriedTable } from '../findings/find-weaknesses.ts'
import { isFinding, keyOfFinding } from '../findings/finding.ts'
import { isNew, type Problem } from '../problem.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { exitCodes } from './errors.ts'
import { findInThreads } from './lint/find.ts'
import { loadConfig } from './load-config.ts'
import { formatArguments, printIn, readFormat } from './output/format.ts'
import { printable } from './output/printable.ts'
import { renderProblems } from './output/problem.ts'
import { progressOn } from './output/progress.ts'
import { type Style, styleFor } from './output/style.ts'
import { proseWidth, wrap } from './output/text.ts'
import { readThreads, threadsArgument } from './process/threads.ts'

/** The findings rule by rule, each with what was run and what happened, then unused waivers and a summary. */
export function renderFindings(report: FindingsReport, style: Style): string {
  const findings = report.problems.filter(isFinding)
  const codes = [...new Set(findings.map(({ code }) => code))]
  const groups = codes.map((code) =>
    renderRule(
      findings.filter((finding) => finding.code === code),
      style,
    ),
  )
  const unused = report.problems.filter((problem) => !isFinding(problem))
  const untried = report.untriedTables.map((untried) => renderUntried(untried, style))
  return [
    ...groups,
    ...untried,
    ...(unused.length === 0 ? [] : [renderProblems(unused, style)]),
    ...renderWaiver(findings.filter(isNew)),
    renderSummary(report, style),
  ].join('\n\n')
}

function renderRule(findings: readonly Problem[], style: Style): string {
  const [first] = findings
  if (first === undefined) return ''
  const { code, severity, why, fix, source } = first
  const isShared = findings.every((finding) => finding.fix === fix)
  // Those that are not accepted come first, then those of one reason together.
  const reasons = [...new Set(findings.map(({ acceptedBecause }) => acceptedBecause))].sort((left) =>
    left === null ? -1 : 1,
  )
  return [
    `${style('bold', code)} (${severity})`,
    ...indent(why, 2),
    ...(isShared ? indent(`Fix: ${printable(fix)}`, 2, style) : []),
    ...indent(source ?? '', 2, style),
    ...reasons.flatMap((reason) =>
      renderAlike(
        findings.filter(({ acceptedBecause }) => acceptedBecause === reason),
        { isShared, reason, style },
      ),
    ),
  ].join('\n')
}

function renderAlike(
  findings: readonly Problem[],
  { isShared, reason, style }: { isShared: boolean; reason: string | null; style: Style },
): string[] {
  const lines = findings.flatMap((finding) => [
    `  ${reason === null ? style('red', '✗') : style('dim', '·')} ${indent(
      printable(`${keyOfFinding(finding.subject)}${originOf(finding)}`),
      4,
    )
      .join('\n')
      .trimStart()}`,
    ...finding.evidence.flatMap(({ ran, happened }) => indent(printable(`${ran}: ${happened}`), 6)),
    ...(isShared ? [] : indent(`Fix: ${printable(finding.fix)}`, 6, style)),
  ])
  return reason === null ? lines : [...lines, ...indent(`Waived: ${reason}`, 4)]
}

/** The version whose migration did it, where the name of the finding does not say it, or where that is. */
function originOf({ subject, version, location }: Problem): string {
  if (location !== null) return ` (${location.file}${location.line === null ? '' : `:${location.line}`})`
  return version === null || subject.type === 'migration' ? '' : ` (since migration v${version})`
}

function renderUntried({ table, problem }: UntriedTable, style: Style): string {
  const text = `it accepts no synthetic row, so that what needs rows was not tried: ${problem}`
  const fix = 'Fix: write rows of it by hand, in rows/ of the fixtures; verify proves with these'
  return [
    `${style('yellow', '!')} table ${printable(table)}`,
    ...indent(printable(text), 2),
    ...indent(fix, 2, style),
  ].join('\n')
}

/** How the config accepts the first open finding. Waivers name code and object exactly: the line is not wrapped. */
function renderWaiver([first]: readonly Problem[]): string[] {
  if (first === undefined) return []
  const object = quoteText(keyOfFinding(first.subject))
  const waiver = `  waivers: [{ code: '${first.code}', objects: [${printable(object)}], reason: '…' }]`
  return [`To accept a finding, give the reason in the config:\n${waiver}`]
}

function renderSummary({ problems, engineVersion }: FindingsReport, style: Style): string {
  const findings = problems.filter(isFinding)
  const unusedWaivers = problems.length - findings.length
  const open = findings.filter(isNew).length
  const waived = `${findings.length - open} waived`
  const unused = unusedWaivers === 0 ? '' : `, ${style('red', countOf(unusedWaivers, 'unused waiver'))}`
  const verdict = open === 0 ? style('green', 'none open') : style('red', `${open} open`)
  return `${countOf(findings.length, 'finding')} on SQLite ${engineVersion}: ${waived}, ${verdict}${unused}.`
}

function indent(text: string, columns: number, style?: Style): string[] {
  const space = ' '.repeat(columns)
  return wrap(text, proseWidth() - columns).map((line) => `${space}${style ? style('dim', line) : line}`)
}

export const lintCommand = defineCommand({
  meta: {
    name: 'lint',
    description:
      'Show the weaknesses of the schema and of the migrations. Each is tried on a private copy with synthetic ' +
      'rows, and what happened is shown. Those that the config waives are shown with their reason; any other ' +
      'is a failure, and so is an unused waiver.',
    examples: [
      { call: 'lint', does: 'show every weakness, with what happened when it was tried' },
      { call: 'lint --quick', does: 'leave out the trials of each migration on 20,000 rows' },
      { call: 'lint --json', does: 'print the findings with their evidence, for a script or a build' },
    ],
  },
  args: {
    config: configArgument,
    quick: {
      type: 'boolean',
      description: 'try each migration on 1,000 rows, and not on 20,000',
    },
    threads: threadsArgument,
    ...formatArguments,
  },
  run: async ({ args }) => {
    const threads = readThreads(args.threads)
    const format = readFormat(args)
    const start = performance.now()
    const configFile = findConfigFile(args.config)
    const suite = await loadConfig(configFile)
    const progress = progressOn(process.stderr)
    const report = await findInThreads(suite, configFile, {
      threads,
      isQuick: args.quick === true,
      onRule: (code) => progress.show(code),
    })
    progress.clear()
    const durationMilliseconds = performance.now() - start
    await printIn(format, {
      suite: suite.name,
      json: { suite: suite.name, ...report },
      text: () => renderFindings(report, styleFor(process.stdout)),
      parts: { findings: { durationMilliseconds, problems: report.problems } },
      problems: report.problems,
    })
    return report.outcome === 'passed' ? exitCodes.proven : exitCodes.notProven
  },
})
