import type { SafeRebuild } from '../../compatibility/batch-losses.ts'
import type { EngineProof } from '../../compatibility/prove-on-engine.ts'
import { countOf } from '../../count.ts'
import { describeSubject, isNew, mergeProblems, type Problem } from '../../problem.ts'
import { formatDuration } from '../../report/words.ts'
import { printable, printableSql } from '../output/printable.ts'
import { renderProblems } from '../output/problem.ts'
import type { Style } from '../output/style.ts'
import { formatTable, widthOn } from '../output/text.ts'
import type { EnginesReport } from './run.ts'

/** What each engine proved, in a line, after the problems that are new. */
export function renderEngines({ engines, missing, problems }: EnginesReport, style: Style): string {
  const found = mergeProblems([...problems, ...engines.flatMap((engine) => engine.problems)]).filter(isNew)
  const columns = ['Engine', 'Version', 'SQLite', 'Snapshots', 'Result', 'Time'].map((title) => ({ title }))
  const lines = [
    ...engines.map((proof) => lineOf(proof, style)),
    ...missing.map(({ engine, install }) => [
      `${style('yellow', '?')} ${engine}`,
      '–',
      '–',
      '–',
      `not installed: ${install}`,
      '–',
    ]),
  ]
  return [
    ...(found.length === 0 ? [] : [renderProblems(found, style)]),
    ...engines.flatMap(({ engine, rebuilds }) =>
      rebuilds.map((rebuild) => renderRebuild(engine, rebuild, style)),
    ),
    formatTable(columns, lines, style, widthOn(process.stdout)),
  ].join('\n\n')
}

/** Statements to be pasted: a line break in one is its own. */
function renderRebuild(
  engine: string,
  { version, file, provenWith, statements, separator }: SafeRebuild,
  style: Style,
): string {
  const title = `${file ?? `v${version}`}, in a form that keeps every row of ${provenWith.join(', ')} on ${engine}:`
  const lines = statements.map((sql) => printableSql(`${sql};`))
  return [style('bold', printable(title)), lines.join(`${separator}\n`)].join('\n')
}

function lineOf(
  { engine, version, sqlite, outcome, snapshots, problems }: EngineProof,
  style: Style,
): string[] {
  const mark = outcome === 'passed' ? style('green', '✓') : style('red', '✗')
  const milliseconds = snapshots.reduce((sum, { durationMilliseconds }) => sum + durationMilliseconds, 0)
  return [
    `${mark} ${engine}`,
    printable(version ?? '–'),
    printable(sqlite),
    `${snapshots.length}`,
    describeResult(problems, style),
    formatDuration(milliseconds),
  ]
}

function describeResult(problems: readonly Problem[], style: Style): string {
  const merged = mergeProblems(problems)
  const failed = merged.filter(isNew).length
  if (failed > 0) return style('red', countOf(failed, 'deviation'))
  return merged.length === 0 ? 'as better-sqlite3' : `${countOf(merged.length, 'declared deviation')}`
}

/** The columns of the matrix: the codes of problems. */
const columns = [
  'upgrade',
  'golden',
  'facts',
  'versions',
  'content',
  'rows',
  'integrity',
  'foreign keys',
  'rerun',
  'inserts',
  'storage',
  'defaults',
  'cascades',
  'plans',
  'contracts',
]

/** Everything that no other column counts: what the behaviour of declared tables has as codes of its own. */
const rest = 'behaviour'

/** The engines and what was compared on each, and the declared deviations, as Markdown. */
export function renderEngineMatrix({ engines, missing }: EnginesReport): string {
  const titles = ['Engine', 'Version', 'SQLite', 'Foreign keys', ...columns, rest]
  const rows = engines.map((proof) => [
    proof.engine,
    proof.version ?? '–',
    proof.sqlite,
    proof.foreignKeys === null ? '–' : proof.foreignKeys ? 'on' : 'off',
    ...cellsOf(mergeProblems(proof.problems)),
  ])
  const absent = missing.map(({ engine }) => [engine, 'not installed', ...titles.slice(2).map(() => '–')])
  const declared = engines.flatMap(({ engine, problems }) =>
    mergeProblems(problems)
      .filter((problem) => !isNew(problem))
      .map(({ code, subject, actual, acceptedBecause }) => [
        engine,
        code,
        describeSubject(subject),
        actual,
        acceptedBecause ?? '',
      ]),
  )
  return [
    ...table(titles, [...rows, ...absent]),
    ...(declared.length === 0
      ? []
      : ['', ...table(['Engine', 'Check', 'Object', 'What it does', 'Why that is accepted'], declared)]),
  ].join('\n')
}

function cellsOf(problems: readonly Problem[]): string[] {
  const groups = [
    ...columns.map((column) => problems.filter(({ code }) => code === column)),
    problems.filter(({ code }) => !columns.includes(code)),
  ]
  return groups.map((found) => {
    const failed = found.filter(isNew).length
    if (found.length === 0) return '✓'
    return failed === 0 ? `${found.length} declared` : `✗ ${failed}`
  })
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [titles, titles.map(() => '---'), ...rows]
  return lines.map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`,
  )
}
