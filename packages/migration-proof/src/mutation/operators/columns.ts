import type { ExecutedStatement } from '../../snapshots/statements.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import type { ParsedMigration } from '../syntax/history.ts'
import {
  editText,
  type ParsedColumn,
  type ParsedStatement,
  rangesOf,
  sliceOf,
  type TableStatement,
} from '../syntax/parse.ts'
import { migrationOperator, type Operator, tableOperator } from './operator.ts'

const columnDropped = columnOperator('column-dropped', (migration, table, column) => ({
  fault: `leaves out column ${column.name}, with its indexes and constraints`,
  statements: dropColumn(migration, table, column),
}))

const columnRenamed = columnOperator('column-renamed', (migration, table, column) => ({
  fault: `names column ${column.name} ${column.name}_renamed`,
  statements: renameColumn(migration, table, column),
}))

const columnTypeChanged = tableOperator('column-type-changed', function* ({ sql, columns }) {
  for (const { name, type, typeRange } of columns) {
    if (typeRange === null) continue
    const text = otherType(type)
    const fault = `gives column ${name} the type ${text}`
    yield { fault, sql: editText(sql, [{ range: typeRange, text }]) }
  }
})

const columnOrderChanged = tableOperator('column-order-changed', function* ({ sql, columns }) {
  // Each column takes part in one swap.
  for (const [position, column] of columns.entries()) {
    if (position % 2 === 1) continue
    const next = columns[position + 1]
    if (next === undefined) return
    const edits = [
      { range: column.range, text: sliceOf(sql, next.range) },
      { range: next.range, text: sliceOf(sql, column.range) },
    ]
    yield { fault: `puts column ${next.name} before ${column.name}`, sql: editText(sql, edits) }
  }
})

export const columnOperators: readonly Operator[] = [
  columnDropped,
  columnRenamed,
  columnTypeChanged,
  columnOrderChanged,
]

function columnOperator(
  name: string,
  inject: (
    migration: ParsedMigration,
    table: TableStatement,
    column: ParsedColumn,
  ) => { fault: string; statements: readonly ExecutedStatement[] },
): Operator {
  return migrationOperator(name, function* (migration) {
    for (const table of migration.statements) {
      if (table.kind !== 'table' || table.columns.length < 2) continue
      for (const column of table.columns) yield { object: table.name, ...inject(migration, table, column) }
    }
  })
}

function otherType(type: string): string {
  if (type === 'TEXT') return 'INTEGER'
  return type === 'INTEGER' || type === 'BLOB' ? 'TEXT' : 'BLOB'
}

/** As if the author forgot the column: with everything that depends on it. */
function dropColumn(
  { statements }: ParsedMigration,
  table: TableStatement,
  column: ParsedColumn,
): readonly ExecutedStatement[] {
  const items = [
    ...table.columns.filter((other) => other !== column),
    ...table.constraints.filter(({ node }) => rangesOf(column.name, node).length === 0),
  ]
  const text = items.map(({ range }) => sliceOf(table.sql, range)).join(', ')
  const sql = editText(table.sql, [{ range: table.listRange, text }])
  return statements
    .filter((other) => !isIndexOn(other, table) || rangesOf(column.name, other.node).length === 0)
    .map((other) => (other === table ? { ...table, sql } : other))
}

function renameColumn(
  { statements }: ParsedMigration,
  table: TableStatement,
  column: ParsedColumn,
): readonly ExecutedStatement[] {
  const text = quoteName(`${column.name}_renamed`)
  return statements.map((statement): ExecutedStatement => {
    if (statement !== table && !isIndexOn(statement, table)) return statement
    const parts =
      statement.kind === 'table'
        ? [...statement.columns, ...statement.constraints].map(nodeOf)
        : [statement.node.columns]
    const own = statement === table ? [column.nameRange] : []
    const found = parts.flatMap((part) => (part === null ? [] : rangesOf(column.name, part)))
    const ranges = new Map([...own, ...found].map((range) => [range.join('-'), range]))
    return {
      ...statement,
      sql: editText(
        statement.sql,
        [...ranges.values()].map((range) => ({ range, text })),
      ),
    }
  })
}

function nodeOf(part: TableStatement['columns'][number] | TableStatement['constraints'][number]) {
  return 'node' in part ? part.node : null
}

function isIndexOn(
  statement: ParsedStatement,
  table: TableStatement,
): statement is Extract<ParsedStatement, { kind: 'index' }> {
  return statement.kind === 'index' && foldName(statement.table) === foldName(table.name)
}
