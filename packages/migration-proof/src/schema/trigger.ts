import { foldName } from '../sql/names.ts'
import { joinTokens } from '../sql/normalise.ts'
import { significantTokens, type Token, unquote } from '../sql/tokens.ts'
import { withoutParentheses } from './expression.ts'
import type { Trigger } from './model.ts'

/** Reads a trigger from its SQL, as SQLite stores it: https://www.sqlite.org/lang_createtrigger.html */
export function readTrigger(name: string, table: string, sql: string): Trigger {
  const tokens = significantTokens(sql)
  // Names may be any word, `begin` for instance, so each search starts behind the name before it.
  const start = findWord(tokens, 'trigger', 0) + 2
  const on = findWord(tokens, 'on', start)
  const body = findWord(tokens, 'begin', on + 2)
  const when = findWord(tokens.slice(0, body), 'when', on + 2)
  const event = tokens.slice(start, on)
  return {
    name,
    table,
    timing: timingOf(event),
    event: eventOf(event),
    columns: columnsOf(event),
    when: when === -1 ? null : joinTokens(withoutParentheses(tokens.slice(when + 1, body))),
    body: joinTokens(tokens.slice(body)),
  }
}

function timingOf(event: readonly Token[]): Trigger['timing'] {
  if (isWord(event, 0, 'after')) return 'AFTER'
  return isWord(event, 0, 'instead') ? 'INSTEAD OF' : 'BEFORE'
}

function eventOf(event: readonly Token[]): Trigger['event'] {
  const word = event.map(({ text }) => foldName(text)).find((text) => /^(?:delete|insert|update)$/.test(text))
  if (word === 'delete') return 'DELETE'
  return word === 'insert' ? 'INSERT' : 'UPDATE'
}

/** The names after UPDATE OF. They are sorted: their order means nothing. */
function columnsOf(event: readonly Token[]): string[] {
  const update = findWord(event, 'update', 0)
  if (update === -1) return []
  const names = event.slice(update + 2).filter(({ text }) => text !== ',')
  return names.map((token) => foldName(unquote(token))).sort()
}

/** A word after a dot is a column: `new.begin`. */
function findWord(tokens: readonly Token[], word: string, start: number): number {
  return tokens.findIndex(
    (_, place) => place >= start && isWord(tokens, place, word) && tokens[place - 1]?.text !== '.',
  )
}

function isWord(tokens: readonly Token[], place: number, word: string): boolean {
  const token = tokens[place]
  return token?.kind === 'word' && foldName(token.text) === word
}
