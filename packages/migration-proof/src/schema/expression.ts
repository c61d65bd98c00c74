import { foldName, isLiteralWord } from '../sql/names.ts'
import { joinTokens } from '../sql/normalise.ts'
import { significantTokens, type Token, unquote } from '../sql/tokens.ts'

/**
 * The canonical text of an expression of a table: outer parentheses are dropped, and a "double-quoted" word that names no
 * column is the string that SQLite treats it as (https://www.sqlite.org/quirks.html#dblquote).
 *
 * @param columns the folded names of the table's columns
 */
export function normaliseExpression(expression: readonly Token[], columns: ReadonlySet<string>): string {
  const tokens = withoutParentheses(expression)
  return joinTokens(
    tokens.map((token, position) => (isString(tokens, position, columns) ? asString(token) : token)),
  )
}

/**
 * The canonical text of a default value, from the SQL that `PRAGMA table_info` shows. A bare word is a string, except for
 * NULL, which is no default, TRUE and FALSE, which are 1 and 0, and CURRENT_TIME, CURRENT_DATE and CURRENT_TIMESTAMP.
 */
export function normaliseDefault(sql: string): string | null {
  const tokens = withoutParentheses(significantTokens(sql))
  const [token] = tokens
  if (token === undefined) return null
  if (tokens.length > 1) return normaliseExpression(tokens, new Set())
  return token.kind === 'word' ? defaultOfWord(token) : asString(token).text
}

function defaultOfWord(token: Token): string | null {
  const word = foldName(token.text)
  if (word === 'null') return null
  if (word === 'true') return '1'
  if (word === 'false') return '0'
  return isLiteralWord(word) ? word : quoteString(token.text)
}

/** The tokens without the parentheses that enclose all of them. */
export function withoutParentheses(tokens: readonly Token[]): readonly Token[] {
  let inner = tokens
  while (isEnclosed(inner)) inner = inner.slice(1, -1)
  return inner
}

function isEnclosed(tokens: readonly Token[]): boolean {
  if (tokens[0]?.text !== '(') return false
  let depth = 0
  return tokens.every(({ text }, position) => {
    if (text === '(') depth += 1
    if (text === ')') depth -= 1
    return depth > 0 || position === tokens.length - 1
  })
}

function isString(tokens: readonly Token[], position: number, columns: ReadonlySet<string>): boolean {
  const token = tokens[position]
  if (token?.kind !== 'name' || !token.text.startsWith('"')) return false
  const before = foldName(tokens[position - 1]?.text ?? '')
  const after = tokens[position + 1]?.text
  if (after === '.' || after === '(' || before === '.' || before === 'collate' || before === 'as')
    return false
  return !columns.has(foldName(unquote(token)))
}

function asString(token: Token): Token {
  return token.kind === 'name' ? { ...token, kind: 'string', text: quoteString(unquote(token)) } : token
}

function quoteString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
