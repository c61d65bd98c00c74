import type { ExecutedStatement } from '../../snapshots/statements.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import type { ParsedMigration } from '../syntax/history.ts'
import { editText, type ParsedStatement, rangesOf, type TableStatement } from '../syntax/parse.ts'
import { readChangedRows } from './data-statements.ts'
import { migrationOperator, type Operator, tableOperator } from './operator.ts'

const tableDropped = migrationOperator('table-dropped', function* ({ statements }) {
  for (const { name } of tablesOf(statements)) {
    const fault = `does not create table ${name}, nor its indexes`
    yield { object: name, fault, statements: statements.filter((other) => !isAbout(other, name)) }
  }
})

const tableRenamed = migrationOperator('table-renamed', function* (migration) {
  for (const { name } of tablesOf(migration.statements)) {
    const fault = `creates table ${name} as ${name}_renamed`
    yield { object: name, fault, statements: renameTable(migration, name, `${name}_renamed`) }
  }
})

const strictAdded = tableOperator('strict-added', function* (table) {
  if (table.hasOptions) return
  yield { fault: `makes table ${table.name} STRICT`, sql: `${table.sql} STRICT` }
})

const withoutRowidAdded = tableOperator('without-rowid-added', function* (table) {
  const hasKey = table.columns.some(({ constraints }) =>
    constraints.some(({ type }) => type === 'constraint_primary_key'),
  )
  const hasTableKey = table.constraints.some(({ type }) => type === 'constraint_primary_key')
  const hasAutoincrement = table.columns.some(({ constraints }) =>
    constraints.some(({ type }) => type === 'constraint_auto_increment'),
  )
  if (table.hasOptions || hasAutoincrement || !(hasKey || hasTableKey)) return
  yield { fault: `makes table ${table.name} WITHOUT ROWID`, sql: `${table.sql} WITHOUT ROWID` }
})

const statementDropped = migrationOperator('statement-dropped', function* ({ statements }) {
  for (const statement of statements) {
    const object = statement.kind === 'other' ? 'statement' : statement.name
    const fault = `leaves out '${statement.sql.replace(/\s+/g, ' ').slice(0, 60)}'`
    const left = { object, fault, statements: statements.filter((other) => other !== statement) }
    // Rows that it would have changed are looked for where those of other data migrations are.
    const changed = readChangedRows(statement, statements)
    yield changed === null ? left : { ...left, site: 'data', changed }
  }
})

export const tableOperators: readonly Operator[] = [
  tableDropped,
  tableRenamed,
  strictAdded,
  withoutRowidAdded,
  statementDropped,
]

function tablesOf(statements: readonly ParsedStatement[]): TableStatement[] {
  return statements.filter((statement) => statement.kind === 'table')
}

function isAbout(statement: ParsedStatement, table: string): boolean {
  if (statement.kind === 'other') return false
  return foldName(statement.kind === 'table' ? statement.name : statement.table) === foldName(table)
}

/** As if the author chose another name: with its indexes, and the foreign keys that refer to it. */
function renameTable(migration: ParsedMigration, from: string, to: string): readonly ExecutedStatement[] {
  const text = quoteName(to)
  return migration.statements.map((statement): ExecutedStatement => {
    if (statement.kind === 'other') return statement
    if (statement.kind === 'index') {
      const edits = isAbout(statement, from) ? [{ range: statement.tableRange, text }] : []
      return { ...statement, sql: editText(statement.sql, edits) }
    }
    const own = isAbout(statement, from) ? [{ range: statement.nameRange, text }] : []
    const references = referencesTo(statement, from).map((range) => ({ range, text }))
    return { ...statement, sql: editText(statement.sql, [...own, ...references]) }
  })
}

function referencesTo({ columns, constraints }: TableStatement, table: string) {
  const all = [...constraints, ...columns.flatMap((column) => column.constraints)]
  return all.flatMap(({ node }) => {
    const references = node.type === 'constraint_foreign_key' ? node.references : node
    return references.type === 'references_specification' ? rangesOf(table, references.table) : []
  })
}
