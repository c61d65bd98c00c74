import { basename } from 'node:path'
import type { NotCompared } from '../../checks/rows/model.ts'
import { countOf, formatCount } from '../../count.ts'
import { howToRun } from '../../how-to-run.ts'
import { formatDuration } from '../../report/words.ts'
import type {
  Estimate,
  Preview,
  ProofLevel,
  ProofResult,
  RecoveredFrom,
  UpgradeReport,
} from '../../upgrade/model.ts'
import { leftFolders } from '../../upgrade/run-folder.ts'
import { describeLeftover, renderLeftovers } from '../output/leftovers.ts'
import { printable } from '../output/printable.ts'
import { adviseOnRefused, describeRefused } from '../output/refused.ts'
import type { Style } from '../output/style.ts'
import { formatBytes } from '../output/text.ts'

export interface PreviewContext {
  readonly style: Style
  readonly backupFolder: string | null
  readonly isRehearsal: boolean
}

/** What the file is and what will be done, before anything is done. */
export function renderPreview(preview: Preview, context: PreviewContext): string {
  const { path, sizeBytes, survey, form } = preview
  const { style } = context
  const versions = `version ${survey.version} of ${survey.target}${form === null ? '' : ` (${form})`}`
  const headline = `${style('bold', printable(path))}: ${versions}, ${formatCount(sizeBytes)} bytes`
  const lines = [...describeFile(preview), ...describeWork(preview, context)]
  return [
    headline,
    ...lines.map(([label, text]) => `  ${style('dim', label.padEnd(9))}${printable(text)}`),
  ].join('\n')
}

type Line = readonly [label: string, text: string]

function describeFile({ path, survey, holders, recoveredFrom, leftovers }: Preview): Line[] {
  const { tables, features, extras, journalMode } = survey
  const counts = tables.map(({ name, rows }) => `${name} ${rows === null ? 'unknown' : formatCount(rows)}`)
  return [
    ['Rows', shorten(counts)],
    ['Uses', features.length === 0 ? `journal mode ${journalMode}` : features.join(', ')],
    ...list(
      'Kept',
      extras.map(({ type, name }) => `${type} ${name}`),
    ),
    ...list(
      'Open in',
      holders.map(({ processId, command }) => `process ${processId} (${command})`),
    ),
    ...(recoveredFrom === null ? [] : [describeRecovery(path, recoveredFrom)]),
    ...list('Left', leftovers.map(describeLeftover)),
  ]
}

function describeRecovery(path: string, from: RecoveredFrom): Line {
  return from === 'log'
    ? ['Log', `${basename(path)}-wal holds committed changes, which become part of the database`]
    : ['Journal', `${basename(path)}-journal takes back a change that was not finished`]
}

function describeWork(
  { survey, level, refused, estimate, noEstimate, space }: Preview,
  context: PreviewContext,
): Line[] {
  if (survey.pending.length === 0) return []
  const needs = space.map(
    ({ folder, neededBytes, freeBytes }) =>
      `${formatBytes(neededBytes)} of ${formatBytes(freeBytes)} free in ${folder}`,
  )
  return [
    ['To run', survey.pending.map(({ version, name }) => `v${version} ${name}`).join(', ')],
    ...survey.pending
      .flatMap(({ version, dataChanges }) =>
        dataChanges.map(
          ({ table, change, reason }) => `v${version}, rows of ${table}: ${change} (${reason})`,
        ),
      )
      .map((text, index): Line => [index === 0 ? 'Changes' : '', text]),
    ...[
      ...describeRefused(refused),
      ...(refused.length === 0 ? [] : [adviseOnRefused(context.isRehearsal)]),
    ].map((text, index): Line => [index === 0 ? 'Refused' : '', text]),
    ['Backup', describeBackup(context)],
    ['Proofs', describeLevel[level]],
    ['Space', `${needs.join('; ')}${estimate === null ? ', and what the migrations need' : ''}`],
    ['Time', estimate === null ? `no estimate: ${noEstimate}` : describeTime(estimate)],
    ['Lock', describeLock(estimate?.lockedMilliseconds ?? null, context)],
  ]
}

const describeLevel: Readonly<Record<ProofLevel, string>> = {
  quick: 'quick: of what is written to',
  default: 'of all rows and pages, and of the indexes of tables that are written to',
  thorough: 'thorough: of all rows, pages and indexes',
}

function describeTime(estimate: Estimate): string {
  const { backupMilliseconds, migrationMilliseconds, proofMilliseconds, lockedMilliseconds } = estimate
  const parts = `backup ${formatDuration(backupMilliseconds)}, migrations ${formatDuration(migrationMilliseconds)}, proofs ${formatDuration(proofMilliseconds)}`
  const sample = `a sample of ${countOf(estimate.sampledRows, 'row')}`
  const doubt = estimate.isSampleCut ? ', a bad guess: there was no room for a larger one' : ''
  return `about ${formatDuration(lockedMilliseconds)} (${parts}), by ${sample}${doubt}`
}

function describeBackup({ backupFolder, isRehearsal }: PreviewContext): string {
  if (backupFolder === null) {
    return 'none: nothing to go back to once the upgrade is committed; rows are proven by the pages that changed'
  }
  return isRehearsal ? 'one in the private copy’s folder, removed at the end' : `one in ${backupFolder}`
}

function describeLock(milliseconds: number | null, { isRehearsal }: PreviewContext): string {
  if (isRehearsal) return 'none: only a private copy is upgraded'
  const duration = milliseconds === null ? 'that time' : `about ${formatDuration(milliseconds)}`
  return `no one else can read or write the file for ${duration}`
}

function list(label: string, items: readonly string[]): Line[] {
  return items.length === 0 ? [] : [[label, shorten(items)]]
}

/** A schema may have 10,000 tables. */
function shorten(items: readonly string[]): string {
  const shown = items.slice(0, 12)
  const rest = items.length - shown.length
  return `${shown.join(', ')}${rest === 0 ? '' : ` and ${formatCount(rest)} more`}`
}

/** What was done and proven. */
export function renderReport(report: UpgradeReport, isRehearsal: boolean, style: Style): string {
  const { path, from, to, backup, proofs, durations, sizeAfterBytes } = report
  const marks = proofs.flatMap(({ proof, outcome, detail, notCompared }) => {
    const mark = outcome === 'passed' ? style('green', '✓') : style('dim', '–')
    return [`  ${mark} ${proof}: ${printable(detail)}`, ...notCompared.map(describeNotCompared)]
  })
  const subject = isRehearsal ? `A private copy of ${printable(path)}` : printable(path)
  const verdict = style(
    'green',
    `${subject}: upgraded from version ${from} to ${to}, and proven${describeExceptions(proofs)}.`,
  )
  const time = `${formatDuration(durations.lockedMilliseconds)}: backup ${formatDuration(durations.backupMilliseconds)}, migrations ${formatDuration(durations.migrationMilliseconds)}, proofs ${formatDuration(durations.proofMilliseconds)}`
  return [
    verdict,
    ...marks,
    `  ${isRehearsal ? 'It took' : 'The file was locked for'} ${time}. It has ${formatCount(sizeAfterBytes)} bytes now.`,
    ...renderRecovery(path, report.recoveredFrom),
    ...describeEnd(report, isRehearsal, backup),
    ...renderLeftovers(report.leftovers),
  ].join('\n')
}

/** What became of a log or a journal beside a database that was read, in one line; none where there was neither. */
export function renderRecovery(path: string, from: RecoveredFrom | null): string[] {
  if (from === null) return []
  const name = printable(basename(path))
  return [
    from === 'log'
      ? `  The committed changes in ${name}-wal became part of it: check that this log is of this file if one of them was copied.`
      : `  A change that was not finished was taken back with ${name}-journal: check that this journal is of this file if one of them was copied.`,
  ]
}

/** What was proven, and what was not, in one breath: rows may have gone. */
function describeExceptions(proofs: readonly ProofResult[]): string {
  const count = proofs.reduce((sum, { notCompared }) => sum + notCompared.length, 0)
  if (count === 0) return ''
  return ` but for ${countOf(count, 'declared change')} of rows, which ${count === 1 ? 'was' : 'were'} not compared`
}

function describeNotCompared({ table, what, columns, rowsBefore, rowsAfter, reasons }: NotCompared): string {
  const parts = {
    rows: 'no row of it',
    columns: `${columns.length === 1 ? 'column' : 'columns'} ${columns.join(', ')}`,
    'new rows': 'its new rows',
  }
  const before = rowsBefore === null ? 'an unknown number of rows' : countOf(rowsBefore, 'row')
  const why = reasons.join('; ')
  const after = rowsAfter === null ? 'none that can be counted' : formatCount(rowsAfter)
  const text = `not compared: table ${table}, ${parts[what]} (${before} before, ${after} after)${why === '' ? '' : `: ${why}`}`
  return `      ${printable(text)}`
}

function describeEnd({ path }: UpgradeReport, isRehearsal: boolean, backup: string | null): string[] {
  if (isRehearsal) {
    // Those that are left are printed as a warning.
    const end = leftFolders().length === 0 ? ', and the copy is removed' : ''
    return [`  The file itself was not changed${end}.`]
  }
  if (backup === null) return ['  No backup was made, as asked.']
  return [`  Backup: ${printable(backup)}`, `  To go back: ${howToRun('restore', path, backup)}`]
}
