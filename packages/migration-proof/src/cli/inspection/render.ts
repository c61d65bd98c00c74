import { countOf, formatCount } from '../../count.ts'
import type { Difference } from '../../schema/difference.ts'
import { describeEdited } from '../output/edited.ts'
import { renderLeftovers } from '../output/leftovers.ts'
import { printable } from '../output/printable.ts'
import { adviseOnRefused, describeRefused } from '../output/refused.ts'
import type { Style } from '../output/style.ts'
import { formatTable, widthOn } from '../output/text.ts'
import type { Extra, HalfDone, InspectedTable, Inspection } from './model.ts'

/** An inspection as text. */
export function renderInspection(inspection: Inspection, style: Style): string {
  const { tables } = inspection
  return [
    renderHeadline(inspection, style),
    ...(tables.length === 0 ? [] : [renderTables(tables, style)]),
    [
      ...renderComparison(inspection, style),
      ...renderUnreadable(tables),
      ...renderEdited(inspection),
      ...renderOutlook(inspection, style),
      ...renderLeftovers(inspection.leftovers),
    ].join('\n'),
  ].join('\n\n')
}

function renderHeadline(
  { file, sizeBytes, version, exactVersion, latestVersion, form, isCopy, notedBy }: Inspection,
  style: Style,
) {
  const bytes = formatCount(sizeBytes)
  const known =
    form === 'foreign'
      ? 'of another application'
      : `version ${exactVersion ?? version} of ${latestVersion} (${form})`
  const noted = notedBy === undefined ? '' : `\nIts version is noted by ${printable(notedBy)}.`
  const headline = `${style('bold', printable(file))}: ${known}, ${bytes} bytes${noted}`
  if (!isCopy) return headline
  return `${headline}\nSQLite cannot read it without writing beside it; this is what it makes of a private copy.`
}

function renderTables(tables: readonly InspectedTable[], style: Style): string {
  const columns = [
    { title: 'Table' },
    { title: 'Rows', align: 'right' },
    { title: 'Index' },
    { title: 'Columns' },
  ] as const
  return formatTable(columns, tables.flatMap(rowsOf), style, widthOn(process.stdout))
}

function rowsOf({ name, rows, indexes }: InspectedTable): string[][] {
  const count = rows === null ? 'unknown' : formatCount(rows)
  const [first = ['', ''], ...others] = indexes.map((index) => [
    printable(index.name),
    printable(index.columns.join(', ')),
  ])
  return [[printable(name), count, ...first], ...others.map((index) => ['', '', ...index])]
}

function renderComparison(inspection: Inspection, style: Style): string[] {
  const { form, latestVersion, comparedWith, differences, extras, half } = inspection
  const version = inspection.exactVersion ?? inspection.version
  if (form === 'foreign') return ['Another application’s database: nothing in it is of this one.']
  if (form === 'newer') {
    return [`Made by newer software: version ${version} is not known here, the latest is ${latestVersion}.`]
  }
  if (form === 'empty') return ['Nothing is in it yet: a new install makes the schema.']
  if (inspection.unnoted !== null)
    return [`Notes: ${style('red', 'incomplete')}: ${printable(inspection.unnoted.advice)}.`]
  if (comparedWith === null) return [`Nothing is known of the schema of version ${version}.`]
  const verdict =
    differences.length === 0
      ? `Schema: ${style('green', 'the same')} as ${comparedWith}.`
      : `Schema: ${style('red', `${countOf(differences.length, 'difference')}`)} from ${comparedWith}:`
  if (half !== null)
    return [
      ...renderHalf(half, comparedWith, style),
      ...differences.map(renderDifference),
      ...extras.map(renderExtra),
    ]
  return [verdict, ...differences.map(renderDifference), ...extras.map(renderExtra)]
}

/** A file in which the tool of the project was stopped in the middle of a migration. */
function renderHalf(
  { version, name, tool, statements }: HalfDone,
  comparedWith: string,
  style: Style,
): string[] {
  return [
    `Schema: ${style('red', 'half')} of migration v${version} (${printable(name)}) is in it, beyond ${comparedWith}:`,
    ...statements.map((sql) => `  ${printable(shorten(sql))}`),
    `  ${printable(tool)} applies it without a transaction, was stopped in the middle, and begins again with its first statement.`,
    '  Undo what is there of it, where it holds no rows, or restore a backup, and start again.',
  ]
}

function shorten(sql: string): string {
  const text = sql.replaceAll(/\s+/g, ' ').trim()
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

function renderEdited({ edited }: Inspection): string[] {
  return edited.length === 0 ? [] : [describeEdited(edited)]
}

function renderUnreadable(tables: readonly InspectedTable[]): string[] {
  return tables.flatMap(({ name, unreadable }) =>
    unreadable === null
      ? []
      : [`  The rows of ${printable(name)} cannot be counted: ${printable(unreadable)}.`],
  )
}

function renderOutlook(
  { form, latestVersion, half, unnoted, upgrade, refused }: Inspection,
  style: Style,
): string[] {
  // It says so itself; and whether what is half done can be done again is not known.
  if (form === 'newer' || unnoted !== null || (half !== null && upgrade.outcome === 'possible')) return []
  if (upgrade.outcome === 'possible') {
    const rows = describeRefused(refused).map((text) => `  ${style('yellow', text)}`)
    const advice = refused.length === 0 ? [] : [`  ${adviseOnRefused()}`]
    return [`An upgrade leads to version ${latestVersion}.`, ...rows, ...advice]
  }
  if (upgrade.refusal === null) return []
  return [`An upgrade would ${style('red', 'refuse it')}: ${printable(upgrade.refusal)}`]
}

function renderDifference({ object, aspect, expected, actual }: Difference): string {
  const name = printable(`${object.type} ${object.name}, ${aspect}`)
  return `  ${name}\n    expected  ${printable(expected)}\n    actual    ${printable(actual)}`
}

function renderExtra({ object, fate }: Extra): string {
  const fates = { kept: ', and kept by an upgrade', 'taken-over': ', and taken over by an upgrade' }
  return `  Not of this version${fate === null ? '' : fates[fate]}: ${object.type} ${printable(object.name)}.`
}
