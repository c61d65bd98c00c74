import { foldName } from './names.ts'
import { significantTokens, unquote } from './tokens.ts'

/** The folded names of the tables that statements drop or rename: where one exists afterwards, it was rebuilt. */
export function replacedTables(statements: readonly string[]): ReadonlySet<string> {
  const names = statements.flatMap((sql) => [droppedTable(sql), renamedTable(sql)?.from])
  return new Set(names.filter((name) => name !== undefined && name !== null))
}

/** The folded name of the table that a statement drops. */
export function droppedTable(sql: string): string | null {
  const words = wordsOf(sql)
  if (words[0] !== 'drop' || words[1] !== 'table') return null
  return words[2] === 'if' ? lastName(words, 4) : lastName(words, 2)
}

/** The folded name of the table that a statement creates; null for any other statement. */
export function createdTable(sql: string): string | null {
  const words = wordsOf(sql)
  if (words[0] !== 'create' || words[1] !== 'table') return null
  return words[2] === 'if' ? lastName(words, 5) : lastName(words, 2)
}

/** The folded names of ALTER TABLE … RENAME TO …. */
export function renamedTable(sql: string): { readonly from: string; readonly to: string } | null {
  const words = wordsOf(sql)
  const position = words.indexOf('rename')
  if (words[0] !== 'alter' || words[1] !== 'table' || position === -1 || words[position + 1] !== 'to')
    return null
  return { from: lastName(words, 2), to: words[position + 2] ?? '' }
}

/** The folded name of the index, trigger or view that a statement drops. */
export function droppedObject(sql: string): string | null {
  const words = wordsOf(sql)
  if (words[0] !== 'drop' || words[1] === 'table') return null
  return words[2] === 'if' ? lastName(words, 4) : lastName(words, 2)
}

/** The folded name of the table of which a statement drops or changes a constraint by name; none for any other statement. */
export function alteredConstraints(sql: string): string[] {
  const words = wordsOf(sql)
  if (words[0] !== 'alter' || words[1] !== 'table') return []
  const change = words.slice(words[3] === '.' ? 5 : 3)
  const isChange = change[0] === 'alter' || (change[0] === 'drop' && change[1] === 'constraint')
  return isChange ? [lastName(words, 2)] : []
}

/** The folded names of all that a statement may name whose rows it may change; none where it changes no row that was there. */
export function mayChangeRowsOf(sql: string): readonly string[] {
  const words = wordsOf(sql)
  const [first = '', second = ''] = words
  const isQuiet =
    /^(pragma|begin|commit|end|savepoint|release|select|explain|analyze|reindex)?$/.test(first) ||
    (first === 'create' && !words.includes('select')) ||
    (first === 'create' && /^(view|trigger)$/.test(/^temp/.test(second) ? (words[2] ?? '') : second)) ||
    (first === 'drop' && second !== 'table') ||
    (first === 'alter' && words[words[3] === '.' ? 5 : 3] === 'add')
  return isQuiet ? [] : words
}

/** The table's name without that of its database: `main.note` is `note`. */
function lastName(words: readonly string[], position: number): string {
  return (words[position + 1] === '.' ? words[position + 2] : words[position]) ?? ''
}

/** The words, names and signs of a statement, folded and without quotes. */
export function wordsOf(sql: string): string[] {
  return significantTokens(sql).map((token) => foldName(unquote(token)))
}
