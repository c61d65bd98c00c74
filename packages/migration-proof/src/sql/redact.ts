import { foldName } from './names.ts'
import { type Token, tokenize } from './tokens.ts'

/** A statement and its error, as far as they can be shown. */
export interface RedactedFailure {
  readonly statement: string
  readonly message: string
}

export interface FailedStatement {
  readonly sql: string
  /** What the engine said. */
  readonly message: string
  /** Whether the engine parsed the statement, so that its strings end where they should. */
  readonly isUnderstood: boolean
  /** Whether the statement may have been assembled from values of rows. */
  readonly mayHoldValues: boolean
}

/**
 * A failed statement and the engine's message, without any value of a row.
 *
 * Each string, number and blob is shown as `?`. A string that was pasted into SQL may contain a quote, and what follows it
 * is then no longer a string. Where the engine could not parse the statement, it is shown up to its first value, and its
 * message without any word after that.
 */
export function redactFailure(failed: FailedStatement): RedactedFailure {
  const tokens = tokenize(failed.sql)
  const end = failed.isUnderstood ? -1 : tokens.findIndex((token) => beginsValues(token, failed))
  const shown = end === -1 ? tokens : tokens.slice(0, end)
  const statement = `${shown.map(redactToken).join('')}${end === -1 ? '' : '…'}`
  return { statement, message: redactMessage(failed.message, shown, tokens.slice(shown.length)) }
}

/** Whether the values of a statement may begin here: at its first literal, or where unquoted values may follow. */
function beginsValues(token: Token, { message, mayHoldValues }: FailedStatement): boolean {
  // SQLite treats text in double quotes as a name, and so refuses a value there.
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

/** Hides in a message every quoted text that is not shown in the statement, and every hidden word. */
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

/** The words of SQLite's own messages, which are also common in ordinary text, and its keywords. */
const plainWords = new Set(
  `stored unique primary key null references default non constant check foreign generated add
  a an and as at be but by cannot column columns constraint error failed for from function has have in index into is
  least many near no not of on one only or syntax such table than that the this to too type value values were with`.split(
    /\s+/,
  ),
)
