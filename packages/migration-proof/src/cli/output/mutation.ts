import type { MutantVerdict } from '../../mutation/judge.ts'
import {
  formatRate,
  leastBehaviourRate,
  type MutationReport,
  schemaOnlyOperators,
} from '../../mutation/report.ts'
import { describeSubject, type Problem } from '../../problem.ts'
import { formatDuration } from '../../report/words.ts'
import { printable } from './printable.ts'
import { renderProblems } from './problem.ts'
import type { Style } from './style.ts'
import { formatTable } from './text.ts'

/** The problems, or where there is none, the kill matrix and what each check kills alone; and a summary. */
export function renderReport(
  report: MutationReport,
  problems: readonly Problem[],
  style: Style,
  durationMilliseconds: number,
): string {
  return [
    ...(problems.length === 0
      ? [renderMatrix(report, style), renderChecks(report, style)]
      : [renderProblems(problems, style)]),
    renderSummary(report, style, durationMilliseconds),
  ].join('\n\n')
}

/** One mutant with all that its checks saw. */
export function renderVerdict({ id, fault, checks }: MutantVerdict, style: Style): string {
  const parts = checks.map(({ check, problems, milliseconds }) => {
    const mark = problems.length > 0 ? style('green', '✓ killed') : style('yellow', '– not seen')
    const lines = problems.map(
      ({ subject, expected, actual, seenIn }) =>
        `    ${clip([...seenIn, describeSubject(subject)].join(', '))}: expected ${clip(expected)}, found ${clip(actual)}`,
    )
    return [`  ${check}: ${mark} in ${formatDuration(milliseconds)}`, ...lines].join('\n')
  })
  return [`${style('bold', id)} ${printable(fault)}`, ...parts].join('\n')
}

/** How many characters of a text are shown. */
const shownLength = 160

function clip(text: string): string {
  return printable(text.length > shownLength ? `${text.slice(0, shownLength - 1)}…` : text)
}

/** Of the checks that killed any. */
function renderMatrix({ operators, checks, mutants }: MutationReport, style: Style): string {
  const killing = checks.filter(({ kills }) => kills > 0)
  const columns = ['mutants', ...killing.map(({ check }) => check)].map((title) => ({
    title,
    align: 'right' as const,
  }))
  const rows = operators.map(({ operator, mutants: count, kills }) => [
    operator,
    `${count}`,
    ...killing.map(({ check }) => cellOf(kills[check] ?? null, count, style)),
  ])
  const totals = [
    ['all', `${mutants}`, ...killing.map(({ kills }) => `${kills}`)],
    ['alone', '', ...killing.map(({ killedAlone }) => `${killedAlone.length}`)],
    ['time', '', ...killing.map(({ milliseconds }) => formatDuration(milliseconds))],
  ]
  return formatTable([{ title: 'operator' }, ...columns], [...rows, ...totals], style)
}

function cellOf(kills: number | null, mutants: number, style: Style): string {
  if (kills === null) return style('dim', '–')
  return kills === mutants ? style('green', `${kills}`) : `${kills}`
}

function renderChecks({ checks }: MutationReport, style: Style): string {
  const alone = checks
    .filter(({ killedAlone }) => killedAlone.length > 0)
    .map(({ check, killedAlone }) => `${style('bold', check)} alone kills ${shorten(killedAlone)}.`)
  const none = checks.filter(({ kills }) => kills === 0).map(({ check }) => check)
  return [...alone, ...(none.length === 0 ? [] : [`No mutant is killed by: ${none.join(', ')}.`])].join('\n')
}

function shorten(ids: readonly string[]): string {
  const shown = ids.slice(0, 4).join(', ')
  return ids.length > 4 ? `${shown} and ${ids.length - 4} more` : shown
}

function renderSummary(report: MutationReport, style: Style, durationMilliseconds: number): string {
  const { mutants, survivors, behaviourRate, equivalents, checks } = report
  const verdict =
    survivors.length === 0 ? style('green', 'all killed') : style('red', `${survivors.length} survive`)
  const named = equivalents.reduce((sum, { mutants: ids }) => sum + ids.length, 0)
  const rate = formatRate(behaviourRate)
  const behaviour = behaviourRate >= leastBehaviourRate ? style('green', rate) : style('red', rate)
  const counted = `${mutants} ${mutants === 1 ? 'mutant' : 'mutants'}`
  const first = `${counted}: ${verdict} in ${formatDuration(durationMilliseconds)}; ${named} more are named as equivalent.`
  if (!checks.some(({ check }) => check === 'behaviour')) return first
  return `${first}\nBehaviour alone kills ${behaviour} of the faults in schema and data, but for ${schemaOnlyOperators.join(', ')}.`
}
