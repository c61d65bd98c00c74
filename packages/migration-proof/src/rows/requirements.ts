import type { Table } from '../schema/model.ts'
import type { SqlValue } from '../sql/connection.ts'
import { type Constraint, within } from './constraints.ts'
import { type Condition, columnTerm, compare, type Leaf, type Term } from './expression.ts'
import type { Requirement, Row } from './search.ts'

/** A key of one column, and the values that a CHECK allows in it. */
export interface ListedKey {
  readonly constraint: Constraint
  readonly column: string
  readonly items: readonly SqlValue[]
}

/** The conditions of which each side is tried: of CHECKs, triggers and partial indexes. */
export function decidedBy({
  constraints,
}: {
  readonly constraints: readonly Constraint[]
}): readonly Condition[] {
  return constraints.flatMap(({ kind, condition, where }) => {
    if (kind === 'unique') return where ?? []
    return kind === 'check' || kind === 'trigger' ? condition : []
  })
}

/** What was not met, and the values that were tried for it. */
export function describeUnmet(constraints: readonly Constraint[], tried: readonly Row[]): string {
  const columns = [...new Set(constraints.flatMap((constraint) => constraint.columns))]
  const values = columns.map((column) => {
    const texts = tried.map((row) => shorten(literalOf(row.get(column) ?? null)))
    return `${column} ${[...new Set(texts)].slice(-mostShown).join(', ')}`
  })
  const labels = constraints.map(({ label }) => label).join(' and ')
  return `no row was found that meets ${labels}${values.length === 0 ? '' : ` (tried: ${values.join('; ')})`}`
}

/** How many values of a column are named. */
const mostShown = 8

/** The longest value that is shown whole. */
const longestShown = 60

/** A value as SQL, cut where it is long. */
export function shorten(literal: string): string {
  return literal.length <= longestShown ? literal : `${literal.slice(0, longestShown)}…`
}

/** The keys of one column that may hold listed values alone. */
export function listedKeysOf(constraints: readonly Constraint[]): readonly ListedKey[] {
  return constraints.flatMap((constraint): ListedKey[] => {
    const [column, ...others] = constraint.columns
    if (constraint.kind !== 'unique' || constraint.where !== null || column === undefined) return []
    const values = others.length > 0 ? null : allowedValues(constraints, column)
    return values === null ? [] : [{ constraint, column, items: values.items }]
  })
}

/** The values that a CHECK of one column allows, by a list or `=`; null where none does. */
export function allowedValues(
  constraints: readonly Constraint[],
  column: string,
): { readonly items: readonly SqlValue[]; readonly label: string } | null {
  for (const { kind, condition, label } of constraints) {
    if (kind !== 'check' || condition.kind !== 'leaf') continue
    const { test } = condition
    const isEqual = test?.kind === 'comparison' && /^==?$/.test(test.operator)
    const operand = isEqual ? test.left : test?.kind === 'in' ? test.operand : null
    const terms = isEqual ? [test.right] : test?.kind === 'in' ? test.items : []
    const values = terms.map((term) => (term.kind === 'other' ? term.constant : undefined))
    if (operand?.kind !== 'column' || operand.column !== column || values.includes(undefined)) continue
    return { items: values.flatMap((value) => value ?? []), label }
  }
  return null
}

/** That a condition should be true. */
export function wish(condition: Condition): Requirement {
  return { condition, wanted: 'true', isHard: false }
}

/** That a condition must be true. */
/** That a condition is not false, as a CHECK demands it. */
export function allow(condition: Condition): Requirement {
  return { condition, wanted: 'not false', isHard: true }
}

export function demand(condition: Condition): Requirement {
  return { condition, wanted: 'true', isHard: true }
}

/** That columns of a row which hold the same value should not, by what the condition says. */
export function equalPairs(table: Table, row: Row): ReadonlyMap<string, Requirement> {
  const columns = [...row].filter(([, value]) => value !== null)
  const pairs = columns.flatMap(([name, value], position) =>
    columns
      .slice(position + 1)
      .filter(([, other]) => other === value)
      .map(([other]) => differsFrom(table, name, columnTerm(other))),
  )
  return new Map(pairs.map((pair) => [pair.sql, wish(pair)]))
}

/** That a column holds another value. */
export function differsFrom(table: Table, column: string, other: Term): Leaf {
  return within(compare(columnTerm(column), 'IS NOT', other), table)
}

/** A value as a term of a condition. */
export function constantTerm(value: SqlValue): Term {
  return { kind: 'other', sql: literalOf(value), columns: [], constant: value }
}

/** A value as SQL, without what a statement cannot hold. */
export function literalOf(value: SqlValue): string {
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    return value > 0 ? '9e999' : '-9e999'
  return typeof value === 'string' ? `'${value.replaceAll('\0', '').replaceAll("'", "''")}'` : `${value}`
}

/** The leaves of a condition, each with what must hold of the others so that it alone decides. */
export function* decisiveLeaves(
  condition: Condition,
  decisive: readonly Requirement[] = [],
): Generator<{ readonly leaf: Leaf; readonly decisive: readonly Requirement[] }> {
  if (condition.kind === 'leaf') yield { leaf: condition, decisive }
  else if (condition.kind === 'not') yield* decisiveLeaves(condition.part, decisive)
  else {
    const wanted = condition.kind === 'and' ? 'true' : 'false'
    for (const part of condition.parts) {
      const others = condition.parts.filter((other) => other !== part)
      const rest = others.map((other) => ({ condition: other, wanted, isHard: true }) as const)
      yield* decisiveLeaves(part, [...decisive, ...rest])
    }
  }
}

/** The sides of a comparison, the elements of a list, or true and not true. */
export function goalsOf(leaf: Leaf): readonly Condition[] {
  const { test, evaluate } = leaf
  if (test === null || evaluate === undefined) return []
  const compared = (left: Term, operator: string, right: Term): Leaf => {
    const comparison = compare(left, operator, right)
    return { ...comparison, sql: evaluate(comparison.sql), evaluate }
  }
  if (test.kind === 'comparison')
    return ['<', '=', '>'].map((operator) => compared(test.left, operator, test.right))
  const not: Condition = { kind: 'not', part: leaf }
  if (test.kind === 'in') return [...test.items.map((item) => compared(test.operand, '=', item)), not]
  return [leaf, not]
}
