import { foldName } from '../sql/names.ts'
import type { ForeignKey, GeneratedValue, Index, IndexColumn, Table } from './model.ts'

/** `(did, indexed_at DESC)`. Names are folded, so that the texts of equal columns are equal. */
export function describeIndexColumns(columns: readonly IndexColumn[], table: Table | null = null): string {
  return `(${columns.map((column) => describeIndexColumn(column, table)).join(', ')})`
}

/**
 * `indexed_at DESC`. A collation is shown unless it is the default: that of the column if the table is given, otherwise
 * BINARY.
 */
export function describeIndexColumn(
  { column, expression, collation, descending }: IndexColumn,
  table: Table | null = null,
): string {
  const order = descending ? ' DESC' : ''
  if (column === null) return `${expression ?? 'an expression'}${order}`
  const name = foldName(column)
  return `${name}${collation === ownCollation(name, table) ? '' : ` COLLATE ${collation}`}${order}`
}

function ownCollation(name: string, table: Table | null): string {
  return table?.columns.find((column) => foldName(column.name) === name)?.collation ?? 'BINARY'
}

/** The indexed columns of two tables, and both texts. */
export interface IndexColumnTexts {
  readonly expected: string
  readonly actual: string
}

/**
 * The texts of two lists of indexed columns. If the collation of a column changed, its indexes changed with it; that is
 * reported once, for the column, so that these texts are equal.
 */
export function describeBoth(
  expected: readonly IndexColumn[],
  actual: readonly IndexColumn[],
  tables: { readonly expected: Table | undefined; readonly actual: Table | undefined },
): IndexColumnTexts {
  const texts = { expected: describeIndexColumns(expected), actual: describeIndexColumns(actual) }
  if (texts.expected === texts.actual || !tables.expected?.isParsed || !tables.actual?.isParsed) return texts
  const relative = {
    expected: describeIndexColumns(expected, tables.expected),
    actual: describeIndexColumns(actual, tables.actual),
  }
  return relative.expected === relative.actual ? relative : texts
}

export function describeIndex(index: Index): string {
  const where = index.where === null ? '' : ` WHERE ${index.where}`
  const unique = index.unique ? 'UNIQUE ' : ''
  return `${unique}on ${index.table} ${describeIndexColumns(index.columns)}${where}`
}

export function describeColumns(names: readonly string[]): string {
  return `(${names.map(foldName).join(', ')})`
}

/** `parent (id)` */
export function describeParent({ parent, parentColumns }: ForeignKey): string {
  return `${foldName(parent)} ${describeColumns(parentColumns)}`
}

export function describeForeignKey(key: ForeignKey): string {
  return `REFERENCES ${describeParent(key)} ON DELETE ${key.onDelete} ON UPDATE ${key.onUpdate}`
}

export function describeGenerated(value: GeneratedValue | null): string | null {
  if (value === null) return null
  return value.expression === null ? value.storage : `${value.storage} AS (${value.expression})`
}
