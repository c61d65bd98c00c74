import type { ParsedColumn, ParsedConstraint, TableStatement } from '../syntax/parse.ts'
import { after, editText, type Range, sliceOf } from '../syntax/parse.ts'
import { type Operator, type Rewritten, tableOperator } from './operator.ts'

const notNullDropped = constraintOperator(
  'not-null-dropped',
  'constraint_not_null',
  ({ sql }, column, { range }) => ({
    fault: `lets column ${column.name} be NULL`,
    sql: editText(sql, [{ range, text: '' }]),
  }),
)

const notNullAdded = tableOperator('not-null-added', function* ({ sql, columns }) {
  for (const column of columns) {
    if (has(column, 'constraint_not_null')) continue
    const edit = { range: endOfType(column), text: ' NOT NULL' }
    yield { fault: `forbids NULL in column ${column.name}`, sql: editText(sql, [edit]) }
  }
})

const defaultDropped = constraintOperator(
  'default-dropped',
  'constraint_default',
  ({ sql }, column, { range }) => ({
    fault: `gives column ${column.name} no default`,
    sql: editText(sql, [{ range, text: '' }]),
  }),
)

const defaultChanged = constraintOperator(
  'default-changed',
  'constraint_default',
  ({ sql }, column, { range, node }) => {
    const expression = sliceOf(sql, range).replace(/^default\s*/i, '')
    const text = node.type === 'constraint_default' ? otherDefault(node.expr.type, expression) : expression
    return {
      fault: `gives column ${column.name} the default ${text}`,
      sql: editText(sql, [{ range, text: `DEFAULT ${text}` }]),
    }
  },
)

const defaultAdded = tableOperator('default-added', function* ({ sql, columns }) {
  for (const column of columns) {
    const isOptional = !has(column, 'constraint_not_null') && !has(column, 'constraint_primary_key')
    if (!isOptional || has(column, 'constraint_default')) continue
    const text = column.type === 'INTEGER' ? '0' : "''"
    const edit = { range: endOfType(column), text: ` DEFAULT ${text}` }
    yield { fault: `gives column ${column.name} the default ${text}`, sql: editText(sql, [edit]) }
  }
})

const collationChanged = tableOperator('collation-changed', function* ({ sql, columns }) {
  for (const column of columns) {
    if (column.type !== 'TEXT' || has(column, 'constraint_collate')) continue
    const edit = { range: endOfType(column), text: ' COLLATE NOCASE' }
    yield { fault: `lets column ${column.name} ignore case`, sql: editText(sql, [edit]) }
  }
})

const autoincrementDropped = constraintOperator(
  'autoincrement-dropped',
  'constraint_auto_increment',
  ({ sql, name }, _, { range }) => ({
    fault: `lets table ${name} reuse the numbers of deleted rows`,
    sql: editText(sql, [{ range, text: '' }]),
  }),
)

const autoincrementAdded = tableOperator('autoincrement-added', function* ({ sql, name, columns }) {
  for (const column of columns) {
    const key = column.constraints.find(({ type }) => type === 'constraint_primary_key')
    if (key === undefined || column.type !== 'INTEGER' || has(column, 'constraint_auto_increment')) continue
    const edit = { range: after(key.range), text: ' AUTOINCREMENT' }
    yield { fault: `keeps table ${name} from reusing row numbers`, sql: editText(sql, [edit]) }
  }
})

export const columnConstraintOperators: readonly Operator[] = [
  notNullDropped,
  notNullAdded,
  defaultDropped,
  defaultChanged,
  defaultAdded,
  collationChanged,
  autoincrementDropped,
  autoincrementAdded,
]

function constraintOperator(
  name: string,
  type: string,
  rewrite: (table: TableStatement, column: ParsedColumn, constraint: ParsedConstraint) => Rewritten,
): Operator {
  return tableOperator(name, function* (table) {
    for (const column of table.columns) {
      for (const constraint of column.constraints) {
        if (constraint.type === type) yield rewrite(table, column, constraint)
      }
    }
  })
}

function has({ constraints }: ParsedColumn, type: string): boolean {
  return constraints.some((constraint) => constraint.type === type)
}

function endOfType({ nameRange, typeRange }: ParsedColumn): Range {
  return after(typeRange ?? nameRange)
}

/** A different default of the same kind. */
function otherDefault(type: string, expression: string): string {
  if (type === 'string_literal') return `${expression.slice(0, -1)} changed'`
  if (type === 'number_literal' || /^[-+]\s*[\d.]+$/.test(expression))
    return `${Number(expression.replace(/\s+/g, '')) + 1}`
  return expression.includes('unixepoch') ? "(unixepoch('now', '-1 day'))" : "(datetime('now', '-1 day'))"
}
