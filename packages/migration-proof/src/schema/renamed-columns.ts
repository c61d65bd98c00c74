import { foldName, quoteName } from '../sql/names.ts'
import { joinTokens } from '../sql/normalise.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import { describeGenerated } from './describe.ts'
import type { Difference } from './difference.ts'
import type { Column, ForeignKey, Index, IndexColumn, Schema, Table } from './model.ts'

/** For one table: the expected names of columns by their actual ones, both folded. */
type Names = ReadonlyMap<string, string>

/** The same for all tables, by folded name. */
type NamesByTable = ReadonlyMap<string, Names>

const noNames: Names = new Map()

/**
 * Finds columns that differ only in their name, and returns the actual schema with the expected names instead: a renamed
 * column is then one difference, without another one in every key and index over it.
 */
export function withExpectedNames(
  expected: Schema,
  actual: Schema,
): { readonly schema: Schema; readonly renamed: readonly Difference[] } {
  const namesByTable = new Map<string, Names>()
  const renamed: Difference[] = []
  for (const [key, table] of expected.tables) {
    const pairs = renamedColumns(table, actual.tables.get(key))
    if (pairs.length === 0) continue
    namesByTable.set(key, new Map(pairs.map(([before, after]) => [foldName(after), foldName(before)])))
    renamed.push(...pairs.map(([before, after]) => renaming(table.name, before, after)))
  }
  return { schema: renamed.length === 0 ? actual : renameIn(actual, namesByTable), renamed }
}

function renaming(table: string, before: string, after: string): Difference {
  const object = { type: 'table', name: table, table } as const
  return { object, aspect: `column ${before}: name`, kind: 'different', expected: before, actual: after }
}

/** Pairs of columns that only one table has each, at the same position and equal except for their name. */
function renamedColumns(expected: Table, actual: Table | undefined): (readonly [string, string])[] {
  if (actual === undefined || actual.module !== null) return []
  const expectedNames = new Set(expected.columns.map(({ name }) => foldName(name)))
  const actualNames = new Set(actual.columns.map(({ name }) => foldName(name)))
  return expected.columns.flatMap((column, position) => {
    const other = actual.columns[position]
    const isRenamed =
      other !== undefined &&
      !actualNames.has(foldName(column.name)) &&
      !expectedNames.has(foldName(other.name)) &&
      shapeOf(column) === shapeOf(other)
    return isRenamed ? [[column.name, other.name] as const] : []
  })
}

function shapeOf(column: Column): string {
  const { type, notNull, keyPosition, collation } = column
  return JSON.stringify([
    type,
    notNull,
    column.default,
    keyPosition,
    collation,
    describeGenerated(column.generated),
  ])
}

function renameIn(schema: Schema, namesByTable: NamesByTable): Schema {
  const tables = [...schema.tables].map(([key, table]) => [key, renameInTable(table, namesByTable)] as const)
  const indexes = [...schema.indexes].map(
    ([key, index]) => [key, renameInIndex(index, namesOf(namesByTable, index.table))] as const,
  )
  return { ...schema, tables: new Map(tables), indexes: new Map(indexes) }
}

function renameInTable(table: Table, namesByTable: NamesByTable): Table {
  const names = namesOf(namesByTable, table.name)
  const { primaryKey } = table
  return {
    ...table,
    columns: table.columns.map((column) => renameInColumn(column, names)),
    primaryKey: primaryKey && { ...primaryKey, columns: renameInIndexColumns(primaryKey.columns, names) },
    indexes: table.indexes.map((index) => renameInIndex(index, names)),
    foreignKeys: table.foreignKeys.map((key) =>
      renameInForeignKey(key, names, namesOf(namesByTable, key.parent)),
    ),
    checks: table.checks.map((check) => ({ ...check, expression: renameInSql(check.expression, names) })),
    definition: renameInSql(table.definition, names),
  }
}

function renameInColumn(column: Column, names: Names): Column {
  const { generated } = column
  const expression = generated?.expression ?? null
  return {
    ...column,
    name: rename(column.name, names),
    generated: generated && { ...generated, expression: expression && renameInSql(expression, names) },
  }
}

function renameInForeignKey(key: ForeignKey, names: Names, parentNames: Names): ForeignKey {
  return {
    ...key,
    columns: key.columns.map((column) => rename(column, names)),
    parentColumns: key.parentColumns.map((column) => rename(column, parentNames)),
  }
}

function renameInIndex(index: Index, names: Names): Index {
  return {
    ...index,
    columns: renameInIndexColumns(index.columns, names),
    where: index.where && renameInSql(index.where, names),
    definition: renameInSql(index.definition, names),
  }
}

function renameInIndexColumns(columns: readonly IndexColumn[], names: Names): IndexColumn[] {
  return columns.map((column) => ({
    ...column,
    column: column.column && rename(column.column, names),
    expression: column.expression && renameInSql(column.expression, names),
  }))
}

function renameInSql(sql: string, names: Names): string {
  if (names.size === 0) return sql
  return joinTokens(
    significantTokens(sql).map((token) => {
      const isName = token.kind === 'word' || token.kind === 'name'
      const name = isName ? names.get(foldName(unquote(token))) : undefined
      return name === undefined ? token : { ...token, kind: 'name', text: quoteName(name) }
    }),
  )
}

function rename(name: string, names: Names): string {
  return names.get(foldName(name)) ?? name
}

function namesOf(namesByTable: NamesByTable, table: string): Names {
  return namesByTable.get(foldName(table)) ?? noNames
}
