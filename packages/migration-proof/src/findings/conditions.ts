import { foldName } from '../sql/names.ts'
import { significantTokens, type Token, unquote } from '../sql/tokens.ts'

/** One of the conditions that a statement's WHERE joins by AND. */
export type Condition =
  /** `column = ?`; `parameter` is the place of the `?`, or null where another value stands there. */
  | {
      readonly kind: 'equal'
      readonly column: string
      readonly parameter: number | null
      readonly value: string
    }
  /** `column <= ?` and its kin. */
  | { readonly kind: 'range'; readonly column: string }
  /** `lower(column) = ?`: an expression of one column, and where it stands in the SQL. */
  | {
      readonly kind: 'wrapped'
      readonly column: string
      readonly function: string
      readonly start: number
      readonly end: number
    }
  | { readonly kind: 'other' }

/** The WHERE of a statement, at its top level. */
export interface Where {
  /** The place of its first and behind its last character; both where it would stand if there is none. */
  readonly start: number
  readonly end: number
  readonly isThere: boolean
  readonly conditions: readonly Condition[]
  /** The columns of ORDER BY with their direction, `created_at DESC`; none where one is an expression. */
  readonly order: readonly string[]
}

const clauseEnds = new Set([
  'group',
  'order',
  'limit',
  'returning',
  'union',
  'window',
  'having',
  'except',
  'intersect',
])
const comparisons = new Set(['=', '==', '<', '<=', '>', '>=', 'is'])

/** Reads the conditions of a SELECT, UPDATE or DELETE by its tokens. What it does not know is `other`. */
export function readWhere(sql: string): Where {
  const tokens = significantTokens(sql)
  const depths = depthsOf(tokens)
  const isWord = (place: number, words: ReadonlySet<string>) =>
    depths[place] === 0 && tokens[place]?.kind === 'word' && words.has(foldName(tokens[place]?.text ?? ''))
  const where = tokens.findIndex((_, place) => isWord(place, new Set(['where'])))
  const afterWhere = tokens.findIndex((_, place) => place > where && isWord(place, clauseEnds))
  const last = afterWhere === -1 ? tokens.length : afterWhere
  const end = endOf(tokens[last - 1])
  const order = readOrder(
    tokens,
    tokens.findIndex((_, place) => isWord(place, new Set(['order']))),
  )
  if (where === -1) return { start: end, end, isThere: false, conditions: [], order }
  const start = tokens[where + 1]?.start ?? end
  const terms = splitAtAnd(tokens.slice(where + 1, last))
  return { start, end, isThere: true, conditions: terms.map((term) => readCondition(term, tokens)), order }
}

function readCondition(term: readonly Token[], all: readonly Token[]): Condition {
  const operator = outermost(term, (token) => comparisons.has(foldName(token.text)))
  if (operator === -1) return { kind: 'other' }
  const [left, right] = [term.slice(0, operator), term.slice(operator + 1)]
  const sign = foldName(term[operator]?.text ?? '')
  const column = columnOf(left)
  if (column !== null) {
    if (foldName(right[0]?.text ?? '') === 'not' || columnOf(right) !== null) return { kind: 'other' }
    if (!['=', '==', 'is'].includes(sign)) return { kind: 'range', column }
    return {
      kind: 'equal',
      column,
      parameter: placeOf(right, all),
      value: right.map(({ text }) => text).join(' '),
    }
  }
  return readWrapped(left)
}

function readWrapped(left: readonly Token[]): Condition {
  const [name, open, argument] = left
  const column = argument === undefined ? null : columnOf([argument])
  const isCall = name?.kind === 'word' && open?.text === '(' && left.at(-1)?.text === ')'
  if (!isCall || column === null) return { kind: 'other' }
  return {
    kind: 'wrapped',
    column,
    function: foldName(name.text),
    start: name.start,
    end: endOf(left.at(-1)),
  }
}

/** The place of a lone `?` among the parameters of the statement. */
function placeOf([token, ...rest]: readonly Token[], all: readonly Token[]): number | null {
  if (token?.text !== '?' || rest.length > 0) return null
  return all.filter(({ kind, start }) => kind === 'parameter' && start < token.start).length
}

/** A column, also behind the name of its table. */
function columnOf(tokens: readonly Token[]): string | null {
  const [first, dot, second] = tokens
  if (first === undefined || (first.kind !== 'word' && first.kind !== 'name')) return null
  if (tokens.length === 1) return unquote(first)
  return tokens.length === 3 && dot?.text === '.' && second !== undefined ? unquote(second) : null
}

function readOrder(tokens: readonly Token[], place: number): string[] {
  if (place === -1) return []
  const terms: string[] = []
  for (let at = place + 2; at < tokens.length; ) {
    const [column, next] = [tokens[at], tokens[at + 1]]
    if (column === undefined || columnOf([column]) === null) return []
    const direction = foldName(next?.text ?? '')
    const hasDirection = direction === 'desc' || direction === 'asc'
    terms.push(`${column.text}${direction === 'desc' ? ' DESC' : ''}`)
    at += hasDirection ? 2 : 1
    const after = tokens[at]
    if (after === undefined || clauseEnds.has(foldName(after.text))) break
    // The column was part of an expression, or has a collation of its own.
    if (after.text !== ',') return []
    at += 1
  }
  return terms
}

function splitAtAnd(tokens: readonly Token[]): Token[][] {
  const depths = depthsOf(tokens)
  const terms: Token[][] = [[]]
  let isBetween = false
  tokens.forEach((token, place) => {
    const word = depths[place] === 0 && token.kind === 'word' ? foldName(token.text) : ''
    if (word === 'between') isBetween = true
    if (word === 'and' && !isBetween) terms.push([])
    else terms.at(-1)?.push(token)
    if (word === 'and') isBetween = false
  })
  const hasOr = tokens.some((token, place) => depths[place] === 0 && foldName(token.text) === 'or')
  return hasOr ? [] : terms
}

function outermost(tokens: readonly Token[], matches: (token: Token) => boolean): number {
  const depths = depthsOf(tokens)
  return tokens.findIndex((token, place) => depths[place] === 0 && matches(token))
}

/** In how many parentheses each token stands; a parenthesis stands outside of itself. */
export function depthsOf(tokens: readonly Token[]): number[] {
  let depth = 0
  return tokens.map(({ text }) => {
    if (text === '(') depth += 1
    if (text === ')') depth -= 1
    return text === '(' ? depth - 1 : depth
  })
}

/** Where a token ends. */
export function endOf(token: Token | undefined): number {
  return token === undefined ? 0 : token.start + token.text.length
}
