import { foldName } from './names.ts'
import { type Token, unquote } from './tokens.ts'

/** Thrown for SQL that the reader does not know. The caller decides how to continue without it. */
export class UnknownSyntaxError extends Error {
  override readonly name = 'UnknownSyntaxError'

  constructor(expected: string, token: Token | undefined) {
    super(`Expected ${expected}, found ${token === undefined ? 'the end' : token.text}.`)
  }
}

/** Reads tokens from left to right, which must not include white space and comments. */
export class TokenReader {
  readonly #tokens: readonly Token[]
  #position = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#tokens.length
  }

  /** The next token if it is a bare word, in lower case; otherwise null. */
  get nextWord(): string | null {
    return wordOf(this.#tokens[this.#position])
  }

  /** Whether an operator comes next. */
  nextIs(operator: string): boolean {
    const token = this.#tokens[this.#position]
    return token?.kind === 'operator' && token.text === operator
  }

  /** Skips the words if all of them come next; returns whether they did. */
  skipWords(...words: readonly string[]): boolean {
    const found = words.every((word, offset) => wordOf(this.#tokens[this.#position + offset]) === word)
    if (found) this.#position += words.length
    return found
  }

  /** Skips an operator if it comes next; returns whether it did. */
  skipOperator(operator: string): boolean {
    const found = this.nextIs(operator)
    if (found) this.#position += 1
    return found
  }

  /** @throws {UnknownSyntaxError} when other words come next */
  expectWords(...words: readonly string[]) {
    if (!this.skipWords(...words)) throw new UnknownSyntaxError(words.join(' '), this.#tokens[this.#position])
  }

  /**
   * Skips one of several bare words, and returns it.
   *
   * @throws {UnknownSyntaxError} when none of them comes next
   */
  expectOneOf<Word extends string>(words: readonly Word[]): Word {
    const next = this.nextWord
    const word = words.find((candidate) => candidate === next)
    if (word === undefined) throw new UnknownSyntaxError(words.join(' or '), this.#tokens[this.#position])
    this.#position += 1
    return word
  }

  /**
   * Reads a name, without its quotes. SQLite accepts a string as a name, too.
   *
   * @throws {UnknownSyntaxError} when no name comes next
   */
  readName(): string {
    const token = this.readToken()
    if (token.kind === 'word' || token.kind === 'name' || token.kind === 'string') return unquote(token)
    throw new UnknownSyntaxError('a name', token)
  }

  /** @throws {UnknownSyntaxError} at the end */
  readToken(): Token {
    const token = this.#tokens[this.#position]
    if (token === undefined) throw new UnknownSyntaxError('more', token)
    this.#position += 1
    return token
  }

  /**
   * Reads a parenthesis, and returns the tokens up to its counterpart.
   *
   * @throws {UnknownSyntaxError} when no parenthesis comes next, or it is not closed
   */
  readEnclosed(): readonly Token[] {
    const start = this.#position
    if (!this.skipOperator('(')) throw new UnknownSyntaxError('(', this.#tokens[start])
    for (let depth = 1; depth > 0; ) {
      const { text } = this.readToken()
      if (text === '(') depth += 1
      if (text === ')') depth -= 1
    }
    return this.#tokens.slice(start + 1, this.#position - 1)
  }

  /** All tokens that were not read yet. */
  readRest(): readonly Token[] {
    const rest = this.#tokens.slice(this.#position)
    this.#position = this.#tokens.length
    return rest
  }
}

/** The parts between the commas outside of parentheses. */
export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.text === '(') depth += 1
    if (token.text === ')') depth -= 1
    if (token.text === ',' && depth === 0) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

function wordOf(token: Token | undefined): string | null {
  return token?.kind === 'word' ? foldName(token.text) : null
}
