import { describeObstacle, type Rollback } from '../../checks/rollback.ts'
import type { CheckResult, UpgradeProof } from '../../checks/verify.ts'
import { countOf } from '../../count.ts'
import { shownPath } from '../../errors.ts'
import type { RunnerRules } from '../../migrator/plan.ts'
import { mergeProblems } from '../../problem.ts'
import { countCompared, describeRollbacks, formatDuration } from '../../report/words.ts'
import type { ReuseReport } from '../reuse/verify-known.ts'
import { printable } from './printable.ts'
import { renderProblems } from './problem.ts'
import type { Style } from './style.ts'
import { formatBytes, formatTable, widthOf, widthOn, wrap } from './text.ts'

export interface ProofsOptions {
  readonly rollbacks?: readonly Rollback[]
  readonly style: Style
  /** How many characters a line may have. */
  readonly width: number
  readonly durationMilliseconds: number
  /** Whether the time of each check is shown too. */
  readonly isVerbose?: boolean
  /** What was taken from earlier runs. */
  readonly reuse?: ReuseReport | null
  /** What applied the migrations; left out for the migrator of this package. */
  readonly runner?: RunnerReport | null
}

/** The tool that applied the migrations, or whose rules were followed. */
export interface RunnerReport extends Pick<RunnerRules, 'tool' | 'transaction' | 'foreignKeys'> {
  /** The version that was run, or that the emulated rules were compared with; null where neither was. */
  readonly version: string | null
  readonly how: 'run' | 'emulated' | 'own'
  /** What applied the versions up to one before, where the project has changed its tool. */
  readonly before?: { readonly upTo: number; readonly runner: Omit<RunnerReport, 'before'> }
}

/** What the upgrades proved: a line for each snapshot, each problem in full, and a summary. */
export function renderProofs(proofs: readonly UpgradeProof[], options: ProofsOptions): string {
  const { style, isVerbose = false } = options
  const columns = [{ title: 'Snapshot' }, { title: 'Upgrade' }, { title: 'Result' }, { title: 'Time' }]
  const lines = proofs.map((proof) => lineOf(proof, style))
  const problems = mergeProblems(proofs.flatMap(({ checks }) => checks.flatMap((result) => result.problems)))
  return [
    formatTable(columns, lines, style, widthOn(process.stdout)),
    ...(isVerbose ? [renderMatrix(proofs, options)] : []),
    ...(problems.length === 0 ? [] : [renderProblems(problems, style)]),
    renderSummary(proofs, options),
  ].join('\n\n')
}

function lineOf(proof: UpgradeProof, style: Style): string[] {
  const { snapshot, from, to, outcome, checks } = proof
  const mark = outcome === 'passed' ? style('green', '✓') : style('red', '✗')
  const time = formatDuration(totalMilliseconds(proof))
  return [`${mark} ${printable(snapshot)}`, `v${from} to v${to}`, describeResult(checks, style), time]
}

function describeResult(checks: readonly CheckResult[], style: Style): string {
  const [first, ...others] = checks.filter(({ outcome }) => outcome === 'failed')
  const compared = countCompared(checks)
  if (first === undefined) return `${countOf(compared, 'check')} passed`
  const failed =
    others.length === 0 ? `${first.check} failed` : `${others.length + 1} of ${compared} checks failed`
  return style('red', failed)
}

/** The time of each check on each snapshot. */
function renderMatrix(proofs: readonly UpgradeProof[], { style, width }: ProofsOptions): string {
  const names = namesOf(proofs)
  return formatMatrix(
    {
      corner: 'Check, in ms',
      columns: proofs.map(({ snapshot }) => snapshot),
      rows: [
        ...names.map((name) => ({ title: name, cells: proofs.map((proof) => cellOf(proof, name, style)) })),
        { title: 'total', cells: proofs.map((proof) => `${Math.round(totalMilliseconds(proof))}`) },
      ],
    },
    width,
    style,
  )
}

function cellOf({ checks }: UpgradeProof, name: string, style: Style): string {
  const result = checks.find(({ check }) => check === name)
  if (result === undefined) return style('dim', 'not run')
  if (result.outcome === 'not-applicable') return style('dim', '–')
  const mark = result.outcome === 'passed' ? style('green', '✓') : style('red', '✗')
  return `${mark} ${`${Math.round(result.durationMilliseconds)}`.padStart(3)}`
}

function renderSummary(proofs: readonly UpgradeProof[], options: ProofsOptions): string {
  const { style, width, durationMilliseconds, runner = null } = options
  const results: CheckResult[] = proofs.flatMap(({ checks }) => [...checks])
  const failed = results.filter(({ outcome }) => outcome === 'failed').length
  const counted = `${countOf(proofs.length, 'snapshot')}, ${countOf(countCompared(results), 'check')}`
  const verdict = failed === 0 ? style('green', 'all passed') : style('red', `${failed} failed`)
  const summary = `${counted}: ${verdict} in ${formatDuration(durationMilliseconds)}.`
  const skipped = describeNotCompared(proofs)
  const names = namesOf(proofs).filter((name) => !isSkipped(proofs, name))
  const notes = [
    ...(runner === null ? [] : wrap(describeRunner(runner), width)),
    ...renderReuse(options),
    ...renderRollbacks(options),
    ...(skipped.length === 0 ? [] : wrap(`Not compared: ${skipped.join(', ')}.`, width)),
    ...wrap(`Checks: ${names.join(', ')}.`, width).map((line) => style('dim', line)),
  ]
  return [summary, ...notes].join('\n')
}

/** What applied the migrations, as a sentence. */
export function describeRunner({ before, ...runner }: RunnerReport): string {
  if (before === undefined) return `Applied by ${nameRunner(runner)}.`
  const range = before.upTo === 1 ? 'v1' : `v1 to v${before.upTo}`
  return `Applied: ${range} by ${nameRunner(before.runner)}; later ones by ${nameRunner(runner)}.`
}

function nameRunner({ tool, version, how }: RunnerReport): string {
  const name = printable(tool)
  if (how === 'own') return 'the migrator of this package'
  return how === 'run'
    ? `${name}${version === null ? '' : ` ${printable(version)}`}`
    : `emulated rules of ${name}, ${version === null ? 'not checked against the tool' : `with the same result as ${name} ${printable(version)}`}`
}

/** How many upgrades were known from earlier runs, and where that is kept. */
function renderReuse({ reuse = null, width }: ProofsOptions): string[] {
  if (reuse === null || reuse.sample === null) return []
  const { snapshots, sample, folder, results, bytes, isSampleSame } = reuse
  const known = `${countOf(snapshots, 'upgrade')} of an earlier run, in whole or in part`
  const again = isSampleSame
    ? `${printable(sample)} was proven again, with the same result`
    : 'all were proven again'
  const size = `${countOf(results, 'result')}, ${formatBytes(bytes)}`
  return wrap(`Known: ${known}; ${again}. They are in ${shownPath(folder)} (${size}).`, width)
}

/** The verdict on each roll-back, and with `--verbose` all that stops one. */
function renderRollbacks({ rollbacks = [], width, isVerbose = false }: ProofsOptions): string[] {
  const text = describeRollbacks(rollbacks)
  if (text === '') return []
  const obstacles = rollbacks.flatMap(({ version, obstacles: found }) =>
    found.map((obstacle) => `  v${version}: ${printable(describeObstacle(obstacle))}`),
  )
  return [...wrap(`Roll-back: ${printable(text)}`, width), ...(isVerbose ? obstacles : [])]
}

/** Each check that had nothing to compare, and why: `facts (no tables declared)`. */
function describeNotCompared(proofs: readonly UpgradeProof[]): string[] {
  const snapshots = new Map<string, { readonly check: string; readonly reason: string; names: string[] }>()
  for (const { snapshot, checks } of proofs) {
    for (const { check, notCompared: reason } of checks) {
      if (reason === null) continue
      const same = snapshots.get(`${check} ${reason}`) ?? { check, reason, names: [] }
      same.names.push(printable(snapshot))
      snapshots.set(`${check} ${reason}`, same)
    }
  }
  return [...snapshots.values()].map(({ check, reason, names }) => {
    const some = names.length > 3 ? `${names[0]} and ${names.length - 1} others` : names.join(', ')
    return `${check}${isSkipped(proofs, check) ? '' : ` of ${some}`} (${printable(reason)})`
  })
}

/** Whether a check had nothing to compare in any upgrade. */
function isSkipped(proofs: readonly UpgradeProof[], name: string): boolean {
  const results = proofs.flatMap(({ checks }) => checks.filter(({ check }) => check === name))
  return countCompared(results) === 0
}

function namesOf(proofs: readonly UpgradeProof[]): string[] {
  return [...new Set(proofs.flatMap(({ checks }) => checks.map(({ check }) => check)))]
}

function totalMilliseconds({ checks }: UpgradeProof): number {
  return checks.reduce((sum, { durationMilliseconds }) => sum + durationMilliseconds, 0)
}

export interface Matrix {
  readonly corner: string
  readonly columns: readonly string[]
  readonly rows: readonly { readonly title: string; readonly cells: readonly string[] }[]
}

/**
 * A table that is broken into blocks of columns where it would be wider than the terminal. The title of a
 * column is broken at its hyphens, so that a long name does not make the column wide.
 *
 * @param width how many characters a line may have
 */
function formatMatrix(matrix: Matrix, width: number, style: Style): string {
  const total = matrix.columns.length
  for (let blocks = 1; blocks < total; blocks++) {
    const text = formatBlocks(matrix, Math.ceil(total / blocks), style)
    if (text.split('\n').every((line) => widthOf(line) <= width)) return text
  }
  return formatBlocks(matrix, 1, style)
}

function formatBlocks({ corner, columns, rows }: Matrix, columnsPerBlock: number, style: Style): string {
  const blocks: string[] = []
  for (let start = 0; start < columns.length; start += columnsPerBlock) {
    const end = start + columnsPerBlock
    const titles = columns
      .slice(start, end)
      .map((name) => ({ title: breakAtHyphens(name), align: 'right' as const }))
    const lines = rows.map(({ title, cells }) => [title, ...cells.slice(start, end)])
    blocks.push(formatTable([{ title: corner }, ...titles], lines, style))
  }
  return blocks.join('\n\n')
}

function breakAtHyphens(name: string): string {
  return name.replaceAll('-', '-\n')
}
