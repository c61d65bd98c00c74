import { foldName, isLiteralWord, isReservedKeyword, quoteName } from './names.ts'
import { significantTokens, type Token, unquote } from './tokens.ts'

/** A byte order mark at its start would be white space. */
const bareName = /^(?!\uFEFF)[a-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*$/
const number = /^\.?\d/
const beforeSign = /^$|^[-+*/%&|~<>=!(,]/

/**
 * A canonical text of SQL: no comments, uniform white space, bare words in lower case, and names without quotes where
 * possible. Literals stay exactly as they are, and so does anything that is not SQL.
 */
export function normaliseSql(sql: string): string {
  return joinTokens(significantTokens(sql))
}

/** The same for tokens that were already read, which must not include white space and comments. */
export function joinTokens(tokens: readonly Token[]): string {
  let text = ''
  let beforePrevious = ''
  let previous = ''
  let isIllegal = false
  for (const token of tokens) {
    const current = canonicalText(token)
    const isTight = isSign(previous, beforePrevious) ? number.test(current) : !needsSpace(previous, current)
    // A token that is not SQL could merge with the next one.
    text += isTight && !isIllegal ? current : ` ${current}`
    beforePrevious = previous
    previous = current
    isIllegal = token.kind === 'illegal'
  }
  return text
}

function canonicalText(token: Token): string {
  if (token.kind === 'word') return foldName(token.text)
  return token.kind === 'name' ? canonicalName(unquote(token)) : token.text
}

function canonicalName(name: string): string {
  const folded = foldName(name)
  const isBare = bareName.test(folded) && !isReservedKeyword(folded) && !isLiteralWord(folded)
  return isBare ? folded : quoteName(folded)
}

/** False only between tokens that cannot merge: names, and the parentheses, commas and dots around them. */
function needsSpace(previous: string, current: string): boolean {
  if (previous === '' || previous === '(') return false
  if (current === ')' || current === ',' || current === ';') return false
  if (current === '(') return !isName(previous)
  if (current === '.') return !isName(previous)
  return previous !== '.' || (current !== '*' && !isName(current))
}

/** Whether a plus or minus belongs to what follows: the 3 of `-3`, but not that of `a - 3`. */
function isSign(text: string, before: string): boolean {
  return (text === '-' || text === '+') && (beforeSign.test(before) || isReservedKeyword(before))
}

function isName(text: string): boolean {
  return text.startsWith('"') || (bareName.test(text) && !isReservedKeyword(text))
}
