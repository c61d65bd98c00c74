import { quoteName } from '../../sql/names.ts'
import {
  after,
  editText,
  type ParsedColumn,
  type ParsedConstraint,
  rangeOf,
  sliceOf,
  type TableStatement,
  walk,
} from '../syntax/parse.ts'
import { type Operator, tableOperator } from './operator.ts'

const primaryKeyDropped = tableOperator('primary-key-dropped', function* (table) {
  for (const key of keysOf(table, 'constraint_primary_key')) {
    yield { fault: `gives table ${table.name} no primary key`, sql: writeKey(table, key, []) }
  }
})

const primaryKeySwapped = tableOperator('primary-key-swapped', function* (table) {
  for (const key of keysOf(table, 'constraint_primary_key')) {
    const [first, second, ...others] = key.columns
    if (first === undefined || second === undefined) continue
    const sql = writeKey(table, key, [second, first, ...others])
    yield { fault: `swaps the columns of the primary key`, sql }
  }
})

const checkDropped = tableOperator('check-dropped', function* (table) {
  for (const check of constraintsOf(table, 'constraint_check')) {
    const fault = `leaves out ${check.owner === null ? 'a CHECK of the table' : `the CHECK of column ${check.owner.name}`}`
    yield { fault, sql: writeConstraint(table, check, null) }
  }
})

const checkConstantChanged = tableOperator('check-constant-changed', function* (table) {
  for (const { constraint } of constraintsOf(table, 'constraint_check')) {
    for (const literal of walk(constraint.node)) {
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
  for (const { constraint } of constraintsOf(table)) {
    if (constraint.hasName || !isNamed(constraint)) continue
    const text = `CONSTRAINT ${quoteName(`${table.name}_renamed`)} ${sliceOf(table.sql, constraint.range)}`
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

/** A constraint, and the column that it is written at; null where it is one of the table. */
export interface OwnedConstraint {
  readonly owner: ParsedColumn | null
  readonly constraint: ParsedConstraint
}

/** The constraints of a table: those of its columns, and then its own. @param type defaults to any */
export function constraintsOf({ columns, constraints }: TableStatement, type?: string): OwnedConstraint[] {
  const ofColumns = columns.flatMap((owner) => owner.constraints.map((constraint) => ({ owner, constraint })))
  const ofTable = constraints.map((constraint) => ({ owner: null, constraint }))
  return [...ofColumns, ...ofTable].filter(({ constraint }) => type === undefined || constraint.type === type)
}

/**
 * The CREATE TABLE with another constraint instead of one that it has; null leaves it out. What was written at a column
 * is then one of the table: it may be about more columns.
 */
export function writeConstraint(
  { sql, listRange, columns, constraints }: TableStatement,
  { owner, constraint }: OwnedConstraint,
  text: string | null,
): string {
  if (owner !== null) {
    const removed = owner.constraints.filter(
      (other) =>
        other === constraint ||
        (other.type === 'constraint_auto_increment' && constraint.type === 'constraint_primary_key'),
    )
    const added = text === null ? [] : [{ range: after(listRange), text: `, ${text}` }]
    return editText(sql, [...removed.map(({ range }) => ({ range, text: '' })), ...added])
  }
  if (text !== null) return editText(sql, [{ range: constraint.range, text }])
  const kept = [...columns, ...constraints].filter((item) => item !== constraint)
  const list = kept.map(({ range }) => sliceOf(sql, range)).join(', ')
  return editText(sql, [{ range: listRange, text: list }])
}

/** A PRIMARY KEY or UNIQUE constraint. */
export interface Key extends OwnedConstraint {
  readonly columns: readonly KeyColumn[]
}

/** A column of a key, and how it is written there: `a DESC`. */
export interface KeyColumn {
  readonly name: string
  readonly text: string
}

/** The primary key of a table, or its UNIQUE constraints. */
export function keysOf(table: TableStatement, type: KeyType): Key[] {
  return constraintsOf(table, type).map(({ owner, constraint }) => ({
    owner,
    constraint,
    columns: owner === null ? listedColumns(table, constraint) : [keyColumnOf(table, owner)],
  }))
}

/** A column as a key has it that says no more than its name. */
export function keyColumnOf({ sql }: TableStatement, { name, nameRange }: ParsedColumn): KeyColumn {
  return { name, text: sliceOf(sql, nameRange) }
}

/** The CREATE TABLE with other columns in a key; without columns, without the key. */
export function writeKey(table: TableStatement, key: Key, columns: readonly KeyColumn[]): string {
  const { node, range } = key.constraint
  if (columns.length === 0 || !isKey(node)) return writeConstraint(table, key, null)
  const name = sliceOf(table.sql, [range[0], rangeOf(node)[0]])
  const keyword = node.type === 'constraint_unique' ? 'UNIQUE' : 'PRIMARY KEY'
  const clauses = node.clauses.map((clause) => ` ${sliceOf(table.sql, rangeOf(clause))}`).join('')
  const list = columns.map(({ text }) => text).join(', ')
  return writeConstraint(table, key, `${name}${keyword} (${list})${clauses}`)
}

type KeyType = 'constraint_primary_key' | 'constraint_unique'

function isKey(node: ParsedConstraint['node']): node is Extract<typeof node, { type: KeyType }> {
  return node.type === 'constraint_primary_key' || node.type === 'constraint_unique'
}

/** What a key may say of a column after its name. */
const orderInKey =
  /^\s+collate\s+(?:\w+|"[^"]+"|'[^']+'|`[^`]+`|\[[^\]]+\])(?:\s+(?:asc|desc)\b)?|^\s+(?:asc|desc)\b/i

function listedColumns({ sql }: TableStatement, { node }: ParsedConstraint): KeyColumn[] {
  if (!isKey(node) || node.columns?.type !== 'paren_expr') return []
  return node.columns.expr.items.map((item) => {
    const column = item.type === 'identifier' ? item : item.expr
    const name = column.type === 'identifier' ? column.name : ''
    const [, end] = rangeOf(item)
    const [order = ''] = orderInKey.exec(sql.slice(end)) ?? []
    return { name, text: `${sliceOf(sql, rangeOf(item))}${order}` }
  })
}

function otherConstant(node: { readonly type: string; readonly text?: unknown }): string | null {
  if (node.type === 'number_literal') return `${Number(node.text) + 1}`
  return node.type === 'string_literal' ? `'changed'` : null
}
