import { defineCommand } from 'citty'
import { type FindingsReport, findWeaknesses } from '../findings/find-weaknesses.ts'
import type { Finding } from '../findings/finding.ts'
import type { Waiver } from '../proof/suite.ts'
import { plural } from '../report/numbers.ts'
import { configArgument } from './config-file.ts'
import { exitCodes } from './errors.ts'
import { loadConfig } from './load-config.ts'
import { print, printJson } from './output/print.ts'
import { printable } from './output/printable.ts'
import { progressOn } from './output/progress.ts'
import { type Style, styleFor } from './output/style.ts'
import { wrap } from './output/wrap.ts'

const widthColumns = 80

/** The findings rule by rule, each with what was run and what happened, then unused waivers and a summary. */
export function renderFindings(report: FindingsReport, style: Style): string {
  const codes = [...new Set(report.findings.map(({ code }) => code))]
  const groups = codes.map((code) =>
    renderRule(
      report.findings.filter((finding) => finding.code === code),
      style,
    ),
  )
  const unused = report.unusedWaivers.map((waiver) => renderUnused(waiver, style))
  const untried = report.untriedTables.map((table) => renderUntried(table, style))
  return [...groups, ...untried, ...unused, renderSummary(report, style)].join('\n\n')
}

function renderRule(findings: readonly Finding[], style: Style): string {
  const [first] = findings
  if (first === undefined) return ''
  const { code, severity, reason, remedy, source } = first
  const isShared = findings.every((finding) => finding.remedy === remedy)
  // Those that need somebody come first, then those of one reason together.
  const reasons = [...new Set(findings.map(({ waived }) => waived))].sort((left) => (left === null ? -1 : 1))
  return [
    `${style('bold', code)} (${severity})`,
    ...indent(reason, 2),
    ...(isShared ? indent(`Remedy: ${printable(remedy)}`, 2, style) : []),
    ...indent(source, 2, style),
    ...reasons.flatMap((waived) =>
      renderAlike(
        findings.filter((finding) => finding.waived === waived),
        { isShared, waived, style },
      ),
    ),
  ].join('\n')
}

function renderAlike(
  findings: readonly Finding[],
  { isShared, waived, style }: { isShared: boolean; waived: string | null; style: Style },
): string[] {
  const lines = findings.flatMap((finding) => [
    `  ${waived === null ? style('red', '✗') : style('dim', '·')} ${indent(printable(finding.object), 4).join('\n').trimStart()}`,
    ...finding.evidence.flatMap(({ ran, happened }) => indent(printable(`${ran}: ${happened}`), 6)),
    ...(isShared ? [] : indent(`Remedy: ${printable(finding.remedy)}`, 6, style)),
  ])
  return waived === null ? lines : [...lines, ...indent(`Waived: ${waived}`, 4)]
}

function renderUnused({ code, objects }: Waiver, style: Style): string {
  const what = objects.length === 0 ? 'it names no object' : `no finding has ${objects.join(', ')}`
  return [
    `${style('red', '✗')} waiver of ${code}`,
    ...indent(`${what}; remove it, or mend the name`, 2),
  ].join('\n')
}

function renderUntried(table: string, style: Style): string {
  const text = 'no row could be made up that it takes, so that what needs rows was not tried'
  return [`${style('yellow', '!')} table ${printable(table)}`, ...indent(text, 2)].join('\n')
}

function renderSummary({ findings, unusedWaivers, engineVersion }: FindingsReport, style: Style): string {
  const open = findings.filter(({ waived }) => waived === null).length
  const waived = `${findings.length - open} waived`
  const unused =
    unusedWaivers.length === 0 ? '' : `, ${style('red', plural(unusedWaivers.length, 'unused waiver'))}`
  const verdict = open === 0 ? style('green', 'none open') : style('red', `${open} open`)
  return `${plural(findings.length, 'finding')} on SQLite ${engineVersion}: ${waived}, ${verdict}${unused}.`
}

function indent(text: string, columns: number, style?: Style): string[] {
  const space = ' '.repeat(columns)
  return wrap(text, widthColumns - columns).map((line) => `${space}${style ? style('dim', line) : line}`)
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
      { call: 'lint --json', does: 'print the findings with their evidence, for a script or a build' },
    ],
  },
  args: {
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const suite = await loadConfig(args.config)
    const progress = progressOn(process.stderr)
    const report = findWeaknesses(suite, { onRule: (code) => progress.show(code) })
    progress.clear()
    if (args.json) printJson({ suite: suite.name, ...report })
    else print(renderFindings(report, styleFor(process.stdout)))
    return report.outcome === 'passed' ? exitCodes.proven : exitCodes.notProven
  },
})
