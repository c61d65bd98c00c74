import { quoteName } from '../../sql/names.ts'
import {
  editText,
  type ParsedConstraint,
  rangeOf,
  sliceOf,
  type TableStatement,
  walk,
} from '../syntax/parse.ts'
import { type Operator, tableOperator } from './operator.ts'

const primaryKeyDropped = tableOperator('primary-key-dropped', function* (table) {
  const fault = `gives table ${table.name} no primary key`
  for (const { constraints } of table.columns) {
    if (!constraints.some(isPrimaryKey)) continue
    const edits = constraints
      .filter((constraint) => isPrimaryKey(constraint) || constraint.type === 'constraint_auto_increment')
      .map(({ range }) => ({ range, text: '' }))
    yield { fault, sql: editText(table.sql, edits) }
  }
  if (table.constraints.some(isPrimaryKey)) {
    yield {
      fault,
      sql: rewriteConstraints(table, (constraint) =>
        isPrimaryKey(constraint) ? null : constraintSql(table, constraint),
      ),
    }
  }
})

const primaryKeySwapped = tableOperator('primary-key-swapped', function* (table) {
  for (const { node } of table.constraints) {
    if (node.type !== 'constraint_primary_key' || node.columns?.type !== 'paren_expr') continue
    const [first, second] = node.columns.expr.items
    if (first === undefined || second === undefined) continue
    const edits = [
      { range: rangeOf(first), text: sliceOf(table.sql, rangeOf(second)) },
      { range: rangeOf(second), text: sliceOf(table.sql, rangeOf(first)) },
    ]
    yield { fault: `swaps the columns of the primary key`, sql: editText(table.sql, edits) }
  }
})

const checkDropped = tableOperator('check-dropped', function* (table) {
  for (const { name, constraints } of table.columns) {
    for (const { type, range } of constraints) {
      if (type !== 'constraint_check') continue
      yield {
        fault: `leaves out the CHECK of column ${name}`,
        sql: editText(table.sql, [{ range, text: '' }]),
      }
    }
  }
  for (const check of table.constraints) {
    if (check.type !== 'constraint_check') continue
    const sql = rewriteConstraints(table, (other) => (other === check ? null : constraintSql(table, other)))
    yield { fault: `leaves out a CHECK of the table`, sql }
  }
})

const checkConstantChanged = tableOperator('check-constant-changed', function* (table) {
  for (const { type, node } of allConstraints(table)) {
    if (type !== 'constraint_check') continue
    for (const literal of walk(node)) {
      const text = otherConstant(literal)
      if (text === null) continue
      const sql = editText(table.sql, [{ range: rangeOf(literal), text }])
      yield { fault: `compares with ${text} in a CHECK`, sql }
    }
  }
})

const constraintRenamed = tableOperator('constraint-renamed', function* (table) {
  const isNamed = ({ type }: ParsedConstraint) =>
    type === 'constraint_check' || table.constraints.some((own) => own.type === type)
  for (const constraint of allConstraints(table)) {
    if (constraint.hasName || !isNamed(constraint)) continue
    const text = `CONSTRAINT ${quoteName(`${table.name}_renamed`)} ${constraintSql(table, constraint)}`
    const sql = editText(table.sql, [{ range: constraint.range, text }])
    yield { fault: `gives another name to a constraint`, sql }
  }
})

export const keyOperators: readonly Operator[] = [
  primaryKeyDropped,
  primaryKeySwapped,
  checkDropped,
  checkConstantChanged,
  constraintRenamed,
]

/** The statement with its table constraints rewritten; null removes a constraint. */
export function rewriteConstraints(
  table: TableStatement,
  rewrite: (constraint: ParsedConstraint) => string | null,
): string {
  const columns = table.columns.map(({ range }) => sliceOf(table.sql, range))
  const constraints = table.constraints.map(rewrite).filter((text) => text !== null)
  return editText(table.sql, [{ range: table.listRange, text: [...columns, ...constraints].join(', ') }])
}

export function constraintSql({ sql }: TableStatement, { range }: ParsedConstraint): string {
  return sliceOf(sql, range)
}

function allConstraints({ columns, constraints }: TableStatement): ParsedConstraint[] {
  return [...columns.flatMap((column) => column.constraints), ...constraints]
}

function isPrimaryKey({ type }: ParsedConstraint): boolean {
  return type === 'constraint_primary_key'
}

function otherConstant(node: { readonly type: string; readonly text?: unknown }): string | null {
  if (node.type === 'number_literal') return `${Number(node.text) + 1}`
  return node.type === 'string_literal' ? `'changed'` : null
}
