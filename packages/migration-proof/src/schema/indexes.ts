import type { SqlRow } from '../sql/connection.ts'
import { foldName, foldUpper } from '../sql/names.ts'
import { joinTokens } from '../sql/normalise.ts'
import { splitAtCommas, TokenReader, UnknownSyntaxError } from '../sql/reader.ts'
import type { Token } from '../sql/tokens.ts'
import type { KeyDefinition } from './definition.ts'
import { tokensAfterName } from './definition.ts'
import { normaliseExpression } from './expression.ts'
import type { Index, IndexColumn } from './model.ts'
import { groupBy, numberOf, textOf, textOrNull } from './rows.ts'

const origins = { c: 'CREATE INDEX', u: 'UNIQUE', pk: 'PRIMARY KEY' } as const satisfies Record<
  string,
  Index['origin']
>

/** What is known of the table whose indexes are read. */
export interface IndexedTable {
  readonly name: string
  /** Folded. */
  readonly columnNames: ReadonlySet<string>
  readonly keys: readonly KeyDefinition[]
}

/** What only CREATE INDEX contains, and pragmas do not report. */
interface IndexDefinition {
  /** One per column: its expression, or its name. */
  readonly expressions: readonly string[]
  readonly where: string | null
}

/**
 * The indexes of one table, oldest first.
 *
 * @param rows of `pragma_index_list` joined with `pragma_index_xinfo`
 * @param sqlOf the SQL of an index by its name; undefined for an automatic one
 */
export function readIndexes(
  table: IndexedTable,
  rows: readonly SqlRow[],
  sqlOf: ReadonlyMap<string, string>,
): Index[] {
  const groups = [...groupBy(rows, 'index_name')]
  return groups.map(([name, columns]) => readIndex(table, name, columns, sqlOf.get(name))).reverse()
}

function readIndex(
  table: IndexedTable,
  name: string,
  rows: readonly SqlRow[],
  sql: string | undefined,
): Index {
  const [first] = rows
  if (first === undefined) throw new TypeError(`Index ${name}: expected at least one column, found none.`)
  const tokens = sql === undefined ? [] : tokensAfterName(sql, 'index')
  const definition =
    sql === undefined ? { expressions: [], where: null } : tryDefinition(tokens, table.columnNames)
  const columns = rows
    .filter((row) => numberOf(row, 'key') === 1)
    .map((row, position) => readIndexColumn(row, definition?.expressions[position] ?? null))
  const keys = sql === undefined ? keysOf(table.keys, originOf(first), columns) : []
  return {
    name,
    table: table.name,
    origin: originOf(first),
    unique: numberOf(first, 'is_unique') === 1,
    columns,
    where: definition?.where ?? null,
    constraintNames: keys.flatMap((key) => key.name ?? []),
    conflict: keys.find(({ conflict }) => conflict !== null)?.conflict ?? null,
    definition: joinTokens(tokens),
    isParsed: definition !== null,
  }
}

function originOf(row: SqlRow): Index['origin'] {
  const origin = textOf(row, 'origin')
  return origin === 'u' || origin === 'pk' ? origins[origin] : origins.c
}

function readIndexColumn(row: SqlRow, expression: string | null): IndexColumn {
  const column = textOrNull(row, 'name')
  return {
    column,
    expression: column === null ? expression : null,
    descending: numberOf(row, 'desc') === 1,
    collation: foldUpper(textOf(row, 'coll')),
  }
}

/** SQLite makes one index for all constraints over the same columns, that of the primary key if it is among them. */
function keysOf(
  keys: readonly KeyDefinition[],
  origin: Index['origin'],
  columns: readonly IndexColumn[],
): KeyDefinition[] {
  const names = columns.map(({ column }) => foldName(column ?? '')).join()
  return keys.filter((key) => key.columns.join() === names && !(key.isPrimary && origin === 'UNIQUE'))
}

/** Null if the SQL could not be parsed. */
function tryDefinition(tokens: readonly Token[], columnNames: ReadonlySet<string>): IndexDefinition | null {
  try {
    return readIndexDefinition(new TokenReader(tokens), columnNames)
  } catch (error) {
    if (error instanceof UnknownSyntaxError) return null
    throw error
  }
}

/** `ON table (expression [ASC | DESC], …) [WHERE …]`: https://www.sqlite.org/lang_createindex.html */
function readIndexDefinition(reader: TokenReader, columnNames: ReadonlySet<string>): IndexDefinition {
  reader.expectWords('on')
  reader.readName()
  const expressions = splitAtCommas(reader.readEnclosed()).map((part) =>
    normaliseExpression(withoutOrder(part), columnNames),
  )
  if (reader.isAtEnd) return { expressions, where: null }
  reader.expectWords('where')
  return { expressions, where: normaliseExpression(reader.readRest(), columnNames) }
}

function withoutOrder(part: readonly Token[]): readonly Token[] {
  const last = part.at(-1)
  const isOrder = last?.kind === 'word' && /^(?:asc|desc)$/i.test(last.text)
  return isOrder ? part.slice(0, -1) : part
}
