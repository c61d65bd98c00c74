import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { significantTokens, type Token, unquote } from '../sql/tokens.ts'
import { numberOf, textOf } from './rows.ts'

const beforeTable = new Set(['from', 'join', 'update', 'into'])
const afterTables = new Set(
  'where on using group having order limit set select values union except intersect window returning'.split(
    ' ',
  ),
)

/** The cache is cleared when it holds this many statements. */
const cacheSize = 1024

const aliasesOfStatements = new Map<string, ReadonlyMap<string, string>>()

/** The tables of a statement, by folded alias: `q` for t in `FROM t AS q`. */
function findAliases(sql: string): ReadonlyMap<string, string> {
  const known = aliasesOfStatements.get(sql)
  if (known !== undefined) return known
  const aliases = readAliases(sql)
  if (aliasesOfStatements.size >= cacheSize) aliasesOfStatements.clear()
  aliasesOfStatements.set(sql, aliases)
  return aliases
}

function readAliases(sql: string): ReadonlyMap<string, string> {
  const tokens = significantTokens(sql)
  const aliases = new Map<string, string>()
  let isListOfTables = false
  tokens.forEach((token, position) => {
    const word = wordOf(token)
    if (beforeTable.has(word)) isListOfTables = true
    if (afterTables.has(word)) isListOfTables = false
    if (!isListOfTables || !(beforeTable.has(word) || token.text === ',')) return
    const named = readNamedTable(tokens.slice(position + 1, position + 6))
    if (named !== null) aliases.set(foldName(named.alias), named.table)
  })
  return aliases
}

/** `main.t AS q`, where the database and AS are optional. */
function readNamedTable(tokens: readonly Token[]): { readonly table: string; readonly alias: string } | null {
  const position = tokens[1]?.text === '.' ? 2 : 0
  const table = tokens[position]
  const alias = tokens[wordOf(tokens[position + 1]) === 'as' ? position + 2 : position + 1]
  if (!isName(table) || !isName(alias) || afterTables.has(wordOf(alias))) return null
  return { table: unquote(table), alias: unquote(alias) }
}

function isName(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'name'
}

function wordOf(token: Token | undefined): string {
  return token?.kind === 'word' ? foldName(token.text) : ''
}

/** One loop of a query plan: how SQLite finds the rows of one table or subquery. */
export interface PlanStep {
  /** The table, not its alias; a subquery by its alias, or as `(subquery-1)`. */
  readonly table: string
  /** A search finds rows by a key, a scan reads all rows. */
  readonly access: 'search' | 'scan'
  /**
   * The name of the index, including that of a constraint; `rowid` for the rowid; `primary key` for the key of a table
   * WITHOUT ROWID, which is the table itself; or null.
   */
  readonly index: string | null
  /** Whether the index holds everything that is needed, so that the table itself is not read. */
  readonly covering: boolean
  /** Whether SQLite makes an index for this statement alone: https://www.sqlite.org/optoverview.html#autoindex */
  readonly usesTransientIndex: boolean
  /** Whether what the SELECT finds is sorted, grouped or made distinct in a temporary B-tree. */
  readonly usesTempBTree: boolean
}

/** A row of EXPLAIN QUERY PLAN. */
interface PlanRow {
  readonly id: number
  readonly parent: number
  readonly detail: string
}

/** `SEARCH TABLE t AS a USING …` until SQLite 3.35, `SEARCH a USING …` since. */
const loop =
  /^(SEARCH|SCAN) (?:TABLE )?(.+?)(?: AS (.+?))?(?: EXISTS)?(?: VIRTUAL TABLE INDEX .*| USING (.+?))?(?: LEFT-JOIN)?$/
const transientIndex = /^AUTOMATIC (?:PARTIAL )?(?:COVERING )?INDEX/
const namedIndex = /^(COVERING )?INDEX (.+?)(?: \(.*\))?$/
const constantRows = /^SCAN (?:CONSTANT ROW|\d+ CONSTANT ROWS|\d+-ROW VALUES CLAUSE)$/
/** Turso sorts in a sorter of its own. */
const sorts = /^USE (?:TEMP B-TREE|SORTER)\b/
const partOfLoop = /^(?:MULTI-INDEX OR|INDEX \d+)$/

/**
 * How SQLite runs a statement, loop by loop, from EXPLAIN QUERY PLAN (https://www.sqlite.org/eqp.html). Its wording
 * differs between engines; these steps do not. An alias inside a view stays an alias.
 */
export function readQueryPlan(
  connection: Pick<Connection, 'all'>,
  sql: string,
  parameters: readonly SqlValue[] = [],
): PlanStep[] {
  const rows = connection.all(`EXPLAIN QUERY PLAN ${sql}`, parameters).map((row) => ({
    id: numberOf(row, 'id'),
    parent: numberOf(row, 'parent'),
    detail: textOf(row, 'detail'),
  }))
  const aliases = findAliases(sql)
  return rows
    .filter(({ detail }) => loop.test(detail) && !constantRows.test(detail))
    .map((row) => ({ ...readLoop(row.detail, aliases), usesTempBTree: usesTempBTree(rows, row) }))
}

/** A plan in a few words. */
export function renderPlan(steps: readonly PlanStep[]): string {
  const parts = steps.map(
    ({ table, access, index }) => `a ${access} of ${table}${index === null ? '' : ` with ${index}`}`,
  )
  return [...parts, ...(hasSort(steps) ? ['a sort'] : [])].join(', ') || 'no table is read'
}

/** Whether SQLite sorts rows because no index returns them in order. */
export function hasSort(steps: readonly PlanStep[]): boolean {
  return steps.some((step) => step.usesTempBTree)
}

function readLoop(detail: string, aliases: ReadonlyMap<string, string>): Omit<PlanStep, 'usesTempBTree'> {
  const [, verb, shown = '', alias, how = ''] = loop.exec(detail) ?? []
  const [, covering, name] = namedIndex.exec(how) ?? []
  return {
    table: tableOf(shown, alias, aliases),
    access: verb === 'SEARCH' ? 'search' : 'scan',
    index: name ?? keyOf(how),
    covering: covering !== undefined,
    usesTransientIndex: transientIndex.test(how),
  }
}

/** `SUBQUERY 1 AS s` until SQLite 3.38, `s` since; without an alias, `(subquery-1)` since. */
function tableOf(shown: string, alias: string | undefined, aliases: ReadonlyMap<string, string>): string {
  const subquery = /^SUBQUERY (\d+)$/.exec(shown)
  if (subquery !== null) return alias ?? `(subquery-${subquery[1]})`
  const name = shown.replace(/^(?:main|temp)\./, '')
  return aliases.get(foldName(name)) ?? name
}

function keyOf(how: string): string | null {
  if (how.startsWith('INTEGER PRIMARY KEY')) return 'rowid'
  return how.startsWith('PRIMARY KEY') ? 'primary key' : null
}

/** The B-tree is listed beside the loops of its SELECT or, for a UNION, above them. */
function usesTempBTree(rows: readonly PlanRow[], row: PlanRow): boolean {
  const select = rows.find(({ id }) => id === row.parent)
  if (select !== undefined && partOfLoop.test(select.detail)) return usesTempBTree(rows, select)
  const isAbove = select?.detail.endsWith('USING TEMP B-TREE') === true
  return isAbove || rows.some(({ parent, detail }) => parent === row.parent && sorts.test(detail))
}
