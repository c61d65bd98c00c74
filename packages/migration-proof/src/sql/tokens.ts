/** The result of a scan: the kind of the token, and where it ends. */
export interface Lexeme {
  readonly kind:
    | 'space'
    | 'comment'
    | 'word'
    | 'name'
    | 'string'
    | 'blob'
    | 'number'
    | 'parameter'
    | 'operator'
    | 'illegal'
  readonly end: number
}

/** A byte order mark between two tokens is white space, too. */
const spaces = /[ \t\n\v\f\r\uFEFF]+/y
const word = /[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*/y
const restOfWord = /[\w$\u0080-\uFFFF]+/y
const hexadecimal = /0x[0-9a-f]+(?:_[0-9a-f]+)*/iy
const decimal = /(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?/iy
const numberedParameter = /\?\d*/y
/** Tcl names may contain `::`. */
const namedParameter = /[$@:#](?:[\w$\u0080-\uFFFF]+|::)*/y
/** `$a(b)` is how Tcl names an element of an array. */
const element = /\([^\s)]*\)?/y
const operator = /->>|->|\|\||<<|>>|<=|>=|<>|==|!=|[-+*/%&|~<>=(),;.]/y
const hexadecimalPairs = /^(?:[0-9a-f]{2})*$/i

const closingQuotes: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '[': ']' }

function scanSpaces(sql: string, start: number): Lexeme | null {
  return scanPattern('space', spaces, sql, start)
}

function scanWord(sql: string, start: number): Lexeme | null {
  return scanPattern('word', word, sql, start)
}

/** `?`, `?1`, `:name`, `@name` or `$name`. */
function scanParameter(sql: string, start: number): Lexeme | null {
  const numbered = scanPattern('parameter', numberedParameter, sql, start)
  if (numbered !== null) return numbered
  const end = endOf(namedParameter, sql, start)
  if (end === null) return null
  if (sql.slice(start + 1, end).replaceAll('::', '') === '') return { kind: 'illegal', end }
  const endOfElement = endOf(element, sql, end)
  if (endOfElement === null) return { kind: 'parameter', end }
  return { kind: sql[endOfElement - 1] === ')' ? 'parameter' : 'illegal', end: endOfElement }
}

function scanOperator(sql: string, start: number): Lexeme | null {
  return scanPattern('operator', operator, sql, start)
}

/** An integer, a real or a hexadecimal number, with `_` between digits. A number followed by letters is illegal. */
function scanNumber(sql: string, start: number): Lexeme | null {
  const end = endOf(hexadecimal, sql, start) ?? endOf(decimal, sql, start)
  if (end === null) return null
  const endOfLetters = endOf(restOfWord, sql, end)
  return endOfLetters === null ? { kind: 'number', end } : { kind: 'illegal', end: endOfLetters }
}

/** A string or a quoted name. A doubled quote stands for itself, except in [brackets]. */
function scanQuoted(sql: string, start: number): Lexeme | null {
  const closing = closingQuotes[sql.charAt(start)]
  if (closing === undefined) return null
  let end = sql.indexOf(closing, start + 1)
  while (closing !== ']' && end !== -1 && sql[end + 1] === closing) end = sql.indexOf(closing, end + 2)
  if (end === -1) return { kind: 'illegal', end: sql.length }
  return { kind: closing === "'" ? 'string' : 'name', end: end + 1 }
}

function scanBlob(sql: string, start: number): Lexeme | null {
  if (sql[start + 1] !== "'" || (sql[start] !== 'x' && sql[start] !== 'X')) return null
  const closing = sql.indexOf("'", start + 2)
  if (closing === -1) return { kind: 'illegal', end: sql.length }
  const isBlob = hexadecimalPairs.test(sql.slice(start + 2, closing))
  return { kind: isBlob ? 'blob' : 'illegal', end: closing + 1 }
}

/** SQLite accepts a comment that is not closed; here it is illegal, so that nothing can hide in it. */
function scanComment(sql: string, start: number): Lexeme | null {
  if (sql.startsWith('--', start)) {
    const lineEnd = sql.indexOf('\n', start)
    return { kind: 'comment', end: lineEnd === -1 ? sql.length : lineEnd }
  }
  if (!sql.startsWith('/*', start)) return null
  const closing = sql.indexOf('*/', start + 2)
  return closing === -1 ? { kind: 'illegal', end: sql.length } : { kind: 'comment', end: closing + 2 }
}

function scanPattern(kind: Lexeme['kind'], pattern: RegExp, sql: string, start: number): Lexeme | null {
  const end = endOf(pattern, sql, start)
  return end === null ? null : { kind, end }
}

function endOf(pattern: RegExp, sql: string, start: number): number | null {
  pattern.lastIndex = start
  return pattern.test(sql) ? pattern.lastIndex : null
}
/** A piece of SQL. The texts of all tokens, joined, are the SQL. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** The offset of its first character in the SQL. */
  readonly start: number
}

/**
 * - `name`: a quoted name: "x", [x] or `x`
 * - `word`: a keyword or a bare name
 * - `illegal`: what SQLite refuses, and a string, name, blob or comment that is not closed
 */
export type TokenKind = Lexeme['kind']

/**
 * Splits SQL into tokens as SQLite does (https://www.sqlite.org/src/file/src/tokenize.c). It never fails: anything that
 * is not SQL becomes an `illegal` token.
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let start = 0
  while (start < sql.length) {
    const { kind, end } = scanLexeme(sql, start)
    tokens.push({ kind, text: sql.slice(start, end), start })
    start = end
  }
  return tokens
}

/** The tokens without white space and comments. */
export function significantTokens(sql: string): Token[] {
  return tokenize(sql).filter(({ kind }) => kind !== 'space' && kind !== 'comment')
}

/** The content of a quoted name, or of a string: `"a""b"` names a"b. Any other token is its text. */
export function unquote({ kind, text }: Pick<Token, 'kind' | 'text'>): string {
  if (kind !== 'name' && kind !== 'string') return text
  const closing = text.slice(-1)
  const content = text.slice(1, -1)
  return closing === ']' ? content : content.replaceAll(closing + closing, closing)
}

function scanLexeme(sql: string, start: number): Lexeme {
  return (
    scanSpaces(sql, start) ??
    scanBlob(sql, start) ??
    scanWord(sql, start) ??
    scanQuoted(sql, start) ??
    scanComment(sql, start) ??
    scanNumber(sql, start) ??
    scanParameter(sql, start) ??
    scanOperator(sql, start) ?? { kind: 'illegal', end: start + 1 }
  )
}
