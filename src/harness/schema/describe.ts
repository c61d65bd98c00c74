import { foldName } from '../sql/names.ts'
import type { ForeignKey, GeneratedValue, Index, IndexColumn, Table } from './model.ts'

/** The collation of a table's column by its folded name. */
export type Collations = ReadonlyMap<string, string>

/** The collations of a table's columns; none where its SQL was not understood. */
export function collationsOf({ columns }: Table): Collations {
  return new Map(columns.flatMap(({ name, collation }) => (collation ? [[foldName(name), collation]] : [])))
}

/** `(did, indexed_at DESC)`. A collation is shown where it is not the column's own. */
export function describeIndexColumns(
  columns: readonly IndexColumn[],
  collations: Collations = new Map(),
): string {
  return `(${columns.map((column) => describeIndexColumn(column, collations)).join(', ')})`
}

/** `indexed_at DESC`. Names are folded, so that the texts of equal columns are equal. */
export function describeIndexColumn(
  { column, expression, collation, descending }: IndexColumn,
  collations: Collations = new Map(),
): string {
  const order = descending ? ' DESC' : ''
  if (column === null) return `${expression ?? 'an expression'}${order}`
  const name = foldName(column)
  const own = collations.get(name) ?? 'BINARY'
  return `${name}${collation === own ? '' : ` COLLATE ${collation}`}${order}`
}

export function describeIndex(index: Index, collations: Collations = new Map()): string {
  const where = index.where === null ? '' : ` WHERE ${index.where}`
  const unique = index.unique ? 'UNIQUE ' : ''
  return `${unique}on ${index.table} ${describeIndexColumns(index.columns, collations)}${where}`
}

export function describeColumns(names: readonly string[]): string {
  return `(${names.map(foldName).join(', ')})`
}

/** `oauth_client (client_id)` */
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
