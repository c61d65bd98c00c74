import { foldName } from '../sql/names.ts'
import { significantTokens, type Token, unquote } from '../sql/tokens.ts'

const beforeTable = new Set(['from', 'join', 'update', 'into'])
const afterTables = new Set(
  'where on using group having order limit set select values union except intersect window returning'.split(
    ' ',
  ),
)

/** So many statements are remembered; then all are forgotten. */
const rememberedStatements = 1024

const aliasesOfStatements = new Map<string, ReadonlyMap<string, string>>()

/** The tables of a statement by the alias that it gives them, folded: `q` for t in `FROM t AS q`. */
export function findAliases(sql: string): ReadonlyMap<string, string> {
  const known = aliasesOfStatements.get(sql)
  if (known !== undefined) return known
  const aliases = readAliases(sql)
  if (aliasesOfStatements.size >= rememberedStatements) aliasesOfStatements.clear()
  aliasesOfStatements.set(sql, aliases)
  return aliases
}

function readAliases(sql: string): ReadonlyMap<string, string> {
  const tokens = significantTokens(sql)
  const aliases = new Map<string, string>()
  let isListOfTables = false
  tokens.forEach((token, place) => {
    const word = wordOf(token)
    if (beforeTable.has(word)) isListOfTables = true
    if (afterTables.has(word)) isListOfTables = false
    if (!isListOfTables || !(beforeTable.has(word) || token.text === ',')) return
    const named = readNamedTable(tokens.slice(place + 1, place + 6))
    if (named !== null) aliases.set(foldName(named.alias), named.table)
  })
  return aliases
}

/** `main.t AS q`, where the database and AS may be left out. */
function readNamedTable(tokens: readonly Token[]): { readonly table: string; readonly alias: string } | null {
  const place = tokens[1]?.text === '.' ? 2 : 0
  const table = tokens[place]
  const alias = tokens[wordOf(tokens[place + 1]) === 'as' ? place + 2 : place + 1]
  if (!isName(table) || !isName(alias) || afterTables.has(wordOf(alias))) return null
  return { table: unquote(table), alias: unquote(alias) }
}

function isName(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'name'
}

function wordOf(token: Token | undefined): string {
  return token?.kind === 'word' ? foldName(token.text) : ''
}
