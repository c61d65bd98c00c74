import type { Table } from '../schema/model.ts'
import type { SqlValue } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { type Constraint, conjunctsOf, type Lookup, labelOf, readAsJson, within } from './constraints.ts'
import {
  type Condition,
  columnsOf,
  columnTerm,
  isNullOf,
  type Leaf,
  leavesOf,
  type Term,
} from './expression.ts'
import { anyNumbers, areContrary, type Range, realNumbers, wholeNumbers } from './ranges.ts'
import { allow, allowedValues, comparesBytes, demand, refusedValues } from './requirements.ts'
import { type Requirement, type Row, type RowSearch, requireAll } from './search.ts'
import { affinityOf, formsOf } from './values.ts'

/** What is known of a table whose constraints are to be broken. */
interface Known {
  readonly table: Table
  readonly constraints: readonly Constraint[]
  readonly search: RowSearch
  /** What the parents of its rows demand of the columns that name them. */
  readonly parentDemands: readonly { readonly conditions: readonly Condition[] }[]
  /** What every INSERT must meet that is no constraint. */
  readonly always: readonly Requirement[]
}

/** Why no row breaks a constraint alone, as far as the other constraints say so; null where one may. */
export function whyUnbreakable(known: Known, constraint: Constraint): string | null {
  return (
    whyListed(known, constraint) ??
    whyPinned(known, constraint) ??
    whyOneRow(known, constraint) ??
    whyNull(known, constraint) ??
    whyNullSpreads(known, constraint) ??
    whyLookedUp(known, constraint) ??
    whyJson(known, constraint) ??
    whyAllRefer(known, constraint) ??
    whyOfNoType(known, constraint) ??
    whyOrdered(known, constraint) ??
    whyCalculated(known, constraint) ??
    whyImplied(known, constraint) ??
    whyDetermined(known, constraint) ??
    whyByNulls(known, constraint)
  )
}

function broken({ condition }: Constraint): Requirement {
  return { condition, wanted: 'false', isHard: true }
}

/** The constraint is met by each value that another one allows. */
function whyListed({ table, constraints, search }: Known, constraint: Constraint): string | null {
  const { kind, columns } = constraint
  const [column = ''] = columns
  // Whether a key is free or a parent is there is not for the value alone to say.
  if ((kind !== 'check' && kind !== 'type') || columns.length !== 1 || !comparesBytes(table, column))
    return null
  const others = constraints.filter((one) => one !== constraint)
  const values = allowedValues(table, others, column)
  if (values === null) return null
  const row = search.typicalRow()
  const forms = [...values.items.flatMap(formsOf), ...(mayBeNull(table, column) ? [null] : [])]
  const ofColumn = others.filter(
    (one) => one.kind === 'check' && one.columns.every((name) => name === column),
  )
  const breaks = (value: SqlValue) => {
    const changed = new Map([...row, [column, value]])
    return search.meets(changed, [broken(constraint), ...requireAll(ofColumn)])
  }
  return forms.some(breaks) ? null : `no value that ${values.label} allows breaks it`
}

/** Each value that breaks the constraint, which are few, breaks another one of the same column. */
function whyPinned({ table, constraints, search }: Known, constraint: Constraint): string | null {
  const { kind, columns, condition } = constraint
  const [column = ''] = columns
  if (kind !== 'check' || columns.length !== 1 || !comparesBytes(table, column)) return null
  const values = refusedValues(condition, column)
  if (values === null) return null
  const row = search.typicalRow()
  const others = constraints.filter(
    (one) =>
      one !== constraint && one.kind === 'check' && one.columns.length === 1 && one.columns[0] === column,
  )
  const labels = new Set<string>()
  for (const value of values.flatMap(formsOf)) {
    const changed = new Map([...row, [column, value]])
    const other = others.find((one) => !search.meets(changed, requireAll([one])))
    if (other === undefined) return null
    labels.add(other.label)
  }
  return labels.size === 0 ? null : `it follows from ${[...labels].join(' and ')}`
}

/** A second row shares another key already, which has one value alone. */
function whyOneRow({ table, constraints }: Known, constraint: Constraint): string | null {
  if (constraint.kind !== 'unique') return null
  const key = constraints.find((other) => {
    const [column = '', ...more] = other.columns
    if (other === constraint || more.length > 0 || !isExactKey(table, other)) return false
    const values = mayBeNull(table, column) ? undefined : allowedValues(table, constraints, column)?.items
    return values !== undefined && new Set(values).size === 1
  })
  return key === undefined ? null : `the table holds one row at most by ${key.label}`
}

/** Whether a row may hold NULL in a column, as far as its declaration says so. */
function mayBeNull({ columns, primaryKey }: Table, name: string): boolean {
  const column = columns.find((one) => one.name === name)
  return column?.notNull === false && !(primaryKey?.isRowid === true && column.keyPosition > 0)
}

/** A NULL in a column breaks another constraint, too. */
function whyNull({ constraints, search }: Known, constraint: Constraint): string | null {
  const [column = ''] = constraint.columns
  if (constraint.kind !== 'not-null' || !needsNullIn(constraint.condition, column)) return null
  const row = new Map([...search.typicalRow(), [column, null] as const])
  const other = constraints.find(
    (candidate) =>
      candidate !== constraint &&
      isOfRowAlone(candidate) &&
      candidate.columns.length > 0 &&
      candidate.columns.every((name) => name === column) &&
      !search.meets(row, requireAll([candidate])),
  )
  return other === undefined ? null : `a NULL breaks ${other.label} as well`
}

/** Whether a constraint depends on no other row: what a key, a reference or a trigger finds there is not always there. */
function isOfRowAlone({ kind, label }: Constraint): boolean {
  if (kind === 'trigger') return !/\bselect\b/i.test(label)
  return kind !== 'unique' && kind !== 'foreign-key'
}

/** Whether a term of one column is NULL only where the column is. */
function needsNullIn(condition: Condition, column: string): boolean {
  const [leaf] = leavesOf(condition)
  const isWhole = (term: Term): boolean => {
    if (term.kind === 'column') return term.column === column
    if (term.kind === 'wrapped') return isWhole(term.operand)
    if (term.kind === 'call') return keepsValues.test(term.name) && term.operands.every(isWhole)
    if (term.kind === 'binary')
      return /^(\|\||\+|-|\*)$/.test(term.operator) && isWhole(term.left) && isWhole(term.right)
    return term.kind === 'other' && term.constant !== undefined
  }
  return leaf?.test?.kind === 'null' && isWhole(leaf.test.operand)
}

/** The functions that give NULL for NULL alone. */
const keepsValues = /^(lower|upper|l?trim|rtrim|replace|length|hex|abs|coalesce|ifnull)$/

/** Another column is what a function makes of the NULL, which is NULL as well. */
function whyNullSpreads({ constraints, search }: Known, constraint: Constraint): string | null {
  const [column = ''] = constraint.columns
  if (constraint.kind !== 'not-null' || !needsNullIn(constraint.condition, column)) return null
  const row = new Map([...search.typicalRow(), [column, null] as const])
  for (const { kind, condition, label } of constraints) {
    if (kind !== 'check') continue
    for (const part of conjunctsOf(condition)) {
      if (part.kind !== 'leaf' || part.test?.kind !== 'comparison' || part.test.operator !== 'IS') continue
      const { left, right } = part.test
      for (const [made, from] of [[left, right] as const, [right, left] as const]) {
        const other = constraints.find(
          (one) =>
            one !== constraint &&
            one.kind === 'not-null' &&
            made.kind === 'column' &&
            needsNullIn(one.condition, made.column),
        )
        if (other === undefined || from.columns.length !== 1 || from.columns[0] !== column) continue
        const isNull = { ...isNullOf(from), sql: part.evaluate?.(`(${from.sql}) IS NULL`) ?? '0' }
        if (search.meets(row, [{ condition: isNull, wanted: 'true', isHard: true }]))
          return `a NULL makes ${made.sql} NULL by ${label}, and breaks ${other.label} as well`
      }
    }
  }
  return null
}

/** A trigger looks for a row by what breaks the constraint, finds none, and refuses. */
function whyLookedUp({ table, constraints, search }: Known, constraint: Constraint): string | null {
  const { kind, columns, label } = constraint
  const key = table.foreignKeys.find((candidate) => kind === 'foreign-key' && labelOf(candidate) === label)
  const findsNone = ({ parent, pairs }: Lookup) =>
    key === undefined
      ? kind === 'not-null' && pairs.some(({ column }) => columns[0] === column)
      : foldName(parent) === foldName(key.parent) &&
        key.columns.every((name, position) =>
          pairs.some(
            ({ column, parentColumn }) =>
              foldName(column) === foldName(name) &&
              foldName(parentColumn) === foldName(key.parentColumns[position] ?? ''),
          ),
        )
  const without = new Map([...search.typicalRow(), ...columns.map((column) => [column, null] as const)])
  const trigger = constraints.find(
    (one) =>
      one.lookups !== undefined &&
      one.lookups.length > 0 &&
      one.lookups.every(findsNone) &&
      !search.meets(without, requireAll([one])),
  )
  return trigger === undefined ? null : `the ${trigger.label}, refuses it as well`
}

/** What the constraint asks of JSON, SQLite asks by itself of each row. */
function whyJson({ table, always }: Known, { kind, condition }: Constraint): string | null {
  const read = (one: Condition) => {
    const test = one.kind === 'leaf' && one.test?.kind === 'truth' ? one.test : null
    return test?.operand.kind === 'call' && test.operand.name === 'json_valid'
      ? test.operand.columns[0]
      : null
  }
  const column = kind === 'check' ? read(condition) : null
  if (column == null || !always.some((one) => read(one.condition) === column)) return null
  // What a condition decides is not read of each row, and neither is what a partial index or a trigger reads.
  const texts = [
    ...table.columns.flatMap(({ generated }) => generated?.expression ?? []),
    ...table.indexes
      .filter(({ where }) => where === null)
      .flatMap(({ columns }) => columns.flatMap(({ expression }) => expression ?? [])),
  ]
  const isRead = (sql: string) =>
    !/\b(case|iif|if|coalesce|ifnull|nullif|and|or)\b/i.test(sql) &&
    readAsJson(sql).some((name) => foldName(name.replace(/^"|"$/g, '')) === foldName(column))
  if (!texts.some(isRead)) return null
  return `the schema reads ${column} as JSON, which fails first`
}

/** Each key is in use, as each row refers to a row of its own. */
function whyAllRefer({ table, constraints }: Known, constraint: Constraint): string | null {
  const isNotNull = (column: string) =>
    constraints.some(({ kind, columns }) => kind === 'not-null' && columns.includes(column))
  const isType = (column: string) =>
    constraints.some(({ kind, columns }) => kind === 'type' && columns.includes(column))
  const key = table.foreignKeys.find(({ parent, columns, parentColumns }) => {
    const isKey = constraints.some((one) => isExactKey(table, one) && isSameSet(one.columns, columns))
    const isOfParent =
      constraint.kind === 'unique'
        ? isExactKey(table, constraint) && isSameSet(constraint.columns, parentColumns)
        : constraint.kind === 'type' &&
          columns.every(isType) &&
          parentColumns.some((name) => foldName(name) === foldName(constraint.columns[0] ?? ''))
    const isComparedAlike = columns.every((name, position) => {
      const ofParent = table.columns.find(
        (one) => foldName(one.name) === foldName(parentColumns[position] ?? ''),
      )
      const own = table.columns.find((one) => one.name === name)
      return (
        own?.collation === 'BINARY' &&
        ofParent?.collation === 'BINARY' &&
        classOf(own.type) === classOf(ofParent.type)
      )
    })
    return (
      foldName(parent) === foldName(table.name) &&
      columns.every(isNotNull) &&
      isKey &&
      isOfParent &&
      isComparedAlike
    )
  })
  return key === undefined
    ? null
    : `each row has a row of its own to refer to, so that ${labelOf(key)} leaves none for a row without a key of its own`
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.map(foldName).sort().join('\n') === right.map(foldName).sort().join('\n')
}

/** The values that a column of a type refuses. */
const refusedTypes: Readonly<Record<string, readonly ValueType[]>> = {
  integer: ['text', 'blob', 'real'],
  int: ['text', 'blob', 'real'],
  real: ['text', 'blob'],
  text: ['blob'],
  blob: ['text', 'number'],
}

type ValueType = 'text' | 'blob' | 'real' | 'number'

/** No value of another type meets a CHECK. */
function whyOfNoType(known: Known, constraint: Constraint): string | null {
  const { table, constraints } = known
  const [column = ''] = constraint.columns
  if (constraint.kind !== 'type') return null
  const declared = table.columns.find(({ name }) => name === column)?.type.toLowerCase() ?? ''
  const matchesBlobs = known.search.meets(known.search.typicalRow(), [
    {
      condition: { kind: 'leaf', sql: "(x'61' LIKE 'a')", columns: [], test: null },
      wanted: 'true',
      isHard: true,
    },
  ])
  const types = refusedTypes[declared] ?? refusedTypes.integer ?? []
  const reasons = types.map((type) => {
    const other = constraints.find(({ kind, condition }) => {
      const truths = kind === 'check' ? truthsOf(condition, { column, type, matchesBlobs }) : anyTruth
      return truths.size === 1 && truths.has(false)
    })
    return other === undefined ? null : `no ${type === 'blob' ? 'BLOB' : type} meets ${other.label}`
  })
  return reasons.includes(null) ? null : reasons.join(', and ')
}

type Truth = boolean | null
type Truths = ReadonlySet<Truth>
const anyTruth: Truths = new Set([true, false, null])

interface Typed {
  readonly column: string
  readonly type: ValueType
  /** Whether LIKE and GLOB match BLOBs, which is an option of SQLite. */
  readonly matchesBlobs: boolean
}

/** What a condition may be where a column holds some value of a type that its own converts to none of its own. */
function truthsOf(condition: Condition, typed: Typed): Truths {
  if (condition.kind === 'leaf') {
    const { ifNull = null } = condition
    return new Set([...truthsOfLeaf(condition, typed)].map((truth) => truth ?? ifNull))
  }
  if (condition.kind === 'not')
    return new Set([...truthsOf(condition.part, typed)].map((truth) => (truth === null ? null : !truth)))
  const parts = condition.parts.map((part) => truthsOf(part, typed))
  // The value that decides alone, then NULL.
  const decides = condition.kind === 'or'
  const all = new Set<Truth>()
  if (parts.some((part) => part.has(decides))) all.add(decides)
  if (parts.some((part) => part.has(null)) && parts.every((part) => part.has(null) || part.has(!decides)))
    all.add(null)
  if (parts.every((part) => part.has(!decides))) all.add(!decides)
  return all
}

function truthsOfLeaf({ test }: Leaf, { column, type, matchesBlobs }: Typed): Truths {
  if (test === null) return anyTruth
  const isColumn = (term: Term): boolean =>
    (term.kind === 'column' && term.column === column) ||
    (term.kind === 'wrapped' && /collate/i.test(term.sql) && isColumn(term.operand))
  /** Whether each such value comes after those of a term: numbers come before texts, and these before BLOBs. */
  const isAfter = (term: Term): boolean => {
    if (type === 'real' || type === 'number') return false
    const isNumber = term.kind === 'other' && /^(bigint|number)$/.test(typeof term.constant)
    return isNumber || (type === 'blob' && isText(term))
  }
  switch (test.kind) {
    case 'null':
      return isColumn(test.operand) ? new Set([false]) : anyTruth
    case 'pattern': {
      const isRefused = type === 'blob' && !matchesBlobs && /^(LIKE|GLOB)$/.test(test.operator)
      return isRefused && isColumn(test.operand) && isText(test.pattern) ? new Set([false]) : anyTruth
    }
    case 'in':
      return isColumn(test.operand) && test.items.every(isAfter) ? new Set([false]) : anyTruth
    case 'comparison': {
      const isLeft = isColumn(test.left) && isAfter(test.right)
      if (!isLeft && !(isColumn(test.right) && isAfter(test.left))) return anyTruth
      const { operator } = test
      const isMet = /^(<>|!=|IS NOT)$/.test(operator) || operator.startsWith(isLeft ? '>' : '<')
      const mayBeNull = mayGiveNull(isLeft ? test.right : test.left) && !operator.startsWith('IS')
      return new Set(mayBeNull ? [isMet, null] : [isMet])
    }
    case 'truth':
      return anyTruth
  }
}

function isText(term: Term): boolean {
  if (term.kind === 'other') return typeof term.constant === 'string'
  return (
    term.kind === 'call' &&
    /^(lower|upper|l?trim|rtrim|replace|hex|typeof|quote|date|time|datetime|strftime)$/.test(term.name)
  )
}

function mayGiveNull(term: Term): boolean {
  return term.kind === 'call' && !/^(lower|upper|l?trim|rtrim|hex|typeof|quote)$/.test(term.name)
}

/** That one term is not after another. */
interface Order {
  readonly low: string
  readonly high: string
  readonly isStrict: boolean
  readonly label: string
}

/** The constraint follows from an order that others demand, as a >= 0 does from b >= 0 and a >= b. */
function whyOrdered({ table, constraints }: Known, constraint: Constraint): string | null {
  if (constraint.kind !== 'check') return null
  const choices = falsified(constraint.condition)
  if (choices === null) return null
  const others = constraints.filter((one) => one !== constraint && one.kind === 'check')
  const labels = new Set<string>()
  for (const leaf of choices) {
    // A comparison that is false has no NULL in it.
    const isNeverNull = (column: string) =>
      leaf.columns.includes(column) ||
      constraints.some(({ kind, columns }) => kind === 'not-null' && columns.includes(column))
    const orders = others.flatMap(({ condition, label }) =>
      conjunctsOf(condition)
        .filter((one) => columnsOf(one).every(isNeverNull))
        .flatMap((one) =>
          one.kind === 'leaf' ? ordersOf(table, one).map((order) => ({ ...order, label })) : [],
        ),
    )
    // Either side of = may be the smaller one.
    const sides = alternativesTo(leaf).map((one) => ordersOf(table, one))
    if (sides.length === 0 || sides.some((side) => side.length === 0)) return null
    for (const side of sides) {
      const used = findContradiction([...orders, ...orderOfNumbers([...orders, ...side])], side)
      if (used === null) return null
      for (const label of used) if (label !== '') labels.add(label)
    }
  }
  return labels.size === 0 ? null : `it follows from ${[...labels].join(' and ')}`
}

/** Whether leaves of a condition are true, by their text. */
type Given = ReadonlyMap<string, boolean>

/** How many ways in which a condition is false are looked at. */
const mostWays = 64

/** Each way in which a CHECK is false makes another one false, as `t = 1 OR t = 2` follows from a choice between more. */
function whyImplied({ constraints }: Known, constraint: Constraint): string | null {
  if (constraint.kind !== 'check') return null
  const others = constraints.filter((one) => one !== constraint && one.kind === 'check')
  const ways = waysTo(constraint.condition, false)
  if (ways.length > mostWays) return null
  const reasons = ways.map((given) => others.find(({ condition }) => isSurely(condition, false, given)))
  if (reasons.includes(undefined)) return null
  const labels = new Set(reasons.flatMap((one) => one?.label ?? []))
  return labels.size === 0 ? null : `it follows from ${[...labels].join(' and ')}`
}

/** What leaves are where a condition is true, or is false: one of the ways holds then. */
function waysTo(condition: Condition, truth: boolean): readonly Given[] {
  if (condition.kind === 'leaf') return [new Map([[condition.sql, truth]])]
  if (condition.kind === 'not') return waysTo(condition.part, !truth)
  const parts = condition.parts.map((part) => waysTo(part, truth))
  if ((condition.kind === 'or') === truth) return parts.flat()
  return parts.reduce<readonly Given[]>(
    (before, part) =>
      before.length > mostWays
        ? before
        : before.flatMap((one) => part.map((other) => new Map([...one, ...other]))),
    [new Map()],
  )
}

function isSurely(condition: Condition, truth: boolean, given: Given): boolean {
  if (condition.kind === 'leaf') return given.get(condition.sql) === truth
  if (condition.kind === 'not') return isSurely(condition.part, !truth, given)
  const isSure = (part: Condition) => isSurely(part, truth, given)
  return (condition.kind === 'or') === truth ? condition.parts.some(isSure) : condition.parts.every(isSure)
}

/** Rows that share a key share another one, of which the other columns are computed from those of the key. */
function whyDetermined(known: Known, constraint: Constraint): string | null {
  const { table, constraints } = known
  if (!isPlainKey(table, constraint)) return null
  const isNotNull = (column: string) =>
    constraints.some(({ kind, columns }) => kind === 'not-null' && columns.includes(column))
  const isNumeric = (column: string) => nodeOf(table, columnTerm(column)) !== null
  const computed = constraints.flatMap(({ kind, condition, label }) =>
    (kind === 'check' ? conjunctsOf(condition) : []).flatMap((one) => {
      const test = one.kind === 'leaf' && one.test?.kind === 'comparison' ? one.test : null
      if (test === null || !/^==?$/.test(test.operator)) return []
      // Of two columns, the collation of the left one counts.
      const [first] = [test.left, test.right].flatMap((term) => (term.kind === 'column' ? term.column : []))
      const collation = table.columns.find(({ name }) => name === first)?.collation ?? null
      return [
        [test.left, test.right],
        [test.right, test.left],
      ].flatMap(([column, term]) => {
        if (column?.kind !== 'column' || term === undefined || !isNotNull(column.column)) return []
        const isOfKey =
          isSum(term) &&
          (term.kind === 'column' || [column.column, ...term.columns].every(isNumeric)) &&
          term.columns.every(
            (name) =>
              constraint.columns.includes(name) &&
              isFiner(collationIn(table, constraint, name), collation) &&
              givesOneValue(table, name, column.column, collationIn(table, constraint, name)),
          )
        return isOfKey && isNeverNull(known, term) ? [{ column: column.column, label, collation }] : []
      })
    }),
  )
  for (const other of constraints) {
    if (other === constraint || !isPlainKey(table, other)) continue
    const isShared = (column: string) =>
      isFiner(collationIn(table, constraint, column), collationIn(table, other, column))
    const beside = other.columns.filter((column) => !constraint.columns.includes(column))
    if (!other.columns.every((column) => beside.includes(column) || isShared(column))) continue
    const labels = beside.map(
      (column) =>
        computed.find(
          (one) => one.column === column && isFiner(one.collation, collationIn(table, other, column)),
        )?.label,
    )
    if (labels.length === 0 || labels.includes(undefined)) continue
    return `rows that share it share ${other.label} as well, by ${[...new Set(labels)].join(' and ')}`
  }
  return null
}

/** How a key compares a column; null where that is not known. */
function collationIn({ indexes }: Table, { columns }: Constraint, name: string): string | null {
  const found = indexes.find(
    (index) =>
      index.unique &&
      isSameSet(
        index.columns.flatMap(({ column }) => column ?? []),
        columns,
      ),
  )
  return found?.columns.find(({ column }) => foldName(column ?? '') === foldName(name))?.collation ?? null
}

/** Whether texts that one collation finds equal are equal for another. */
function isFiner(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && (one === 'BINARY' || one === other)
}

/** Whether two values of a column that equal the same value of another are equal: a text may be several numbers' text. */
function givesOneValue({ columns }: Table, from: string, to: string, collation: string | null): boolean {
  const [given, made] = [from, to].map((name) =>
    classOf(columns.find((one) => one.name === name)?.type ?? ''),
  )
  return given === made || (given === 'TEXT' && made === 'number' && collation === 'BINARY')
}

function classOf(type: string): string {
  const affinity = affinityOf(type)
  return /INTEGER|REAL|NUMERIC/.test(affinity) ? 'number' : affinity
}

/** A key that two rows share just where they hold the same, but for the forms of numbers. */
function isExactKey(table: Table, constraint: Constraint): boolean {
  const { kind, code, columns } = constraint
  if (kind === 'unique' && table.primaryKey?.isRowid === true && code === 'SQLITE_CONSTRAINT_PRIMARYKEY')
    return true
  return (
    isPlainKey(table, constraint) &&
    columns.every((name) => comparesBytes(table, name) && collationIn(table, constraint, name) === 'BINARY')
  )
}

/** A column, or a sum or difference of two columns, or of one and a number. */
function isSum(term: Term): boolean {
  const isPart = (part: Term) =>
    part.kind === 'column' ||
    (part.kind === 'other' &&
      /^(bigint|number)$/.test(typeof part.constant) &&
      Number.isFinite(Number(part.constant)))
  if (term.kind === 'binary') return /^[+-]$/.test(term.operator) && isPart(term.left) && isPart(term.right)
  return term.kind === 'column'
}

/** What arithmetic takes for infinite: two such values may have no sum. */
const infinite = ['9e999', '-9e999'].flatMap((text) => [
  Number(text),
  `${text}x`,
  new Uint8Array(Buffer.from(text)),
])

/** Whether a sum is never NULL where its columns are not: each two infinite values that cancel each other out are refused. */
function isNeverNull({ table, constraints, search, parentDemands }: Known, term: Term): boolean {
  const [first, second] = term.columns
  if (first === undefined || second === undefined) return true
  const demands = [
    ...requireAll(constraints.filter(({ kind }) => kind === 'check')),
    ...parentDemands.flatMap(({ conditions }) => conditions.map(allow)),
  ].filter(({ condition }) => columnsOf(condition).every((column) => term.columns.includes(column)))
  const hasNone = demand(within(isNullOf(term), table))
  const typical = search.typicalRow()
  return infinite.every((one) =>
    infinite.every((other) => {
      const row = new Map([...typical, [first, one] as const, [second, other] as const])
      return !search.meets(row, [hasNone]) || !search.meets(row, demands)
    }),
  )
}

function orderOfNumbers(orders: readonly Order[]): readonly Order[] {
  const names = [...new Set(orders.flatMap(({ low, high }) => [low, high]))]
  const numbers = names
    .filter((name) => name.startsWith(numberMark))
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
  return numbers.slice(1).map((high, position) => {
    const low = numbers[position] ?? ''
    return { low, high, isStrict: Number(low.slice(1)) < Number(high.slice(1)), label: '' }
  })
}

/** Sets a number apart from a column. */
const numberMark = '\0'

/** The leaves of which one is false where a condition is; null where it has another form. */
function falsified(condition: Condition): readonly Leaf[] | null {
  if (condition.kind === 'leaf') return condition.test?.kind === 'comparison' ? [condition] : null
  if (condition.kind !== 'and') return null
  const parts = condition.parts.map(falsified)
  return parts.includes(null) ? null : parts.flatMap((part) => part ?? [])
}

const contraries: Readonly<Record<string, readonly string[]>> = {
  '=': ['<', '>'],
  '==': ['<', '>'],
  '<>': ['='],
  '!=': ['='],
  '<': ['>='],
  '<=': ['>'],
  '>': ['<='],
  '>=': ['<'],
}

/** The comparisons of which one holds where a comparison is false. */
function alternativesTo(leaf: Leaf): readonly Leaf[] {
  const { test } = leaf
  if (test?.kind !== 'comparison') return []
  return (contraries[test.operator] ?? []).map((operator) => ({ ...leaf, test: { ...test, operator } }))
}

/** The order that a comparison of two columns says, or of one and a number; all of numbers, so that one order fits all. */
function ordersOf(table: Table, { test }: Leaf): readonly Order[] {
  if (test?.kind !== 'comparison') return []
  const [left, right] = [nodeOf(table, test.left), nodeOf(table, test.right)]
  if (left === null || right === null) return []
  const order = (low: string, high: string, isStrict: boolean): Order => ({ low, high, isStrict, label: '' })
  switch (test.operator) {
    case '<':
    case '<=':
      return [order(left, right, test.operator === '<')]
    case '>':
    case '>=':
      return [order(right, left, test.operator === '>')]
    case '=':
    case '==':
      return [order(left, right, false), order(right, left, false)]
    default:
      return []
  }
}

function nodeOf({ columns }: Table, term: Term): string | null {
  if (term.kind === 'other' && /^(bigint|number)$/.test(typeof term.constant))
    return `${numberMark}${term.constant}`
  if (term.kind !== 'column') return null
  const column = columns.find(({ name }) => name === term.column)
  // Numbers may be texts as well, which other collations order otherwise.
  return column?.collation === 'BINARY' && classOf(column.type) === 'number' ? term.column : null
}

/** The labels of the orders that contradict others; null where none do. */
function findContradiction(orders: readonly Order[], added: readonly Order[]): readonly string[] | null {
  const all = [...orders, ...added]
  for (const { low, high, isStrict } of added) {
    // A way from the high end back to the low one, with a strict step somewhere.
    const seen = new Set<string>()
    const ways: { readonly at: string; readonly isStrict: boolean; readonly labels: readonly string[] }[] = [
      { at: high, isStrict, labels: [] },
    ]
    for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
      if (way.at === low && way.isStrict) return way.labels
      const key = `${way.at} ${way.isStrict}`
      if (seen.has(key)) continue
      seen.add(key)
      for (const order of all) {
        if (order.low === way.at)
          ways.push({
            at: order.high,
            isStrict: way.isStrict || order.isStrict,
            labels: [...way.labels, order.label],
          })
      }
    }
  }
  return null
}

/** The constraint follows from what others say of numbers, as a > 0 does from b > 0 and a * b >= 1. */
function whyCalculated({ table, constraints }: Known, constraint: Constraint): string | null {
  const choices = constraint.kind === 'check' ? falsified(constraint.condition) : null
  if (choices === null) return null
  const follows = (others: readonly Constraint[]) =>
    choices.every((leaf) => {
      const isNeverNull = (column: string) =>
        leaf.columns.includes(column) ||
        constraints.some(({ kind, columns }) => kind === 'not-null' && columns.includes(column))
      const known = others
        .flatMap(({ condition }) => conjunctsOf(condition))
        .filter((one) => columnsOf(one).every(isNeverNull))
        .flatMap(trueLeaves)
      const sides = alternativesTo(leaf)
      return (
        sides.length > 0 &&
        sides.every((side) => areContrary([...known, side], numbersOf(table, constraints, [...known, side])))
      )
    })
  let needed = constraints.filter((one) => one !== constraint && one.kind === 'check')
  if (!follows(needed)) return null
  for (const one of needed) {
    const others = needed.filter((other) => other !== one)
    if (follows(others)) needed = others
  }
  const labels = [...new Set(needed.map(({ label }) => label))]
  return labels.length === 0 ? 'no number breaks it' : `it follows from ${labels.join(' and ')}`
}

/** What is true where a condition is. */
function trueLeaves(condition: Condition): readonly Leaf[] {
  if (condition.kind === 'leaf') return [condition]
  const contrary =
    condition.kind === 'not' && condition.part.kind === 'leaf' ? alternativesTo(condition.part) : []
  return contrary.length === 1 ? contrary : []
}

/** The columns that hold numbers, by their types, or because texts are above each number. */
function numbersOf(
  table: Table,
  constraints: readonly Constraint[],
  leaves: readonly Leaf[],
): ReadonlyMap<string, Range> {
  const numbers = new Map<string, Range>()
  for (const { name, type } of table.columns) {
    if (!constraints.some(({ kind, columns }) => kind === 'type' && columns[0] === name)) continue
    if (/INT/i.test(type)) numbers.set(name, wholeNumbers)
    else if (/^REAL$/i.test(type)) numbers.set(name, realNumbers)
  }
  const isNumber = (term: Term) => nodeOf(table, term)?.startsWith(numberMark) === true
  for (const { test } of leaves) {
    const isBelow = test?.kind === 'comparison' && /^(<=?|==?)$/.test(test.operator) && isNumber(test.right)
    const isAbove = test?.kind === 'comparison' && /^(>=?|==?)$/.test(test.operator) && isNumber(test.left)
    const isListed = test?.kind === 'in' && test.items.every(isNumber)
    const column = isListed ? test.operand : isBelow ? test.left : isAbove ? test.right : null
    if (column?.kind === 'column' && nodeOf(table, column) !== null && !numbers.has(column.column))
      numbers.set(column.column, anyNumbers)
  }
  return numbers
}

/** How many columns are NULL and not NULL in turn. */
const mostSwitched = 9

/** Each choice of NULLs that breaks the constraint breaks another one, where these depend on NULLs alone. */
function whyByNulls({ table, constraints, search }: Known, constraint: Constraint): string | null {
  const isKey = isPlainKey(table, constraint)
  if (!isKey && !dependsOnNulls(constraint.condition)) return null
  const others = constraints.filter((one) => one !== constraint && dependsOnNulls(one.condition))
  const columns = [...new Set([constraint, ...others].flatMap((one) => one.columns))]
  const related = relatedTo(constraint.columns, others)
  const switched = columns.filter((column) => related.columns.has(column))
  if (related.others.length === 0 || switched.length > mostSwitched) return null
  const typical = search.typicalRow()
  const labels = new Set<string>()
  for (let choice = 0; choice < 2 ** switched.length; choice += 1) {
    const row: Row = new Map([
      ...typical,
      ...switched.flatMap((column, position) =>
        (choice >> position) % 2 === 0 ? [] : [[column, null] as const],
      ),
    ])
    const isBroken = isKey
      ? constraint.columns.every((column) => row.get(column) !== null)
      : search.meets(row, [broken(constraint)])
    if (!isBroken) continue
    const other = related.others.find((one) => !search.meets(row, requireAll([one])))
    if (other === undefined) return null
    labels.add(other.label)
  }
  return labels.size === 0
    ? 'no choice of NULLs breaks it'
    : `a row that breaks it breaks ${[...labels].join(' or ')} as well`
}

/** Whether two rows share a key of columns, as they may unless one of these is NULL. */
function isPlainKey({ indexes, columns: all }: Table, { kind, columns, where }: Constraint): boolean {
  const same = indexes.filter(
    (index) =>
      index.unique &&
      isSameSet(
        index.columns.flatMap(({ column }) => column ?? []),
        columns,
      ),
  )
  const isWritten = columns.every((column) =>
    all.some(({ name, generated }) => name === column && generated === null),
  )
  return (
    kind === 'unique' &&
    where === null &&
    isWritten &&
    same.length === 1 &&
    same[0]?.columns.length === columns.length
  )
}

/** The constraints that share a column with some columns, or with another such constraint. */
function relatedTo(columns: readonly string[], constraints: readonly Constraint[]) {
  const names = new Set(columns)
  let others: readonly Constraint[] = []
  for (let before = -1; before !== others.length; ) {
    before = others.length
    others = constraints.filter((one) => one.columns.some((column) => names.has(column)))
    for (const column of others.flatMap((one) => one.columns)) names.add(column)
  }
  return { columns: names, others }
}

/** Whether nothing decides a condition but which of its columns are NULL. */
function dependsOnNulls(condition: Condition): boolean {
  return leavesOf(condition).every(({ test }) => {
    if (test === null || columnsOf(condition).length === 0) return false
    if (test.kind === 'null') return isValueOfColumns(test.operand)
    if (test.kind === 'comparison') return [test.left, test.right].every(countsNulls)
    if (test.kind === 'in') return [test.operand, ...test.items].every(countsNulls)
    return test.kind === 'truth' && countsNulls(test.operand)
  })
}

function isValueOfColumns(term: Term): boolean {
  if (term.kind === 'call')
    return /^(coalesce|ifnull)$/.test(term.name) && term.operands.every(isValueOfColumns)
  return term.kind === 'column'
}

function countsNulls(term: Term): boolean {
  if (term.columns.length === 0) return true
  if (term.kind === 'condition') return dependsOnNulls(term.condition)
  if (term.kind === 'wrapped') return countsNulls(term.operand)
  if (term.kind === 'binary') return countsNulls(term.left) && countsNulls(term.right)
  if (term.kind === 'call') return /^(iif|if)$/.test(term.name) && term.operands.every(countsNulls)
  return (
    term.kind === 'case' &&
    term.branches.every(
      ({ condition, result }) =>
        countsNulls(result) && (columnsOf(condition).length === 0 || dependsOnNulls(condition)),
    )
  )
}
