import { foldName } from '../../../sql/names.ts'
import { splitStatements } from '../../../sql/split.ts'
import { significantTokens, tokenize } from '../../../sql/tokens.ts'

/** What can be seen of a statement without an engine. */
export interface ReadStatement {
  /** Without the text around it; each parameter that has a name or a number is a `?`. */
  readonly sql: string
  /** `unknown` where an engine has to say it. */
  readonly isReader: boolean | 'unknown'
  readonly isPragma: boolean
  /** Whether it may insert, update or delete rows. */
  readonly changesRows: boolean
  /** Whether it can stand in the WITH of another statement. */
  readonly isQuery: boolean
  /** The name of each parameter, by its index from 0; null for one that has none. */
  readonly names: readonly (string | null)[]
  /** For each `?` of `sql`, the index of its parameter. */
  readonly order: readonly number[]
}

/** The statements of a text that is given to `prepare`. */
export type ReadText =
  | { readonly statements: 'none' }
  | { readonly statements: 'several'; readonly first: string }
  | { readonly statements: 'one'; readonly statement: ReadStatement }

const mostRemembered = 200
const longestRemembered = 20_000
const remembered = new Map<string, ReadText>()

/** Reads a text; the same are prepared again and again. */
export function readText(text: string): ReadText {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const [first, ...others] = splitStatements(text)
  const read: ReadText =
    first === undefined
      ? { statements: 'none' }
      : others.length > 0
        ? { statements: 'several', first }
        : { statements: 'one', statement: readStatement(first) }
  if (text.length > longestRemembered) return read
  const [oldest] = remembered.keys()
  if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest)
  remembered.set(text, read)
  return read
}

const queries: readonly string[] = ['select', 'values']
const changes: readonly string[] = ['insert', 'replace', 'update', 'delete']

function readStatement(text: string): ReadStatement {
  const verb = verbOf(text)
  const changesRows = changes.includes(verb)
  const isQuery = queries.includes(verb)
  return {
    ...readParameters(text),
    isReader: isQuery || verb === 'explain' || (mayReturn(verb, changesRows, text) ? 'unknown' : false),
    isPragma: verb === 'pragma',
    changesRows,
    isQuery,
  }
}

function mayReturn(verb: string, changesRows: boolean, text: string): boolean {
  return verb === 'pragma' || (changesRows && /\breturning\b/i.test(text))
}

/** What a statement does, in one word; after WITH, that is what follows the last of its tables. */
function verbOf(text: string): string {
  const tokens = significantTokens(text)
  const first = foldName(tokens[0]?.text ?? '')
  if (first !== 'with') return first
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    if (token.text === '(') depth++
    if (token.text === ')') depth--
    const word = token.kind === 'word' ? foldName(token.text) : ''
    const follows = depth === 0 && tokens[index - 1]?.text === ')'
    if (follows && (queries.includes(word) || changes.includes(word))) return word
  }
  return first
}

/**
 * Gives each parameter the index that SQLite gives it (https://www.sqlite.org/lang_expr.html#varparam), and writes
 * all as `?`: connections of the harness bind by position.
 */
function readParameters(text: string): Pick<ReadStatement, 'sql' | 'names' | 'order'> {
  const names: (string | null)[] = []
  const order: number[] = []
  const parts: string[] = []
  for (const { kind, text: part } of tokenize(text)) {
    parts.push(kind === 'parameter' ? '?' : part)
    if (kind === 'parameter') order.push(indexOf(part, names))
  }
  return { sql: parts.join(''), names, order }
}

function indexOf(parameter: string, names: (string | null)[]): number {
  if (parameter === '?') return names.push(null) - 1
  const name = parameter.slice(1)
  if (!parameter.startsWith('?')) {
    const known = names.indexOf(parameter)
    return known === -1 ? names.push(parameter) - 1 : known
  }
  const index = Number(name) - 1
  while (names.length <= index) names.push(null)
  names[index] = parameter
  return index
}
