import { countOf, formatCount } from '../../count.ts'
import { describeSubject, isNew, type Problem } from '../../problem.ts'
import type { Results } from '../../report/model.ts'
import { judgedParts, listProblems } from '../../report/problems.ts'
import { formatDuration, partTitles, summarisePart } from '../../report/words.ts'
import { printable } from '../output/printable.ts'
import { renderProblems } from '../output/problem.ts'
import type { Style } from '../output/style.ts'
import { formatTable, widthOn } from '../output/text.ts'

type ShownPart = Exclude<(typeof judgedParts)[number], 'fuzz'>

/** The parts of a gate, in the order of its table. */
const shownParts: readonly ShownPart[] = judgedParts.filter((name) => name !== 'fuzz')

/** Whether a part has a line of its own. */
export function isShown(part: string): part is ShownPart {
  return shownParts.some((name) => name === part)
}

/** What a gate found: a line for each part, each problem in full, and a verdict. */
export function renderGate(results: Results, style: Style): string {
  const problems = listProblems(results).map(({ problem }) => problem)
  const failed = problems.filter(isNew)
  const old = problems.filter(({ status }) => status === 'existing')
  return [
    renderParts(results, style),
    ...(failed.length === 0 ? [] : [renderProblems(failed, style)]),
    ...renderWaivers(results, style),
    ...old.map((problem) => renderOld(problem, style)),
    renderVerdict(results, failed.length, old.length, style),
  ].join('\n\n')
}

/** One part in a line, as it is printed when it ends. */
export function renderPart(name: ShownPart, part: Results[ShownPart], style: Style): string {
  if (part === null) return `${style('dim', '–')} ${partTitles[name]}: not run`
  return `${markOf(part.outcome, style)} ${partTitles[name]} in ${formatDuration(part.durationMilliseconds)}`
}

function markOf(outcome: 'passed' | 'failed', style: Style): string {
  return outcome === 'passed' ? style('green', '✓') : style('red', '✗')
}

function renderParts(results: Results, style: Style): string {
  const rows = shownParts.map((name) => {
    const part = results[name]
    if (part === null) return [style('dim', '–'), partTitles[name], style('dim', 'not run'), '']
    const limit = part.limitedTo === null ? '' : `; only ${part.limitedTo}`
    return [
      markOf(part.outcome, style),
      partTitles[name],
      `${summarisePart(results, name)}${limit}`,
      formatDuration(part.durationMilliseconds),
    ]
  })
  const columns = [
    { title: '' },
    { title: 'part' },
    { title: 'result' },
    { title: 'time', align: 'right' as const },
  ]
  return formatTable(columns, rows, style, widthOn(process.stdout))
}

function renderWaivers({ gate }: Results, style: Style): string[] {
  const waivers = gate?.newWaivers ?? []
  if (waivers.length === 0) return []
  const lines = waivers.map(({ code, objects, reason }) =>
    printable(`  ${code} of ${objects.join(', ')}: ${reason}`),
  )
  return [[style('bold', 'New waivers, to be reviewed:'), ...lines].join('\n')]
}

function renderOld({ code, subject, actual }: Problem, style: Style): string {
  return `${style('dim', '–')} ${printable(describeSubject(subject))}: ${code}, in the base too: ${printable(actual)}`
}

/** Which version judged the base, and whether it had a config to judge it by. */
function describeBase({ baseConfig, harnessVersion }: NonNullable<Results['gate']>): string {
  if (baseConfig === 'loaded') return `, both judged by migration-proof ${harnessVersion}`
  return baseConfig === 'none'
    ? ', which has no config: its ledger alone'
    : ', whose config cannot be loaded: its ledger alone'
}

function renderVerdict(results: Results, failed: number, old: number, style: Style): string {
  const { gate, durationMilliseconds } = results
  const compared = gate?.base == null ? 'with the ledger alone' : `with ${gate.base}${describeBase(gate)}`
  const before = old === 0 ? '' : ` ${formatCount(old)} more ${old === 1 ? 'is' : 'are'} in the base too.`
  const praise =
    results.upgrades === null
      ? 'The history is as expected. No upgrade was proven: a release needs the whole gate.'
      : 'Nothing stands in the way of the release.'
  const verdict =
    failed === 0 ? style('green', praise) : style('red', `${countOf(failed, 'problem')} to fix.`)
  return `${verdict}${before} Compared ${printable(compared)}, in ${formatDuration(durationMilliseconds)}.`
}
