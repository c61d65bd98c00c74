import { foldName } from './names.ts'
import { type Token, tokenize } from './tokens.ts'

/** A statement and the error that it led to, as far as they can be shown. */
export interface RedactedFailure {
  readonly statement: string
  readonly message: string
}

export interface FailedStatement {
  readonly sql: string
  /** What the engine said. */
  readonly message: string
  /** Whether the engine understood the statement, so that its strings end where they were meant to. */
  readonly isUnderstood: boolean
  /** Whether the statement may have been put together from values of rows. */
  readonly mayHoldValues: boolean
}

/**
 * What can be shown of a statement that failed, and of the engine's message, without a value of a row.
 *
 * Each string, number and blob is shown as `?`. A string that was pasted into SQL may hold a quote: then what follows is no string any more. Where the engine did
 * not understand the statement, it is shown up to its first value, and its message without a word from behind it.
 */
export function redactFailure(failed: FailedStatement): RedactedFailure {
  const tokens = tokenize(failed.sql)
  const end = failed.isUnderstood ? -1 : tokens.findIndex((token) => beginsValues(token, failed))
  const shown = end === -1 ? tokens : tokens.slice(0, end)
  const statement = `${shown.map(redactToken).join('')}${end === -1 ? '' : '…'}`
  return { statement, message: redactMessage(failed.message, shown, tokens.slice(shown.length)) }
}

/** Where the values of a statement begin: at its first one, or where values that have no quotes may stand. */
function beginsValues(token: Token, { message, mayHoldValues }: FailedStatement): boolean {
  // SQLite takes what stands between double quotes for a name, and so refuses a value there.
  if (isLiteral(token) || (token.text.startsWith('"') && message.includes(`column: ${token.text}`)))
    return true
  return mayHoldValues && valueSigns.has(foldName(token.text))
}

const valueSigns = new Set([
  ...'values select where having and or limit default check when then else in is like between'.split(' '),
  ...['=', '==', '<', '>', '<=', '>=', '<>', '!=', '||'],
])

const literalKinds: ReadonlySet<Token['kind']> = new Set(['string', 'number', 'blob', 'illegal'])

function isLiteral({ kind }: Token): boolean {
  return literalKinds.has(kind)
}

function redactToken(token: Token): string {
  if (token.kind === 'comment') return ' '
  return isLiteral(token) ? '?' : token.text
}

/** Takes from a message what is quoted in it and is no name or word that is shown, and each word that is hidden. */
function redactMessage(message: string, shown: readonly Token[], hidden: readonly Token[]): string {
  const known = new Set(shown.filter((token) => !isLiteral(token)).flatMap(({ text }) => wordsOf(text)))
  const secret = new Set(hidden.flatMap(({ text }) => wordsOf(text)).filter((word) => !known.has(word)))
  const showKnown = (text: string) => (wordsOf(text).every((word) => known.has(word)) ? text : '?')
  return message
    .replace(/"[^"]*"|'[^']*'|`[^`]*`|\[[^\]]*\]/g, showKnown)
    .replace(/(?<=^no such column: ).*/s, (column) => (column.startsWith('?') ? column : showKnown(column)))
    .replace(wordPattern, (word) =>
      secret.has(foldName(word)) && !plainWords.has(foldName(word)) ? '?' : word,
    )
}

const wordPattern = /[\w$\u0080-\uFFFF]+/g

function wordsOf(text: string): string[] {
  return (text.match(wordPattern) ?? []).map(foldName)
}

/** The words of SQLite's own sentences, which also stand in most texts. */
const plainWords = new Set(
  `a an and as at be but by cannot column columns constraint error failed for from function has have in index into is
  least many near no not of on one only or syntax such table than that the this to too type value values were with`.split(
    /\s+/,
  ),
)
