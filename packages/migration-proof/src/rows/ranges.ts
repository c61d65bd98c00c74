import type { Leaf, Term } from './expression.ts'

/** The numbers that a column or a term may be, where it is a number in each row. */
export interface Range {
  readonly low: number
  readonly high: number
  /** Whether they are stored as integers, of which a quotient is one, too; null where they may be. */
  readonly isWhole: boolean | null
}

/** The numbers of a column by the type with which it is stored. */
export const wholeNumbers: Range = { low: -(2 ** 63), high: 2 ** 63, isWhole: true }
export const realNumbers: Range = { low: -Infinity, high: Infinity, isWhole: false }
export const anyNumbers: Range = { low: -Infinity, high: Infinity, isWhole: null }

/** Up to here a double holds each integer. */
const exact = 2 ** 53

/** How often ranges are made narrower by each other: some would be without end. */
const mostRounds = 20

/**
 * Whether no numbers meet all comparisons at once. Each of them must be known not to be NULL, but for what its own
 * arithmetic makes NULL.
 *
 * @param numbers the columns that are known to hold a number
 */
export function areContrary(comparisons: readonly Leaf[], numbers: ReadonlyMap<string, Range>): boolean {
  const ranges = new Map(numbers)
  for (let round = 0; round < mostRounds; round += 1) {
    const before = [...ranges.values()]
    for (const { test } of comparisons) {
      if (test?.kind === 'in') {
        const items = test.items.map((item) => rangeOf(item, ranges))
        const hull = items.reduce((one, other) =>
          one === null || other === null ? null : around(one, other),
        )
        if (hull !== null && !narrow(ranges, test.operand, '=', hull)) return true
      }
      if (test?.kind !== 'comparison') continue
      const [left, right] = [rangeOf(test.left, ranges), rangeOf(test.right, ranges)]
      if (left !== null && right !== null && isNever(left, test.operator, right)) return true
      if (right !== null && !narrow(ranges, test.left, test.operator, right)) return true
      const operator = mirrored[test.operator] ?? test.operator
      if (left !== null && !narrow(ranges, test.right, operator, left)) return true
    }
    if ([...ranges.values()].every((range, position) => range === before[position])) return false
  }
  return false
}

const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

function around(one: Range, other: Range): Range {
  return {
    low: Math.min(one.low, other.low),
    high: Math.max(one.high, other.high),
    isWhole: one.isWhole === other.isWhole ? one.isWhole : null,
  }
}

function isNever(left: Range, operator: string, right: Range): boolean {
  switch (operator) {
    case '<':
      return left.low >= right.high && isExact(right.high)
    case '<=':
      return left.low > right.high
    case '>':
      return left.high <= right.low && isExact(right.low)
    case '>=':
      return left.high < right.low
    case '=':
    case '==':
    case 'IS':
      return left.low > right.high || left.high < right.low
    default:
      return false
  }
}

/** A column is no further than what it is compared with. @returns false where no number is left */
function narrow(ranges: Map<string, Range>, term: Term, operator: string, bound: Range): boolean {
  const range = term.kind === 'column' ? ranges.get(term.column) : undefined
  if (term.kind !== 'column' || range === undefined) return true
  const isEqual = /^(==?|IS)$/.test(operator)
  const isLess = operator.startsWith('<') && operator !== '<>'
  const isStrict = operator === '<' || operator === '>'
  let { low, high } = range
  if (isEqual || isLess) high = Math.min(high, below(bound.high, isStrict, range))
  if (isEqual || operator.startsWith('>')) low = Math.max(low, -below(-bound.low, isStrict, range))
  if (low > high) return false
  if (low !== range.low || high !== range.high) ranges.set(term.column, { ...range, low, high })
  return true
}

/** The greatest number of a column that is not above a bound, or is below it. */
function below(bound: number, isStrict: boolean, { isWhole }: Range): number {
  if (!isExact(bound)) return bound
  if (isWhole === true) return isStrict && Number.isInteger(bound) ? bound - 1 : Math.floor(bound)
  return isStrict ? nextBelow(bound) : bound
}

function isExact(value: number): boolean {
  return Math.abs(value) < exact
}

function nextBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? -1n : 1n))
  return bits.getFloat64(0)
}

/** Null where a term may be NULL, or something else than a number. */
function rangeOf(term: Term, ranges: ReadonlyMap<string, Range>): Range | null {
  switch (term.kind) {
    case 'column':
      return ranges.get(term.column) ?? null
    case 'other': {
      const { constant } = term
      if (typeof constant !== 'bigint' && typeof constant !== 'number') return null
      return wide([Number(constant)], typeof constant === 'bigint')
    }
    case 'unary': {
      const range = rangeOf(term.operand, ranges)
      if (range === null || term.operator === '+') return range
      return term.operator === '-' ? wide([-range.low, -range.high], range.isWhole) : null
    }
    case 'binary': {
      const [left, right] = [rangeOf(term.left, ranges), rangeOf(term.right, ranges)]
      return left === null || right === null ? null : calculated(term.operator, left, right)
    }
    case 'call': {
      const operands = term.operands.map((operand) => rangeOf(operand, ranges))
      const [first = null] = operands
      const known = operands.filter((range) => range !== null)
      if (first === null || known.length < operands.length) return null
      if (term.name === 'abs' && known.length === 1) {
        const ends = [Math.abs(first.low), Math.abs(first.high)]
        return wide(first.low <= 0 && first.high >= 0 ? [0, ...ends] : ends, first.isWhole)
      }
      if (!/^(min|max)$/.test(term.name) || known.length < 2) return null
      const choose = term.name === 'min' ? Math.min : Math.max
      return {
        low: choose(...known.map(({ low }) => low)),
        high: choose(...known.map(({ high }) => high)),
        isWhole: known.every(({ isWhole }) => isWhole === first.isWhole) ? first.isWhole : null,
      }
    }
    default:
      return null
  }
}

/** NaN, which SQLite makes NULL, is no number. */
function calculated(operator: string, left: Range, right: Range): Range | null {
  const isWhole = left.isWhole === true && right.isWhole === true
  const isReal = left.isWhole === false || right.isWhole === false
  const corners = (calculate: (x: number, y: number) => number) =>
    [left.low, left.high].flatMap((x) => [calculate(x, right.low), calculate(x, right.high)])
  const kind = isWhole ? true : isReal ? false : null
  switch (operator) {
    case '+':
      return wide(
        corners((x, y) => x + y),
        kind,
      )
    case '-':
      return wide(
        corners((x, y) => x - y),
        kind,
      )
    case '*':
      if ((hasZero(left) && isEndless(right)) || (hasZero(right) && isEndless(left))) return null
      return wide(
        corners((x, y) => x * y),
        kind,
      )
    case '/': {
      if (hasZero(right)) return null
      const exactly = corners((x, y) => x / y)
      const cut = exactly.map(Math.trunc)
      return wide(isWhole ? cut : isReal ? exactly : [...exactly, ...cut], kind)
    }
    default:
      return null
  }
}

function hasZero({ low, high }: Range): boolean {
  return low <= 0 && high >= 0
}

function isEndless({ low, high }: Range): boolean {
  return !Number.isFinite(low) || !Number.isFinite(high)
}

/** The range of some numbers, and a little more where a double may not hold them. An integer that is too great becomes a real. */
function wide(values: readonly number[], isWhole: boolean | null): Range | null {
  if (values.some(Number.isNaN)) return null
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const isSmall = isExact(low) && isExact(high)
  if (isSmall) return { low, high, isWhole }
  const spread = (value: number) => (isExact(value) ? 0 : Math.abs(value) * 1e-12)
  return { low: low - spread(low), high: high + spread(high), isWhole: isWhole === true ? null : isWhole }
}
