import { foldName } from './names.ts'
import { type Token, unquote } from './tokens.ts'

/** Thrown where SQL is not what the reader knows. Whoever reads decides what to do without it. */
export class UnknownSyntaxError extends Error {
  override readonly name = 'UnknownSyntaxError'

  constructor(expected: string, token: Token | undefined) {
    super(`Expected ${expected}, found ${token === undefined ? 'the end' : token.text}.`)
  }
}

/** Reads tokens from left to right. White space and comments must not be among them. */
export class TokenReader {
  readonly #tokens: readonly Token[]
  #place = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.#place >= this.#tokens.length
  }

  /** The bare word that comes next, in lower case; null where something else comes. */
  get nextWord(): string | null {
    return wordOf(this.#tokens[this.#place])
  }

  /** Whether an operator comes next. */
  nextIs(operator: string): boolean {
    const token = this.#tokens[this.#place]
    return token?.kind === 'operator' && token.text === operator
  }

  /** Steps over the words if all of them come next, and tells whether they did. */
  skipWords(...words: readonly string[]): boolean {
    const found = words.every((word, offset) => wordOf(this.#tokens[this.#place + offset]) === word)
    if (found) this.#place += words.length
    return found
  }

  /** Steps over an operator if it comes next, and tells whether it did. */
  skipOperator(operator: string): boolean {
    const found = this.nextIs(operator)
    if (found) this.#place += 1
    return found
  }

  /** @throws {UnknownSyntaxError} when other words come next */
  expectWords(...words: readonly string[]) {
    if (!this.skipWords(...words)) throw new UnknownSyntaxError(words.join(' '), this.#tokens[this.#place])
  }

  /**
   * Steps over one bare word, out of some.
   *
   * @throws {UnknownSyntaxError} when none of them comes next
   */
  expectOneOf<Word extends string>(words: readonly Word[]): Word {
    const next = this.nextWord
    const word = words.find((candidate) => candidate === next)
    if (word === undefined) throw new UnknownSyntaxError(words.join(' or '), this.#tokens[this.#place])
    this.#place += 1
    return word
  }

  /**
   * A name without its quotes. SQLite takes a string for one too.
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
    const token = this.#tokens[this.#place]
    if (token === undefined) throw new UnknownSyntaxError('more', token)
    this.#place += 1
    return token
  }

  /**
   * The tokens between a parenthesis and its partner.
   *
   * @throws {UnknownSyntaxError} when no parenthesis comes next, or it has no partner
   */
  readEnclosed(): readonly Token[] {
    const start = this.#place
    if (!this.skipOperator('(')) throw new UnknownSyntaxError('(', this.#tokens[start])
    for (let depth = 1; depth > 0; ) {
      const { text } = this.readToken()
      if (text === '(') depth += 1
      if (text === ')') depth -= 1
    }
    return this.#tokens.slice(start + 1, this.#place - 1)
  }

  /** All that was not read yet. */
  readRest(): readonly Token[] {
    const rest = this.#tokens.slice(this.#place)
    this.#place = this.#tokens.length
    return rest
  }
}

/** The parts between the commas that stand in no parentheses. */
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
