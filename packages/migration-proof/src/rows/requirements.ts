import type { Table } from '../schema/model.ts'
import type { SqlValue } from '../sql/connection.ts'
import { type Constraint, conjunctsOf, within } from './constraints.ts'
import { type Condition, columnTerm, compare, type Leaf, leavesOf, type Term } from './expression.ts'
import type { Requirement, Row } from './search.ts'

/** A key, and the values that CHECKs allow in its columns. */
export interface ListedKey {
  readonly constraint: Constraint
  readonly items: readonly Row[]
}

/** Of how many values a key counts as one whose values can all be in use. */
const mostListed = 64

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

/** The keys that may hold listed values alone. */
export function listedKeysOf(table: Table, constraints: readonly Constraint[]): readonly ListedKey[] {
  return constraints.flatMap((constraint): ListedKey[] => {
    if (constraint.kind !== 'unique' || constraint.where !== null) return []
    let items: readonly Row[] = [new Map()]
    for (const column of constraint.columns) {
      const values = allowedValues(table, constraints, column)?.items
      if (values === undefined || values.length * items.length > mostListed) return []
      items = items.flatMap((item) => values.map((value) => new Map([...item, [column, value]])))
    }
    return [{ constraint, items }]
  })
}

/** The most whole numbers between two bounds that count as a list. */
const longestRange = 16

/**
 * Values of which each value that CHECKs allow in a column equals one, NULL aside, as these compare it: by a list, `=`, or
 * bounds. Null where they allow others.
 */
export function allowedValues(
  table: Table,
  constraints: readonly Pick<Constraint, 'kind' | 'condition' | 'label'>[],
  column: string,
): { readonly items: readonly SqlValue[]; readonly label: string } | null {
  const conditions = constraints.flatMap(({ kind, condition, label }) =>
    kind === 'check' ? conjunctsOf(condition).map((one) => ({ condition: one, label })) : [],
  )
  for (const { condition, label } of conditions) {
    const items = listedIn(condition, column)
    if (items !== null) return { items, label }
  }
  const bounds = conditions.flatMap(({ condition, label }) => {
    const bound = comparedIn(condition, column)
    return bound === null ? [] : [{ ...bound, label }]
  })
  for (const low of bounds) {
    for (const high of bounds) {
      if (!low.operator.startsWith('>') || !high.operator.startsWith('<')) continue
      const items = between(table, column, low, high)
      if (items !== null) return { items, label: [...new Set([low.label, high.label])].join(' and ') }
    }
  }
  return null
}

interface Bound {
  readonly operator: string
  readonly value: SqlValue
}

function between(table: Table, column: string, low: Bound, high: Bound): readonly SqlValue[] | null {
  if (low.operator === '>=' && high.operator === '<=' && low.value === high.value) return [low.value]
  const { value: first } = low
  const { value: last } = high
  if (typeof first !== 'bigint' || typeof last !== 'bigint' || !holdsIntegers(table, column)) return null
  const start = low.operator === '>' ? first + 1n : first
  const count = Number(last - start) + (high.operator === '<' ? 0 : 1)
  if (count < 1 || count > longestRange) return null
  return Array.from({ length: count }, (_, step) => start + BigInt(step))
}

/** Whether a column holds whole numbers alone, NULL aside. */
function holdsIntegers({ columns, primaryKey, strict }: Table, name: string): boolean {
  const column = columns.find((one) => one.name === name)
  const isRowid = primaryKey?.isRowid === true && (column?.keyPosition ?? 0) > 0
  return isRowid || (strict && /^INT(EGER)?$/.test(column?.type ?? ''))
}

/** The values with which a condition compares a column, as `=`, IN, or several of these by OR; null where it does otherwise. */
function listedIn(condition: Condition, column: string): readonly SqlValue[] | null {
  if (condition.kind === 'or') {
    const parts = condition.parts.map((part) => listedIn(part, column))
    return parts.includes(null) ? null : parts.flatMap((items) => items ?? [])
  }
  const { test } = condition.kind === 'leaf' ? condition : { test: null }
  if (test?.kind === 'in' && isColumnNamed(test.operand, column)) {
    const items = test.items.map(constantOf)
    return items.includes(undefined) ? null : items.flatMap((item) => item ?? [])
  }
  const compared = comparedIn(condition, column)
  return compared !== null && /^(==?|IS)$/.test(compared.operator) ? [compared.value] : null
}

/** The values that a condition of one column refuses, as `<>` and NOT IN do; null where it refuses others. */
export function refusedValues(condition: Condition, column: string): readonly SqlValue[] | null {
  if (condition.kind === 'not') return listedIn(condition.part, column)
  const compared = comparedIn(condition, column)
  return compared !== null && /^(<>|!=|IS NOT)$/.test(compared.operator) ? [compared.value] : null
}

/** With which constant, and how, a condition compares a column. */
function comparedIn(condition: Condition, column: string): Bound | null {
  const { test } = condition.kind === 'leaf' ? condition : { test: null }
  if (test?.kind !== 'comparison') return null
  const isLeft = isColumnNamed(test.left, column)
  if (!isLeft && !isColumnNamed(test.right, column)) return null
  const value = constantOf(isLeft ? test.right : test.left)
  const mirrored = test.operator.replace(/[<>]/, (sign) => (sign === '<' ? '>' : '<'))
  return value === undefined
    ? null
    : { operator: isLeft || test.operator === '<>' ? test.operator : mirrored, value }
}

function isColumnNamed(term: Term, column: string): boolean {
  return term.kind === 'column' && term.column === column
}

/** The number or the text that a term is; undefined where it is something else. */
function constantOf(term: Term): SqlValue | undefined {
  if (term.kind === 'other') return term.constant
  const value = term.kind === 'unary' && term.operator === '-' ? constantOf(term.operand) : undefined
  return typeof value === 'bigint' || typeof value === 'number' ? -value : undefined
}

/** Whether values that a CHECK finds equal in a column are the same but for their forms. */
export function comparesBytes({ columns }: Table, name: string): boolean {
  return columns.find((column) => column.name === name)?.collation === 'BINARY'
}

/** That a condition should be true. */
export function wish(condition: Condition): Requirement {
  return { condition, wanted: 'true', isHard: false }
}

/** That a condition is not false, as a CHECK demands it. */
export function allow(condition: Condition): Requirement {
  return { condition, wanted: 'not false', isHard: true }
}

/** That a condition must be true. */
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

/** What to show of a leaf, each as conditions that hold together. */
export function goalsOf(leaf: Leaf): readonly (readonly Condition[])[] {
  const { evaluate, test } = leaf
  const own = sidesOf(leaf).map((goal) => [goal])
  if (evaluate === undefined || test?.kind !== 'comparison') return own
  // Where conditions are compared, each side of what these compare, with the whole true and not.
  const inner = [test.left, test.right].flatMap((term) =>
    term.kind === 'condition' ? leavesOf(term.condition) : [],
  )
  const sides = inner.flatMap((one) => sidesOf({ ...one, sql: evaluate(one.sql), evaluate }))
  const whole: readonly Condition[] = [leaf, { kind: 'not', part: leaf }]
  return [...own, ...sides.flatMap((side) => whole.map((truth) => [side, truth]))]
}

/** The sides of a comparison, the elements of a list, or true and not true. */
function sidesOf(leaf: Leaf): readonly Condition[] {
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
