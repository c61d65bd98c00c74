import type { SqlRow } from '../sql/connection.ts'
import { foldName, foldUpper } from '../sql/names.ts'
import { joinTokens, normaliseSql } from '../sql/normalise.ts'
import { UnknownSyntaxError } from '../sql/reader.ts'
import type { Token } from '../sql/tokens.ts'
import type { ColumnDefinition, KeyDefinition, TableDefinition } from './definition.ts'
import { tokensAfterName } from './definition.ts'
import { normaliseDefault, normaliseExpression } from './expression.ts'
import { readIndexes } from './indexes.ts'
import type {
  Column,
  ForeignKey,
  GeneratedValue,
  Index,
  PrimaryKey,
  ReferentialAction,
  Table,
} from './model.ts'
import { numberOf, textOf, textOrNull } from './rows.ts'
import { readOptionWords, readTableDefinition } from './table-clauses.ts'

/**
 * The foreign keys of one table in the order of its SQL. Parent columns that the SQL does not name are not in
 * `parentColumns` yet: see `resolveParents`.
 *
 * @param rows of `pragma_foreign_key_list`, which numbers them from the last
 */
function readForeignKeys(rows: readonly SqlRow[], definition: TableDefinition | null): ForeignKey[] {
  const groups = new Map<number, SqlRow[]>()
  for (const row of rows) {
    const id = numberOf(row, 'id')
    groups.set(id, [...(groups.get(id) ?? []), row])
  }
  const inOrder = [...groups].sort(([a], [b]) => b - a)
  return inOrder.flatMap(([, columns], position) => {
    const [first] = columns
    if (first === undefined) return []
    const reference = definition?.references[position]
    return {
      name: reference?.name ?? null,
      columns: columns.map((row) => textOf(row, 'from')),
      parent: textOf(first, 'table'),
      parentColumns: columns.flatMap((row) => textOrNull(row, 'to') ?? []),
      onDelete: actionOf(first, 'on_delete'),
      onUpdate: actionOf(first, 'on_update'),
      match: reference?.match ?? null,
      deferrable: reference?.deferrable ?? null,
    }
  })
}

/** Fills in the primary key of the parent where a foreign key names no parent columns. */
export function resolveParents(table: Table, tables: ReadonlyMap<string, Table>): Table {
  if (table.foreignKeys.every(({ parentColumns }) => parentColumns.length > 0)) return table
  const foreignKeys = table.foreignKeys.map((key) => {
    if (key.parentColumns.length > 0) return key
    const parent = tables.get(foldName(key.parent))
    const parentColumns = parent?.primaryKey?.columns.flatMap(({ column }) => column ?? []) ?? []
    return { ...key, parentColumns }
  })
  return { ...table, foreignKeys }
}

const actions = [
  'NO ACTION',
  'RESTRICT',
  'SET NULL',
  'SET DEFAULT',
  'CASCADE',
] as const satisfies ReferentialAction[]

function actionOf(row: SqlRow, column: string): ReferentialAction {
  const text = textOf(row, column)
  return actions.find((action) => action === text) ?? 'NO ACTION'
}

/** The rows of pragmas about one table. */
export interface TableRows {
  readonly columns: readonly SqlRow[]
  readonly indexColumns: readonly SqlRow[]
  readonly foreignKeys: readonly SqlRow[]
}

/** Reads an ordinary table. */
export function readTable(
  name: string,
  sql: string,
  rows: TableRows,
  sqlOfIndexes: ReadonlyMap<string, string>,
): Table {
  const tokens = tokensAfterName(sql, 'table')
  const definition = tryDefinition(tokens, rows)
  const options = readOptionWords(tokens)
  const columnNames = new Set(rows.columns.map((row) => foldName(textOf(row, 'name'))))
  const columns = rows.columns.map((row) => readColumn(row, definition, columnNames))
  const keys = definition?.keys ?? []
  const indexes = readIndexes({ name, columnNames, keys }, rows.indexColumns, sqlOfIndexes)
  return {
    name,
    columns,
    primaryKey: readPrimaryKey(columns, indexes, definition),
    indexes,
    foreignKeys: readForeignKeys(rows.foreignKeys, definition),
    checks: (definition?.checks ?? []).map((check) => ({
      name: check.name,
      expression: normaliseExpression(check.expression, columnNames),
    })),
    strict: options.has('strict'),
    withoutRowid: options.has('rowid'),
    module: null,
    definition: joinTokens(tokens),
    isParsed: definition !== null,
  }
}

/** Reads a virtual table. Its columns depend on the module and the engine. */
export function readVirtualTable(name: string, sql: string, columns: readonly SqlRow[]): Table {
  const definition = joinTokens(tokensAfterName(sql, 'table'))
  return {
    name,
    columns: columns.map((row) => readColumn(row, null, new Set())),
    primaryKey: null,
    indexes: [],
    foreignKeys: [],
    checks: [],
    strict: false,
    withoutRowid: false,
    module: definition.replace(/^using /, ''),
    definition,
    isParsed: true,
  }
}

/** Null if the SQL could not be parsed, or does not agree with the pragmas. */
function tryDefinition(tokens: readonly Token[], rows: TableRows): TableDefinition | null {
  try {
    const definition = readTableDefinition(tokens)
    return agrees(definition, rows) ? definition : null
  } catch (error) {
    if (error instanceof UnknownSyntaxError) return null
    throw error
  }
}

function agrees(definition: TableDefinition, rows: TableRows): boolean {
  const foreignKeys = new Set(rows.foreignKeys.map((row) => numberOf(row, 'id')))
  return (
    definition.columns.size === rows.columns.length &&
    rows.columns.every((row) => isGenerated(row) === hasExpression(definition, row)) &&
    definition.references.length === foreignKeys.size
  )
}

function hasExpression({ columns }: TableDefinition, row: SqlRow): boolean {
  const column = columns.get(foldName(textOf(row, 'name')))
  return column !== undefined && column.generatedExpression !== null
}

function isGenerated(row: SqlRow): boolean {
  return numberOf(row, 'hidden') > 1
}

function readColumn(
  row: SqlRow,
  definition: TableDefinition | null,
  columnNames: ReadonlySet<string>,
): Column {
  const name = textOf(row, 'name')
  const declared = definition?.columns.get(foldName(name)) ?? null
  const defaultSql = textOrNull(row, 'dflt_value')
  return {
    name,
    type: readType(row),
    notNull: numberOf(row, 'notnull') === 1,
    notNullConflict: declared?.notNullConflict ?? null,
    default: defaultSql === null ? null : normaliseDefault(defaultSql),
    keyPosition: numberOf(row, 'pk'),
    collation: declared?.collation ?? null,
    generated: readGenerated(row, declared, columnNames),
    hidden: numberOf(row, 'hidden') === 1,
    constraintNames: declared?.constraintNames ?? [],
  }
}

/** Older engines report GENERATED ALWAYS as part of the type of a generated column. */
function readType(row: SqlRow): string {
  const type = foldUpper(normaliseSql(textOf(row, 'type')))
  return isGenerated(row) ? type.replace(/ ?\bGENERATED ALWAYS$/, '') : type
}

/** `hidden` is 2 for a virtual and 3 for a stored column: https://www.sqlite.org/pragma.html#pragma_table_xinfo */
function readGenerated(
  row: SqlRow,
  declared: ColumnDefinition | null,
  columnNames: ReadonlySet<string>,
): GeneratedValue | null {
  if (!isGenerated(row)) return null
  const expression = declared?.generatedExpression ?? null
  return {
    storage: numberOf(row, 'hidden') === 2 ? 'VIRTUAL' : 'STORED',
    expression: expression === null ? null : normaliseExpression(expression, columnNames),
  }
}

/** The rowid needs no index of its own: a key without one is the rowid. */
function readPrimaryKey(
  columns: readonly Column[],
  indexes: readonly Index[],
  definition: TableDefinition | null,
): PrimaryKey | null {
  const keyColumns = columns.filter(({ keyPosition }) => keyPosition > 0)
  if (keyColumns.length === 0) return null
  keyColumns.sort((a, b) => a.keyPosition - b.keyPosition)
  const index = indexes.find(({ origin }) => origin === 'PRIMARY KEY')
  const declared = definition?.keys.find(({ isPrimary }) => isPrimary)
  return {
    constraintNames: index?.constraintNames ?? namesOf(declared),
    columns: index?.columns ?? keyColumns.map(rowidColumn),
    isRowid: index === undefined,
    autoincrement: declared?.autoincrement ?? false,
    conflict: index?.conflict ?? declared?.conflict ?? null,
  }
}

function namesOf(key: KeyDefinition | undefined): string[] {
  return key === undefined || key.name === null ? [] : [key.name]
}

function rowidColumn({ name }: Column): PrimaryKey['columns'][number] {
  return { column: name, expression: null, descending: false, collation: 'BINARY' }
}
