import { foldName } from '../sql/names.ts'
import { describeColumns, describeGenerated } from './describe.ts'
import { compare, compareFlag, type Deviation, extra, missing } from './difference.ts'
import type { Column } from './model.ts'

/**
 * Compares the columns of two tables. One that is missing, extra or renamed is one deviation; the order is
 * compared among those that both have.
 *
 * @param isParsed whether the SQL of both was understood
 */
export function diffColumns(
  expected: readonly Column[],
  actual: readonly Column[],
  isParsed: boolean,
): Deviation[] {
  const actualByName = new Map(actual.map((column) => [foldName(column.name), column]))
  const expectedNames = new Set(expected.map(({ name }) => foldName(name)))
  return [
    ...expected.flatMap((column) => {
      const partner = actualByName.get(foldName(column.name))
      if (partner === undefined) return missing(`column ${column.name}`, describeColumn(column))
      return diffColumn(column, partner, isParsed)
    }),
    ...actual
      .filter(({ name }) => !expectedNames.has(foldName(name)))
      .map((column) => extra(`column ${column.name}`, describeColumn(column))),
    ...diffOrder(expected, actual),
  ]
}

function diffColumn(expected: Column, actual: Column, isParsed: boolean): Deviation[] {
  const aspect = (word: string) => `column ${expected.name}: ${word}`
  const visible = [
    ...compare(aspect('type'), expected.type || null, actual.type || null),
    ...compareFlag(aspect('not null'), expected.notNull, actual.notNull, ['NOT NULL', 'NULL allowed']),
    ...compare(aspect('default'), expected.default, actual.default),
    ...compareFlag(aspect('hidden'), expected.hidden, actual.hidden, ['hidden', 'shown']),
  ]
  if (!isParsed) {
    const storage = compare(
      aspect('generated'),
      expected.generated?.storage ?? null,
      actual.generated?.storage ?? null,
    )
    return [...visible, ...storage]
  }
  return [
    ...visible,
    ...compare(aspect('not null, on conflict'), expected.notNullConflict, actual.notNullConflict),
    ...compare(aspect('collation'), expected.collation, actual.collation),
    ...compare(
      aspect('generated'),
      describeGenerated(expected.generated),
      describeGenerated(actual.generated),
    ),
    ...compare(aspect('constraint names'), namesOf(expected), namesOf(actual)),
  ]
}

function namesOf({ constraintNames }: Column): string | null {
  return constraintNames.length === 0 ? null : [...constraintNames].sort().join(', ')
}

function diffOrder(expected: readonly Column[], actual: readonly Column[]): Deviation[] {
  return compare('column order', sharedNames(expected, actual), sharedNames(actual, expected))
}

function sharedNames(columns: readonly Column[], others: readonly Column[]): string {
  const names = new Set(others.map(({ name }) => foldName(name)))
  return describeColumns(columns.map(({ name }) => name).filter((name) => names.has(foldName(name))))
}

function describeColumn(column: Column): string {
  const parts = [
    column.type,
    column.notNull ? 'NOT NULL' : '',
    column.default === null ? '' : `DEFAULT ${column.default}`,
    describeGenerated(column.generated) ?? '',
  ]
  return parts.filter((part) => part !== '').join(' ') || 'a column without a type'
}
