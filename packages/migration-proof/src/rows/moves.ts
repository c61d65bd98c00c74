import type { SqlValue } from '../sql/connection.ts'
import {
  type Condition,
  type Leaf,
  type Move,
  type MoveContext,
  type Term,
  type Test,
  termsOf,
} from './expression.ts'
import { formattedMoments, formsOf, jsonTexts, laterMoment, moments, similarTexts } from './values.ts'

/**
 * Changes of a row that may make a condition true, or not true, the likeliest first: the inverse of each function,
 * as far as there is one, from the values that the row has now.
 */
export function* movesFor(
  { test, columns, moves }: Leaf,
  wanted: boolean,
  context: MoveContext,
): Generator<Move> {
  if (moves !== undefined) yield* moves(wanted, context)
  if (test === null) return
  switch (test.kind) {
    case 'comparison':
      yield* comparisonMoves(test, wanted, columns, context)
      break
    case 'in':
      yield* inMoves(test, wanted, context)
      break
    case 'pattern':
      yield* patternMoves(test, wanted, context)
      break
    case 'null':
      if (wanted) yield* toNull(test.operand, context)
      else {
        // Of JSON, what is read of it must be there.
        if (test.operand.kind !== 'column') yield* invert(test.operand, `text ${context.serial()}`, context)
        for (const column of test.operand.columns) yield move(column, context.fresh(column))
      }
      break
    case 'truth':
      yield* invert(test.operand, wanted ? 1n : 0n, context)
  }
  for (const term of operandsOf(test)) yield* seeds(term, context)
  if (test.kind === 'comparison' && columns.length > 1 && [...termsOf(test.left)].some(isDateCall)) {
    const [late = null, early = null] = moments(0)
    for (const texts of [
      [late, early],
      [early, late],
      [late, late],
    ]) {
      yield new Map(columns.map((column, position) => [column, texts[position % texts.length] ?? null]))
    }
  }
}

/** Other forms of what a condition asks for, which a collation or a type finds equal to it. */
export function* equalMoves({ test }: Leaf, wanted: boolean, context: MoveContext): Generator<Move> {
  if (test === null) return
  if (test.kind === 'in' && wanted) {
    for (const item of test.items)
      for (const form of equalForms(context.valueOf(item) ?? null)) yield* invert(test.operand, form, context)
  }
  if (test.kind !== 'comparison') return
  if (!/^(==?|IS)$/.test(wanted ? test.operator : (negations.get(test.operator) ?? ''))) return
  const { left, right } = test
  for (const [term, other] of [
    [left, right],
    [right, left],
  ] as const)
    for (const form of equalForms(context.valueOf(other) ?? null)) yield* invert(term, form, context)
}

/** Changes after which a condition may be true, or may not be: of several leaves together, where all must change. */
export function* movesForCondition(
  condition: Condition,
  wanted: boolean,
  context: MoveContext,
): Generator<Move> {
  if (condition.kind === 'leaf') {
    if (context.truthOf(condition) === wanted) yield new Map()
    else yield* movesFor(condition, wanted, context)
    return
  }
  if (condition.kind === 'not') {
    yield* movesForCondition(condition.part, !wanted, context)
    return
  }
  const parts = condition.parts.map((part) => () => movesForCondition(part, wanted, context))
  if ((condition.kind === 'and') === wanted) yield* joined(parts)
  else for (const part of parts) yield* part()
}

/** Changes after which each term may have its value. */
export function* assign(
  values: readonly (readonly [Term, SqlValue])[],
  context: MoveContext,
): Generator<Move> {
  yield* joined(
    values.map(
      ([term, value]) =>
        () =>
          invert(term, value, context),
    ),
  )
}

/** How many changes are joined of those that each of several conditions offers, and in all. */
const mostOffered = 4
const mostJoined = 24

/** Changes that are one of each part, where these do not contradict each other. */
function* joined(
  parts: readonly (() => Iterable<Move>)[],
  before: Move = new Map(),
  budget = { left: mostJoined },
): Generator<Move> {
  const [first, ...rest] = parts
  if (first === undefined) {
    budget.left -= 1
    yield before
    return
  }
  let offered = 0
  for (const move of first()) {
    if (budget.left <= 0 || offered >= mostOffered) return
    if ([...move].some(([column, value]) => before.has(column) && before.get(column) !== value)) continue
    offered += 1
    yield* joined(rest, new Map([...before, ...move]), budget)
  }
}

function operandsOf(test: Test): readonly Term[] {
  return test.kind === 'comparison' ? [test.left, test.right] : [test.operand]
}

function move(column: string, value: SqlValue): Move {
  return new Map([[column, value]])
}

const negations: ReadonlyMap<string, string> = new Map([
  ['=', '<>'],
  ['==', '<>'],
  ['IS', '<>'],
  ['<>', '='],
  ['!=', '='],
  ['IS NOT', '='],
  ['<', '>='],
  ['<=', '>'],
  ['>', '<='],
  ['>=', '<'],
])

const mirrored: ReadonlyMap<string, string> = new Map([
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
])

function* comparisonMoves(
  { operator, left, right }: Extract<Test, { kind: 'comparison' }>,
  wanted: boolean,
  columns: readonly string[],
  context: MoveContext,
): Generator<Move> {
  const relation = wanted ? operator : (negations.get(operator) ?? operator)
  const [leftValue, rightValue] = [context.valueOf(left), context.valueOf(right)]
  // Of two that differ, the other order: they stay as far apart as they are.
  const isOrder = mirrored.has(relation) && leftValue !== rightValue
  if (isOrder && left.kind === 'column' && right.kind === 'column')
    yield new Map([
      [left.column, rightValue ?? null],
      [right.column, leftValue ?? null],
    ])
  for (const target of targets(relation, rightValue)) yield* invert(left, target, context)
  for (const target of targets(mirrored.get(relation) ?? relation, leftValue))
    yield* invert(right, target, context)
  // Where a column is on both sides, as in lower(x) = x, one side's value is often the solution.
  for (const column of columns) {
    for (const value of [leftValue, rightValue])
      if (value !== undefined && value !== null) yield move(column, value)
    if (leftValue === null || rightValue === null) yield move(column, context.fresh(column))
  }
  if (left.kind === 'binary') yield* extremeMoves(left, relation, rightValue, context)
  if (right.kind === 'binary')
    yield* extremeMoves(right, mirrored.get(relation) ?? relation, leftValue, context)
}

/** The ends of what SQLite calculates with: a text that counts as a number, an integer that overflows, a real without end. */
function* extremeMoves(
  term: Extract<Term, { kind: 'binary' }>,
  relation: string,
  value: SqlValue | undefined,
  context: MoveContext,
): Generator<Move> {
  const { columns, operator, left, right } = term
  // A text is above each number, and yet '-5 units' counts as -5.
  const counted = (number: SqlValue) => (isNumber(number) ? `${number} units` : number)
  for (const target of targets(relation, value)) {
    for (const numbers of invertBinary(term, target, context))
      yield new Map([...numbers].map(([column, number]) => [column, counted(number)]))
    if (!isNumber(target) || operator !== '*' || left.kind !== 'column' || right.kind !== 'column') continue
    for (const [number, text] of [[left, right] as const, [right, left] as const])
      yield new Map<string, SqlValue>([
        [number.column, -1n],
        [text.column, counted(-target)],
      ])
  }
  for (const end of [2n ** 63n - 1n, -(2n ** 63n), 1e308, Number.POSITIVE_INFINITY]) {
    for (const column of columns) yield move(column, end)
    if (columns.length > 1) yield new Map(columns.map((column) => [column, end]))
  }
}

/** What a column may hold in place of a value, and some collations and types find equal to it. */
function* equalForms(value: SqlValue): Generator<SqlValue> {
  for (const form of formsOf(value)) if (form !== value || Object.is(form, -0)) yield form
  if (typeof value === 'string') yield* similarTexts(value)
  if (isNumber(value)) yield `0${value}`
}

/** Values that compare with another as an operator wants. */
function* targets(operator: string, value: SqlValue | undefined): Generator<SqlValue> {
  if (value === undefined) return
  if (value === null) {
    if (operator === 'IS') yield null
    return
  }
  if (/^(=|==|IS|<=|>=)$/.test(operator)) yield value
  if (/[<]|!=|NOT/.test(operator)) yield* below(value)
  if (/[>]|!=|NOT/.test(operator)) yield* above(value)
}

function* below(value: SqlValue): Generator<SqlValue> {
  if (typeof value === 'bigint') {
    yield value - 1n
    yield value - 100n
    if (value > 1n) yield value / 2n
  } else if (typeof value === 'number') {
    yield value - 1
    yield value - 0.5
    yield value / 2
  } else if (typeof value === 'string') {
    if (value !== '') yield value.slice(0, -1)
    yield ''
  } else if (value !== null && value.length > 0) yield value.slice(0, -1)
}

function* above(value: SqlValue): Generator<SqlValue> {
  if (typeof value === 'bigint') {
    yield value + 1n
    yield value + 100n
  } else if (typeof value === 'number') {
    yield value + 1
    yield value + 0.5
    yield value * 2 + 1
  } else if (typeof value === 'string') {
    const later = laterMoment(value)
    if (later !== null) yield later
    yield `${value}0`
    yield `${value}z`
    yield 'z'
  } else if (value !== null) yield new Uint8Array([...value, 1])
}

function* inMoves(
  { operand, items }: Extract<Test, { kind: 'in' }>,
  wanted: boolean,
  context: MoveContext,
): Generator<Move> {
  const values = items.flatMap((item) => context.valueOf(item) ?? [])
  if (wanted) {
    for (const value of values) yield* invert(operand, value, context)
    return
  }
  for (const column of operand.columns) yield move(column, context.fresh(column))
  for (const value of values)
    for (const other of [...above(value), ...below(value)]) yield* invert(operand, other, context)
}

/** NULL spreads from any column through most operators. */
function* toNull(term: Term, context: MoveContext): Generator<Move> {
  yield* invert(term, null, context)
  for (const column of term.columns) yield move(column, null)
}

/** Changes after which a term may have a value. */
function* invert(term: Term, target: SqlValue, context: MoveContext): Generator<Move> {
  switch (term.kind) {
    case 'column':
      yield move(term.column, target)
      return
    case 'wrapped':
      yield* invert(term.operand, target, context)
      return
    case 'unary':
      if (term.operator === '-') {
        if (typeof target === 'bigint' || typeof target === 'number')
          yield* invert(term.operand, -target, context)
      } else if (term.operator === '~') {
        if (typeof target === 'bigint') yield* invert(term.operand, -target - 1n, context)
      } else yield* invert(term.operand, target, context)
      return
    case 'binary':
      yield* invertBinary(term, target, context)
      return
    case 'call':
      yield* invertCall(term, target, context)
      return
    case 'condition':
      if (target === 0n || target === 1n || target === 0 || target === 1)
        yield* movesForCondition(term.condition, isTrue(target), context)
      return
    case 'case': {
      const isWanted = ({ result }: (typeof term.branches)[number]) =>
        isConstant(result) && context.valueOf(result) === target
      const branches = [...term.branches].sort((a, b) => Number(isWanted(b)) - Number(isWanted(a)))
      for (const { condition, result } of branches) {
        const isMet = () => movesForCondition(condition, true, context)
        yield* joined(isConstant(result) ? [isMet] : [isMet, () => invert(result, target, context)])
      }
      return
    }
    case 'other':
      for (const column of term.columns) yield move(column, target)
  }
}

function isConstant(term: Term): boolean {
  return term.columns.length === 0
}

/** The values that a term may have, where these are few: null where they are not. */
function rangeOf(term: Term, context: MoveContext): readonly (bigint | number)[] | null {
  if (isConstant(term)) {
    const value = context.valueOf(term)
    return isNumber(value) ? [value] : null
  }
  const union = (terms: readonly Term[]) => {
    const ranges = terms.map((part) => rangeOf(part, context))
    return ranges.includes(null) ? null : [...new Set(ranges.flatMap((range) => range ?? []))]
  }
  if (term.kind === 'condition') return [0n, 1n]
  if (term.kind === 'wrapped') return rangeOf(term.operand, context)
  if (term.kind === 'case') return union(term.branches.map(({ result }) => result))
  if (term.kind === 'call' && /^(coalesce|ifnull|min|max)$/.test(term.name)) return union(term.operands)
  if (term.kind === 'call' && /^(iif|if)$/.test(term.name)) return union(term.operands.slice(1))
  if (term.kind === 'unary' && term.operator === '-')
    return rangeOf(term.operand, context)?.map((value) => -value) ?? null
  if (term.kind !== 'binary' || term.operator !== '*') return null
  const [left, right] = [rangeOf(term.left, context), rangeOf(term.right, context)]
  if (left === null || right === null) return null
  return [...new Set(left.flatMap((x) => right.map((y) => product(x, y))))]
}

function product(x: bigint | number, y: bigint | number): bigint | number {
  return typeof x === 'bigint' && typeof y === 'bigint' ? x * y : Number(x) * Number(y)
}

/** The operands of a sum, each with 1 or −1. */
function* addends(term: Term, sign: 1 | -1 = 1): Generator<{ readonly term: Term; readonly sign: 1 | -1 }> {
  if (term.kind === 'binary' && (term.operator === '+' || term.operator === '-')) {
    yield* addends(term.left, sign)
    yield* addends(term.right, term.operator === '+' ? sign : sign === 1 ? -1 : 1)
  } else if (term.kind === 'wrapped') yield* addends(term.operand, sign)
  else yield { term, sign }
}

/** How many ways to make a sum are looked at, and how many of these are offered: those that change least. */
const mostSums = 4_096
const mostSumsOffered = 12

/** Changes of a sum whose operands have few values each, such as (a IS NULL) + (b IS NULL): which of them to change. */
function* invertSum(term: Term, target: SqlValue, context: MoveContext): Generator<Move> {
  if (!isNumber(target)) return
  const parts = [...addends(term)].map(({ term: part, sign }) => ({
    part,
    sign,
    present: context.valueOf(part),
    range: rangeOf(part, context),
  }))
  if (parts.length < 2 || parts.some(({ range }) => range === null)) return
  let looked = 0
  const found: { readonly part: Term; readonly value: bigint | number }[][] = []
  const choose = (position: number, left: number, changed: (typeof found)[number]) => {
    looked += 1
    if (looked > mostSums) return
    const next = parts[position]
    if (next === undefined) {
      if (left === 0) found.push(changed)
      return
    }
    for (const value of next.range ?? []) {
      const isKept = next.present !== null && Number(next.present) === Number(value)
      const rest = isKept ? changed : [...changed, { part: next.part, value }]
      choose(position + 1, left - next.sign * Number(value), rest)
    }
  }
  choose(0, Number(target), [])
  found.sort((a, b) => a.length - b.length)
  for (const changed of found.slice(0, mostSumsOffered)) {
    yield* assign(
      changed.map(({ part, value }) => [part, value]),
      context,
    )
  }
}

/** What divides many numbers. */
const factors = [1n, 2n, 10n]

function* invertBinary(
  term: Extract<Term, { kind: 'binary' }>,
  target: SqlValue,
  context: MoveContext,
): Generator<Move> {
  const { operator, left, right } = term
  const [a, b] = [context.valueOf(left), context.valueOf(right)]
  if (operator === '+' || operator === '-') yield* invertSum(term, target, context)
  if (operator === '||') {
    const [start, end] = [textOf(a), textOf(b)]
    const text = textOf(target)
    if (text.startsWith(start)) yield* invert(right, text.slice(start.length), context)
    if (text.endsWith(end)) yield* invert(left, text.slice(0, text.length - end.length), context)
    return
  }
  if (operator === '->' || operator === '->>') {
    yield* setJson(left, textOf(b), target, context)
    return
  }
  for (const value of solve(operator, 'left', target, b)) yield* invert(left, value, context)
  for (const value of solve(operator, 'right', target, a)) yield* invert(right, value, context)
  if (operator !== '*' || typeof target !== 'bigint') return
  for (const factor of factors) {
    if (target % factor !== 0n) continue
    yield* assign(
      [
        [left, factor],
        [right, target / factor],
      ],
      context,
    )
  }
}

/** The operands of an arithmetic operator that give a result, where the other operand is known. */
function* solve(
  operator: string,
  side: 'left' | 'right',
  target: SqlValue,
  other: SqlValue | undefined,
): Generator<SqlValue> {
  if (!isNumber(target) || !isNumber(other)) {
    yield target
    return
  }
  switch (operator) {
    case '+':
      yield calculate(
        target,
        other,
        (x, y) => x - y,
        (x, y) => x - y,
      )
      return
    case '-':
      if (side === 'left')
        yield calculate(
          target,
          other,
          (x, y) => x + y,
          (x, y) => x + y,
        )
      else
        yield calculate(
          other,
          target,
          (x, y) => x - y,
          (x, y) => x - y,
        )
      return
    case '*':
      if (Number(other) !== 0) yield divide(target, other)
      return
    case '/':
      if (side === 'left')
        yield calculate(
          target,
          other,
          (x, y) => x * y,
          (x, y) => x * y,
        )
      else if (Number(target) !== 0) yield divide(other, target)
      return
    case '%':
      yield target
      if (side === 'left')
        yield calculate(
          target,
          other,
          (x, y) => x + y,
          (x, y) => x + y,
        )
      return
    default:
      // &, |, << and >>: the target itself often is a solution, and so is all or nothing.
      yield target
      yield 0n
      yield -1n
  }
}

function isNumber(value: SqlValue | undefined): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number'
}

function calculate(
  x: bigint | number,
  y: bigint | number,
  ofIntegers: (x: bigint, y: bigint) => bigint,
  ofReals: (x: number, y: number) => number,
): SqlValue {
  if (typeof x === 'bigint' && typeof y === 'bigint') return ofIntegers(x, y)
  return ofReals(Number(x), Number(y))
}

function divide(x: bigint | number, y: bigint | number): SqlValue {
  if (typeof x === 'bigint' && typeof y === 'bigint' && x % y === 0n) return x / y
  return Number(x) / Number(y)
}

function* invertCall(
  term: Extract<Term, { kind: 'call' }>,
  target: SqlValue,
  context: MoveContext,
): Generator<Move> {
  const [first, second, third] = term.operands
  if (first === undefined) return
  const value = context.valueOf(first)
  const number = (operand: Term | undefined) =>
    operand === undefined ? null : Number(context.valueOf(operand) ?? 1)
  switch (term.name) {
    case 'length':
    case 'octet_length':
      for (const resized of resize(value ?? '', Number(target))) yield* invert(first, resized, context)
      return
    case 'lower':
      yield* invert(first, typeof target === 'string' ? target.toLowerCase() : target, context)
      yield* invert(first, textOf(value).toLowerCase(), context)
      return
    case 'upper':
      yield* invert(first, typeof target === 'string' ? target.toUpperCase() : target, context)
      yield* invert(first, textOf(value).toUpperCase(), context)
      return
    case 'abs':
      yield* invert(first, target, context)
      if (isNumber(target)) yield* invert(first, -target, context)
      return
    case 'typeof':
      yield* invert(first, ofType(target), context)
      return
    case 'instr':
      if (second !== undefined) yield* invertInstr(first, second, target, context)
      return
    case 'substr':
    case 'substring':
      yield* invert(first, splice(textOf(value), number(second), target, number(third)), context)
      return
    case 'coalesce':
    case 'ifnull':
      for (const operand of term.operands) yield* invert(operand, target, context)
      yield* toNull(first, context)
      return
    case 'iif':
    case 'if':
      for (const operand of term.operands.slice(1)) yield* invert(operand, target, context)
      yield* invert(first, 1n, context)
      yield* invert(first, 0n, context)
      return
    case 'min':
    case 'max':
      for (const operand of term.operands) yield* invert(operand, target, context)
      return
    case 'json_extract':
      if (second !== undefined) yield* setJson(first, textOf(context.valueOf(second)), target, context)
      return
    case 'json_type':
      yield* invertJsonType(first, second, target, context)
      return
    case 'json_array_length': {
      const items = Array.from({ length: Math.max(0, Number(target)) }, (_, position) => position)
      if (second === undefined) yield* invert(first, JSON.stringify(items), context)
      else yield* setJson(first, textOf(context.valueOf(second)), JSON.stringify(items), context, true)
      return
    }
    case 'json_valid':
      for (const text of isTrue(target) ? variants(jsonTexts, context) : ['not JSON', '{'])
        yield* invert(first, text, context)
      return
    case 'unicode':
      if (isNumber(target)) yield* invert(first, String.fromCodePoint(Math.max(1, Number(target))), context)
      return
    case 'hex':
      yield* invert(first, Buffer.from(textOf(target), 'hex'), context)
      return
    default:
      for (const operand of term.operands) yield* invert(operand, target, context)
  }
}

function isTrue(target: SqlValue): boolean {
  return Number(target) !== 0
}

function textOf(value: SqlValue | undefined): string {
  if (value === undefined || value === null) return ''
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
}

function ofType(type: SqlValue): SqlValue {
  if (type === 'integer') return 7n
  if (type === 'real') return 7.5
  if (type === 'blob') return new Uint8Array([7])
  return type === 'null' ? null : 'text'
}

/** Texts or blobs of a length that keep most of the present value: longer or shorter at the end, the start, the middle. */
function* resize(value: SqlValue, length: number): Generator<SqlValue> {
  if (!Number.isInteger(length) || length < 0 || length > 1_000_000) return
  if (value instanceof Uint8Array) {
    const bytes = new Uint8Array(length)
    bytes.set(value.subarray(Math.max(0, value.length - length)).subarray(0, length))
    yield bytes
    return
  }
  const characters = [...textOf(value)]
  const missing = length - characters.length
  if (missing <= 0) {
    yield characters.slice(0, length).join('')
    yield characters.slice(-missing).join('')
    const start = Math.floor(length / 2)
    yield [...characters.slice(0, start), ...characters.slice(start - missing)].join('')
    // Bytes come after every text.
    yield new Uint8Array(length).fill(7)
    return
  }
  for (const place of new Set([characters.length, 0, Math.floor(characters.length / 2)])) {
    const filler = characters[Math.max(0, place - 1)] ?? 'x'
    yield [...characters.slice(0, place), ...filler.repeat(missing), ...characters.slice(place)].join('')
  }
  yield new Uint8Array(length).fill(7)
}

function* invertInstr(text: Term, part: Term, target: SqlValue, context: MoveContext): Generator<Move> {
  const [whole, piece] = [textOf(context.valueOf(text)), textOf(context.valueOf(part))]
  const position = Number(target)
  if (position < 1) {
    yield* invert(text, piece === '' ? '' : whole.replaceAll(piece, ''), context)
    return
  }
  yield* invert(
    text,
    `${whole.padEnd(position - 1, 'x').slice(0, position - 1)}${piece}${whole.slice(position - 1)}`,
    context,
  )
  yield* invert(part, whole.slice(position - 1), context)
}

function splice(whole: string, from: number | null, target: SqlValue, count: number | null): string {
  const piece = textOf(target)
  const start = Math.max(from ?? 1, 1)
  if (from !== null && from < 0) return whole.slice(0, from) + piece
  const end = count ?? whole.length
  return (
    whole.padEnd(start - 1, 'x').slice(0, start - 1) +
    piece +
    whole.slice(start - 1 + Math.max(end, piece.length))
  )
}

function* invertJsonType(
  document: Term,
  path: Term | undefined,
  target: SqlValue,
  context: MoveContext,
): Generator<Move> {
  for (const text of variants(jsonTexts, context)) {
    if (jsonTypeOf(JSON.parse(text)) !== target) continue
    if (path === undefined) yield* invert(document, text, context)
    else yield* setJson(document, textOf(context.valueOf(path)), text, context, true)
  }
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'real'
  if (typeof value === 'string') return 'text'
  return typeof value === 'boolean' ? `${value}` : 'object'
}

/** Sets what a path of a JSON document names: https://www.sqlite.org/json1.html#path_arguments */
function* setJson(
  document: Term,
  path: string,
  target: SqlValue,
  context: MoveContext,
  isJson = false,
): Generator<Move> {
  const keys = [...path.matchAll(/\.("?)([^".[\]]+)\1|\[(\d+)\]/g)].map(
    ([, , name, index]) => name ?? Number(index),
  )
  const steps = path.startsWith('$') ? keys : [path]
  const value: unknown = isJson ? JSON.parse(textOf(target)) : jsonValue(target)
  yield* invert(
    document,
    JSON.stringify(withValue(parseJson(textOf(context.valueOf(document))), steps, value)),
    context,
  )
}

function jsonValue(value: SqlValue): unknown {
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Uint8Array ? textOf(value) : value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function withValue(
  document: unknown,
  [step, ...rest]: readonly (string | number)[],
  value: unknown,
): unknown {
  if (step === undefined) return value
  if (typeof step === 'number') {
    const items: unknown[] = Array.isArray(document) ? [...document] : []
    while (items.length <= step) items.push(null)
    items[step] = withValue(items[step], rest, value)
    return items
  }
  const members =
    typeof document === 'object' && document !== null && !Array.isArray(document) ? document : {}
  const before: unknown = Object.entries(members).find(([name]) => name === step)?.[1]
  return { ...members, [step]: withValue(before, rest, value) }
}

function* patternMoves(
  { operator, operand, pattern, escapeCharacter }: Extract<Test, { kind: 'pattern' }>,
  wanted: boolean,
  context: MoveContext,
): Generator<Move> {
  const text = textOf(context.valueOf(pattern))
  const pieces =
    operator === 'GLOB'
      ? readGlob(text)
      : operator === 'REGEXP'
        ? readRegexp(text)
        : readLike(text, escapeCharacter)
  const present = textOf(context.valueOf(operand))
  if (wanted) {
    // Cut, for a pattern with two gaps doubles it each time.
    for (const filler of [present.slice(0, longestFiller), '', 'a'])
      yield* invert(operand, instantiate(pieces, filler, context, operand), context)
    // As long as before, where another condition asks for that.
    yield* invert(operand, instantiateInLength(pieces, present, context, operand), context)
    return
  }
  // Without what the pattern finds: each character of a class replaced, each literal removed.
  yield* invert(operand, withoutMatches(present, pieces), context)
  for (const column of operand.columns) yield move(column, context.fresh(column))
  for (const other of ['', 'x', '7', 'Z', '-']) yield* invert(operand, other, context)
}

/** How much of the present text fills a gap of a pattern. */
const longestFiller = 100

/** A piece of a pattern: a text, one character of a class, or any text. */
type Piece = { readonly text: string } | { readonly characters: string } | 'any'

const allCharacters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.,:;/@+*#%&()'

function readGlob(pattern: string): Piece[] {
  const pieces: Piece[] = []
  for (let position = 0; position < pattern.length; position += 1) {
    const character = pattern[position] ?? ''
    const end =
      character === '[' ? pattern.indexOf(']', position + (pattern[position + 1] === '^' ? 3 : 2)) : -1
    if (character === '*') pieces.push('any')
    else if (character === '?') pieces.push({ characters: allCharacters })
    else if (end > 0) {
      pieces.push({ characters: readClass(pattern.slice(position + 1, end)) })
      position = end
    } else pieces.push({ text: character })
  }
  return pieces
}

/** The characters of a class such as `[a-z0-9]`, without its brackets. */
export function readClass(text: string): string {
  const isNegated = text.startsWith('^')
  const listed = (isNegated ? text.slice(1) : text).replace(/(.)-(.)/gu, (_, from: string, to: string) => {
    const [first, last] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0]
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, step) =>
      String.fromCodePoint(first + step),
    ).join('')
  })
  return isNegated ? [...allCharacters].filter((character) => !listed.includes(character)).join('') : listed
}

function readLike(pattern: string, escapeCharacter: string | null): Piece[] {
  const pieces: Piece[] = []
  for (let position = 0; position < pattern.length; position += 1) {
    const character = pattern[position] ?? ''
    if (character === escapeCharacter) {
      position += 1
      pieces.push({ text: pattern[position] ?? '' })
    } else if (character === '%') pieces.push('any')
    else pieces.push(character === '_' ? { characters: allCharacters } : { text: character })
  }
  return pieces
}

const digits = '0123456789'
const wordCharacters = `${digits}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_`

/** What escapes stand for in a regular expression. */
const classesOfEscapes: Readonly<Record<string, string>> = {
  d: digits,
  w: wordCharacters,
  s: ' ',
  D: [...allCharacters].filter((character) => !digits.includes(character)).join(''),
  W: [...allCharacters].filter((character) => !wordCharacters.includes(character)).join(''),
  S: wordCharacters,
}

/** A regular expression, of what is common to its dialects: of alternatives the first, of repetitions the least, but one. */
function readRegexp(pattern: string): Piece[] {
  let position = 0
  const readAlternatives = (): Piece[] => {
    const first = readSequence()
    while (pattern[position] === '|') {
      position += 1
      readSequence()
    }
    return first
  }
  const readSequence = (): Piece[] => {
    const pieces: Piece[] = []
    while (position < pattern.length && pattern[position] !== '|' && pattern[position] !== ')') {
      const atom = readAtom()
      for (let count = readCount(); count > 0; count -= 1) pieces.push(...atom)
    }
    return pieces
  }
  const readAtom = (): Piece[] => {
    const character = pattern[position] ?? ''
    position += 1
    if (character === '^' || character === '$') return []
    if (character === '.') return [{ characters: wordCharacters }]
    if (character === '(') {
      position += /^\?(:|<\w+>|i:)/.exec(pattern.slice(position))?.[0].length ?? 0
      const inner = readAlternatives()
      position += 1
      return inner
    }
    if (character === '\\') {
      const escaped = pattern[position] ?? ''
      position += 1
      const characters = classesOfEscapes[escaped]
      if (characters !== undefined) return [{ characters }]
      return /[bBAzZ]/.test(escaped) ? [] : [{ text: escaped }]
    }
    if (character !== '[') return [{ text: character }]
    const [whole = '', inner = ''] = /^((?:\^?\])?(?:\\.|[^\]\\])*)\]/.exec(pattern.slice(position)) ?? []
    position += whole.length
    const listed = inner.replace(/\\(.)/g, (_, escaped: string) => classesOfEscapes[escaped] ?? escaped)
    return [{ characters: readClass(listed) }]
  }
  const readCount = (): number => {
    const [whole = '', least] = /^(?:[*+?]|\{(\d*),?\d*\})[?+]?/.exec(pattern.slice(position)) ?? []
    position += whole.length
    return least === undefined ? 1 : Number(least)
  }
  return readAlternatives()
}

/** A text that a pattern matches; its characters vary with a fresh value, so that rows differ. */
function instantiate(pieces: readonly Piece[], filler: string, context: MoveContext, operand: Term): string {
  const [column] = operand.columns
  const salt = column === undefined ? '' : textOf(context.fresh(column))
  let state = [...salt].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0, 7)
  return pieces
    .map((piece) => {
      if (piece === 'any') return filler
      if ('text' in piece) return piece.text
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return [...piece.characters][(state >>> 16) % Math.max(1, [...piece.characters].length)] ?? ''
    })
    .join('')
}

/** A text of the pattern that is as long as the present one, if that has room for it. */
function instantiateInLength(
  pieces: readonly Piece[],
  present: string,
  context: MoveContext,
  operand: Term,
): string {
  const gaps = pieces.filter((piece) => piece === 'any').length
  const room = [...present].length - [...instantiate(pieces, '', context, operand)].length
  if (gaps === 0 || room < 0) return instantiate(pieces, '', context, operand)
  const shared = Math.floor(room / gaps)
  const text = instantiate(pieces, [...present].slice(0, shared).join(''), context, operand)
  const rest = 'x'.repeat(room - shared * gaps)
  return pieces.at(-1) === 'any' ? text + rest : pieces[0] === 'any' ? rest + text : text
}

function withoutMatches(text: string, pieces: readonly Piece[]): string {
  const inner = pieces.filter((piece) => piece !== 'any')
  const [only] = inner
  if (inner.length === 1 && only !== undefined && 'characters' in only) {
    const allowed = [...allCharacters].filter((character) => !only.characters.includes(character))
    const replacement = allowed[0] ?? ''
    return [...text]
      .map((character) => (only.characters.includes(character) ? replacement : character))
      .join('')
  }
  const literal = inner.map((piece) => ('text' in piece ? piece.text : '')).join('')
  return literal === '' ? '' : text.replaceAll(literal, '')
}

/** The simplest values, and those that no row has yet. */
function variants<Value>(
  values: (number: number) => readonly Value[],
  context: MoveContext,
  first: 'simple' | 'new' = 'simple',
): readonly Value[] {
  const [simple, others] = [values(0), values(context.serial())]
  return first === 'simple' ? [...simple, ...others] : [...others, ...simple]
}

function isDateCall(term: Term): boolean {
  return (
    term.kind === 'call' && /^(date|time|datetime|julianday|unixepoch|strftime|timediff)$/.test(term.name)
  )
}

/** Values that the functions of a term read, for columns that they are given. */
function* seeds(term: Term, context: MoveContext): Generator<Move> {
  for (const part of termsOf(term)) {
    if (part.kind !== 'call') continue
    const format =
      part.name === 'strftime' && part.operands[0]?.kind === 'other' ? part.operands[0].constant : null
    const values = isDateCall(part)
      ? variants(
          (number) => [
            ...(typeof format === 'string' ? formattedMoments(format, number) : []),
            ...moments(number),
          ],
          context,
          'new',
        )
      : part.name.startsWith('json')
        ? variants(jsonTexts, context)
        : []
    // A day after the last one is NULL.
    const last = isDateCall(part) ? ['9999-12-31', '9999-12-31 23:59:59'] : []
    for (const column of part.columns) for (const value of [...values, ...last]) yield move(column, value)
    for (const operand of isDateCall(part) ? part.operands : []) {
      if (operand.kind === 'column' || operand.columns.length === 0) continue
      for (const value of values) yield* invert(operand, value, context)
    }
  }
}
