import {
  type Lexeme,
  scanBlob,
  scanComment,
  scanNumber,
  scanOperator,
  scanParameter,
  scanQuoted,
  scanSpaces,
  scanWord,
} from './lexemes.ts'

/** A piece of SQL. The texts of all tokens, put together, are the SQL. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** The place of its first character in the SQL. */
  readonly start: number
}

/**
 * - `name`: a quoted name: "x", [x] or `x`
 * - `word`: a keyword or a bare name
 * - `illegal`: what SQLite refuses, and what lacks its end: a string, a name, a blob, a comment
 */
export type TokenKind = Lexeme['kind']

/**
 * Cuts SQL into tokens as SQLite does (https://www.sqlite.org/src/file/src/tokenize.c). It never fails: what
 * is no SQL becomes an `illegal` token.
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

/** The tokens that mean something: no white space and no comments. */
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
