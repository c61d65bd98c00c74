import { foldName } from '../sql/names.ts'
import { significantTokens, type Token, unquote } from '../sql/tokens.ts'
import { depthsOf, endOf } from './conditions.ts'

/** The function that counts: it gets the name of a table, and something of the row that is visited. */
export const visitFunction = 'row_is_visited'

/**
 * Names something of each row of a table that every index holds, such as `rowid`; null for what is no table of its own, as
 * a view or a common table expression.
 */
export type KeyOfTable = (table: string) => string | null

/**
 * Adds a call of the function to each loop of a statement, subqueries included, before all conditions of the loop: it then
 * counts the rows that SQLite reads, and changes nothing. A statement in which nothing can be counted stays as it is.
 */
export function countVisits(sql: string, keyOf: KeyOfTable): string {
  const tokens = significantTokens(sql)
  const words = tokens.map((token) => (token.kind === 'word' ? foldName(token.text) : ''))
  if (words[0] === 'create' && (words.includes('trigger') || words.includes('view'))) return sql
  const text: Text = { tokens, words, depths: depthsOf(tokens) }
  const edits = text.words.flatMap((_, start) =>
    startsQuery(text, start) ? editQuery(text, start, keyOf) : [],
  )
  return edits
    .sort((left, right) => right.position - left.position)
    .reduce(
      (changed, { position, added }) => changed.slice(0, position) + added + changed.slice(position),
      sql,
    )
}

interface Text {
  readonly tokens: readonly Token[]
  /** The folded words; empty for what is none. */
  readonly words: readonly string[]
  readonly depths: readonly number[]
}

interface Edit {
  readonly position: number
  readonly added: string
}

const setOperators = new Set(['union', 'intersect', 'except'])
const afterSources = new Set(['where', 'group', 'having', 'order', 'limit', 'window', 'returning', 'set'])
const afterWhere = new Set([...afterSources, 'on'])
const joins = new Set(['join', 'left', 'right', 'full', 'inner', 'cross', 'natural', 'outer'])

function startsQuery({ words }: Text, start: number): boolean {
  const [word, before] = [words[start], words[start - 1] ?? '']
  if (word === 'update') return !['do', 'on', 'before', 'after', 'of'].includes(before)
  return word === 'select' || (word === 'delete' && words[start + 1] === 'from')
}

function editQuery(text: Text, start: number, keyOf: KeyOfTable): Edit[] {
  const { words, depths } = text
  const depth = depths[start] ?? 0
  const find = (from: number, matches: (position: number) => boolean, otherwise: number): number => {
    for (let at = from; at < otherwise; at++) if (depths[at] === depth && matches(at)) return at
    return otherwise
  }
  const end = endOfQuery(text, start, depth)
  const is = (set: ReadonlySet<string>) => (at: number) => set.has(words[at] ?? '')
  const from = find(start, (at) => words[at] === 'from' && words[at - 1] !== 'distinct', end)
  const sourcesEnd = find(from, is(afterSources), end)
  const own = words[start] === 'update' ? readSource(text, afterVerb(text, start)) : null
  const sources = from === end ? [] : readSources(text, from, sourcesEnd, depth)
  const inWhere: string[] = []
  const edits: Edit[] = []
  for (const source of [...(own === null ? [] : [{ ...own, on: null, isOuter: false }]), ...sources]) {
    const key = keyOf(source.table)
    if (key === null) continue
    const call = `${visitFunction}('${source.table.replaceAll("'", "''")}', ${source.alias}.${key})`
    if (source.on !== null) edits.push(...around(text, source.on.start, source.on.end, `${call} AND (`))
    else if (!source.isOuter) inWhere.push(call)
  }
  if (inWhere.length === 0) return edits
  const where = find(start, (at) => words[at] === 'where', end)
  const calls = inWhere.join(' AND ')
  if (where < end) {
    const last = find(where + 1, is(afterWhere), end)
    return [...edits, ...around(text, where + 1, last, `${calls} AND (`)]
  }
  // Without FROM, an UPDATE ends its values where RETURNING, ORDER BY or LIMIT begin.
  const last =
    from < end ? sourcesEnd : find(find(start, (at) => words[at] === 'set', end) + 1, is(afterWhere), end)
  // Of two at one position, the last is written first: an ON ends before WHERE begins.
  return [{ position: endOf(text.tokens[last - 1]), added: ` WHERE ${calls} ` }, ...edits]
}

/** Opens a parenthesis before a token, and closes it behind the one before another. */
function around({ tokens }: Text, start: number, end: number, opening: string): Edit[] {
  return [
    { position: tokens[start]?.start ?? 0, added: opening },
    { position: endOf(tokens[end - 1]), added: ')' },
  ]
}

function endOfQuery({ tokens, words, depths }: Text, start: number, depth: number): number {
  for (let at = start + 1; at < tokens.length; at++) {
    const now = depths[at] ?? 0
    if (now < depth || (now === depth && (setOperators.has(words[at] ?? '') || tokens[at]?.text === ';')))
      return at
  }
  return tokens.length
}

/** The position behind UPDATE, or behind UPDATE OR IGNORE. */
function afterVerb({ words }: Text, start: number): number {
  return words[start + 1] === 'or' ? start + 3 : start + 1
}

interface Source {
  readonly table: string
  /** As it is written. */
  readonly alias: string
}

interface JoinedSource extends Source {
  /** The tokens of its ON; null without one. */
  readonly on: { readonly start: number; readonly end: number } | null
  /** Whether it is a side of an outer join. */
  readonly isOuter: boolean
}

function readSources(text: Text, from: number, end: number, depth: number): JoinedSource[] {
  const { tokens, words, depths } = text
  const isStart = (at: number) =>
    depths[at] === depth && (at === from || words[at] === 'join' || tokens[at]?.text === ',')
  const starts = Array.from({ length: end - from }, (_, index) => from + index).filter(isStart)
  return starts.flatMap((start, index) => {
    const next = starts[index + 1] ?? end
    const source = readSource(text, start + 1)
    if (source === null) return []
    const on = words.findIndex((word, at) => at > start && at < next && depths[at] === depth && word === 'on')
    let last = next
    while (joins.has(words[last - 1] ?? '') && last > start) last -= 1
    const isOuter = ['left', 'right', 'full', 'outer'].some((word) =>
      words.slice(Math.max(from, start - 3), start).includes(word),
    )
    return [{ ...source, isOuter, on: on === -1 ? null : { start: on + 1, end: last } }]
  })
}

/** `main.t AS q`; null for a subquery or a function. */
function readSource({ tokens, words }: Text, start: number): Source | null {
  const position = tokens[start + 1]?.text === '.' ? start + 2 : start
  const table = tokens[position]
  const next = tokens[position + 1]
  if (table === undefined || !isName(table) || next?.text === '(') return null
  const alias = words[position + 1] === 'as' ? tokens[position + 2] : next
  const word = alias?.kind === 'word' ? foldName(alias.text) : ''
  const isAlias =
    alias !== undefined && isName(alias) && !afterWhere.has(word) && !joins.has(word) && !notAliases.has(word)
  return { table: unquote(table), alias: isAlias ? alias.text : table.text }
}

const notAliases = new Set(['using', 'indexed', 'not', 'union', 'intersect', 'except'])

function isName({ kind }: Token): boolean {
  return kind === 'word' || kind === 'name'
}
