import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { type ColumnValues, shownValue, type TableValues, tryValues } from '../value-trial.ts'

export const columnSwapped: Rule = {
  code: 'column-swapped',
  severity: 'error',
  reason:
    'A rebuild puts the values of one column into another: every row is wrong, and no constraint sees it.',
  fix: 'Name the columns in the same order on both sides of INSERT … SELECT, or declare the change.',
  source: 'https://www.sqlite.org/lang_insert.html',
  isOfEachMigration: true,
  find: (subject) => findInRebuilds(subject, describeSwap),
}

export const valueLost: Rule = {
  code: 'value-lost',
  severity: 'error',
  reason:
    'A rebuild leaves a column out, or writes the same value into each row: the values that were there are gone.',
  fix: 'Copy the column, or declare in dataChanges what becomes of it.',
  source: 'https://www.sqlite.org/lang_altertable.html#otheralter',
  isOfEachMigration: true,
  find: (subject) =>
    findInRebuilds(subject, (column, table) =>
      describeSwap(column, table) === null ? describeLoss(column) : null,
    ),
}

export const textCut: Rule = {
  code: 'text-cut',
  severity: 'error',
  reason: 'The end of a long value is lost, and no value that is short shows it.',
  fix: 'Keep the whole value, or declare what becomes of it by an expression, such as columns: { text: "substr(text, 1, 80)" }.',
  source: 'https://www.sqlite.org/lang_corefunc.html#substr',
  isOfEachMigration: true,
  find: (subject) =>
    findColumns(subject, ({ columns }) =>
      columns.flatMap((column) => {
        const happened = describeCut(column)
        return happened === null ? [] : [{ column: column.name, happened }]
      }),
    ),
}

interface Happening {
  readonly column: string
  readonly happened: string
}

function findColumns(
  subject: FindingsSubject,
  find: (table: TableValues) => readonly Happening[],
): Sighting[] {
  return tryValues(subject).flatMap(({ trial: { migration }, tables }) =>
    tables.flatMap((values) =>
      find(values).map(({ column, happened }) => ({
        ...ofMigration(migration.version, `${values.table.name}.${column}`, values.table.name),
        evidence: [
          {
            ran: `the migration, with rows of values that differ in each column of ${values.table.name}`,
            happened,
          },
        ] as const,
      })),
    ),
  )
}

type Describe = (column: ColumnValues, table: TableValues) => string | null

function findInRebuilds(subject: FindingsSubject, describe: Describe): Sighting[] {
  return findColumns(subject, (table) =>
    table.isRebuilt
      ? table.columns.flatMap((column) => {
          const happened = column.declared === 'kept' && isChanged(column) ? describe(column, table) : null
          return happened === null ? [] : [{ column: column.name, happened }]
        })
      : [],
  )
}

/** The values of rows that are not found again are compared without their order. */
function isSame(
  left: readonly SqlValues[number][],
  right: readonly SqlValues[number][],
  isMatched: boolean,
): boolean {
  const [texts, others] = [left, right].map((values) => {
    const shown = values.map(shownValue)
    return isMatched ? shown : [...new Set(shown)].sort()
  })
  return JSON.stringify(texts) === JSON.stringify(others)
}

type SqlValues = ColumnValues['before']

function isChanged({ before, after, isMatched }: ColumnValues): boolean {
  return after.length > 0 && !isSame(before, after, isMatched)
}

function describeSwap({ name, after, isMatched }: ColumnValues, { columns }: TableValues): string | null {
  if (after.every((value) => value === null)) return null
  const source = columns.find((other) => other.name !== name && isSame(other.before, after, isMatched))
  return source === undefined ? null : `${name} holds the values of ${source.name}`
}

function describeLoss({ name, before, after }: ColumnValues): string | null {
  const had = before.filter((value) => value !== null)
  const lost = after.filter((value, row) => value === null && (before[row] ?? null) !== null)
  if (had.length > 0 && lost.length > 0)
    return `${name} holds NULL in ${lost.length} of ${after.length} rows that had a value`
  const isOne = new Set(after.map(shownValue)).size === 1 && new Set(had.map(shownValue)).size > 1
  return isOne && after.length > 1 ? `${name} holds the same value in every row` : null
}

/** Of a column that is declared to change, long values alone say whether they are cut: a short one may be a time, or a code. */
function describeCut({ name, declared, before, after, isMatched }: ColumnValues): string | null {
  const isOne = after.length > 1 && new Set(after.map(shownValue)).size === 1
  // One value for all rows is lost, whatever it begins with.
  if (!isMatched || isOne || declared === 'changed by an expression') return null
  for (const [row, value] of before.entries()) {
    const [whole, rest] = [lengthOf(value), lengthOf(after[row] ?? null)]
    if (rest === 0 || rest >= whole || (declared === 'changed' && whole < longFrom)) continue
    const [text, part] = [shownContent(value), shownContent(after[row] ?? null)]
    if (text.startsWith(part) || text.endsWith(part) || isCutAndMarked(text, part))
      return `${name} holds ${rest} of the ${whole} ${typeof value === 'string' ? 'characters' : 'bytes'} of a value`
  }
  return null
}

const longFrom = 1_000
/** How long a mark is, such as `…` or ` (more)`, that takes the place of what is cut. */
const longestMark = 12

function isCutAndMarked(text: string, part: string): boolean {
  const begin = part.slice(0, -longestMark)
  return (
    text.length >= longFrom && 2 * part.length < text.length && begin.length > 0 && text.startsWith(begin)
  )
}

function lengthOf(value: SqlValues[number]): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0
}

function shownContent(value: SqlValues[number]): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
}
