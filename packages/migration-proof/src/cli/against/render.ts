import { checks } from '../../checks/index.ts'
import { countOf, formatCount } from '../../count.ts'
import { countCompared, formatDuration } from '../../report/words.ts'
import { foldName } from '../../sql/names.ts'
import { describeEdited } from '../output/edited.ts'
import { printable } from '../output/printable.ts'
import { renderProblems } from '../output/problem.ts'
import { describeRunner } from '../output/proofs.ts'
import type { Style } from '../output/style.ts'
import { formatBytes, wrap } from '../output/text.ts'
import { renderUndeclared } from '../output/undeclared.ts'
import type { FileCheckResult, FileReport } from './model.ts'

/**
 * What was proven of a file, for a person.
 *
 * @param versionTables the tables of the version store, which hold no rows of the user
 * @param configFile the path of the config
 */
export function renderFileReport(
  report: FileReport,
  { versionTables, configFile }: { readonly versionTables: readonly string[]; readonly configFile: string },
  style: Style,
  width: number,
): string {
  const { problems } = report
  const lines = renderUndeclared(report.undeclared, configFile, width)
  return [
    renderHeadline(report, versionTables, width).join('\n'),
    ...(report.checks.length === 0 ? [] : [renderChecks(report, style, width).join('\n')]),
    ...(problems.length === 0 ? [] : [renderProblems(problems, style)]),
    ...(lines === '' ? [] : [lines]),
    renderEnd(report, style, width).join('\n'),
  ].join('\n\n')
}

function renderHeadline(
  { file, sizeBytes, from, pending, tables }: FileReport,
  versionTables: readonly string[],
  width: number,
): string[] {
  const name = printable(file)
  const [store] = versionTables
  const notes = store === undefined ? 'Its version' : `Its table ${printable(store)}`
  if (from === null)
    return wrap(`${name} (${formatBytes(sizeBytes)}) does not agree with the migrations:`, width)
  const own = new Set(versionTables.map(foldName))
  const ofUser = tables.filter((table) => !own.has(foldName(table.name)))
  const rows = ofUser.reduce((sum, { rowsBefore }) => sum + (rowsBefore ?? 0), 0)
  const what = `v${from}, ${countOf(rows, 'row')} in ${countOf(ofUser.length, 'table')}, ${formatBytes(sizeBytes)}`
  const next = pending.map((migration) => `v${migration.version} ${printable(migration.name)}`).join(', ')
  return [
    ...wrap(`${name}: ${what}. ${notes} and its schema agree with the migrations.`, width),
    ...(next === '' ? [] : wrap(`Pending: ${next}.`, width)),
  ]
}

function renderChecks({ checks: results, tables }: FileReport, style: Style, width: number): string[] {
  const shown = results.filter(({ outcome }) => outcome !== 'not-applicable')
  const column = Math.max(...shown.map(({ check }) => check.length)) + 4
  const kept = tables.flatMap(({ name, rowsBefore, rowsAfter }) =>
    rowsAfter === null || rowsBefore === null ? [] : [describeRows(name, rowsBefore, rowsAfter)],
  )
  return shown.flatMap((result) => {
    const { check, outcome } = result
    const mark = outcome === 'passed' ? style('green', '✓') : style('red', '✗')
    const isKept = check === 'rows' && outcome === 'passed' && kept.length > 0
    const text = isKept ? `every row, column and value kept: ${kept.join(', ')}` : describeCheck(result)
    const [first = '', ...others] = wrap(text, width - column)
    return [`${mark} ${check.padEnd(column - 2)}${first}`, ...others.map((line) => ' '.repeat(column) + line)]
  })
}

function describeRows(name: string, before: number, after: number): string {
  const change = before === after ? '' : ` before, ${formatCount(after)} after`
  return `${printable(name)} ${formatCount(before)}${change}`
}

/** What a check compared, or what it proves. */
function describeCheck({ check, outcome, detail, problems }: FileCheckResult): string {
  if (outcome === 'failed') return countOf(problems.length, 'problem')
  if (check === 'upgrade') return 'every pending migration ran on a private copy'
  const text = detail ?? checks.find(({ name }) => name === check)?.proves ?? ''
  return printable(text)
}

function renderEnd(report: FileReport, style: Style, width: number): string[] {
  const { checks: results, leftOut, runner, outcome, edited, ledger } = report
  const lacking = results.flatMap(({ check, outcome: found, notCompared }) =>
    found === 'not-applicable' ? [`${check} (${printable(notCompared ?? '')})`] : [],
  )
  const notRun = [...lacking, ...(leftOut.length === 0 ? [] : [`${leftOut.join(', ')} (nothing to upgrade)`])]
  const exceptions = results.flatMap((result) => (result.check === 'rows' ? result.exceptions : []))
  const ledgers = {
    none: 'There is no ledger, so that an edit of a released migration is not seen.',
    same: 'The migrations are as the ledger pins them.',
    changed: 'The migrations are not as the ledger pins them.',
    unknown:
      'Whether the migrations are as the ledger pins them cannot be seen: one fails in an empty database.',
  }
  return [
    ...(edited.length === 0 ? [] : wrap(describeEdited(edited), width)),
    ...wrap(ledgers[ledger], width),
    ...(exceptions.length === 0
      ? []
      : wrap(`Rows that migrations declare to change: ${exceptions.map(printable).join(', ')}.`, width)),
    ...(notRun.length === 0 ? [] : wrap(`Not run: ${notRun.join(', ')}.`, width)),
    ...(runner === null ? [] : wrap(describeRunner(runner), width)),
    ...wrap(`${summarise(report)} The file itself was only read.`, width).map((line) =>
      style(outcome === 'failed' ? 'red' : 'green', line),
    ),
  ]
}

function summarise({ file, from, to, outcome, checks: results, durationMilliseconds }: FileReport): string {
  const name = printable(file)
  if (from === null) return 'Its upgrade was not tried.'
  const compared = countCompared(results)
  const failed = results.filter((result) => result.outcome === 'failed').length
  const time = `in ${formatDuration(durationMilliseconds)}`
  if (outcome === 'failed' && failed === 0)
    return `The upgrade of ${name} from v${from} to v${to} is proven, of migrations that are not as they were released: ${countOf(compared, 'check')} passed ${time}.`
  if (outcome === 'passed')
    return `${name} upgrades from v${from} to v${to}: ${countOf(compared, 'check')} passed ${time}.`
  if (outcome === 'up-to-date')
    return `${name} is at the latest version, v${to}: there is nothing to upgrade. ${countOf(compared, 'check')} passed ${time}.`
  const what =
    from === to
      ? `${name} is at v${to}, and not as it should be`
      : `The upgrade of ${name} from v${from} to v${to} is not proven`
  return `${what}: ${failed} of ${countOf(compared, 'check')} failed ${time}.`
}
