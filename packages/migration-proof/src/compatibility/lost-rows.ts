import { betterSqliteConnection, openImage } from '../engines/better-sqlite3.ts'
import type { EngineFile } from '../engines/engine.ts'
import { findTable } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { droppedTable } from '../sql/alterations.ts'
import type { Connection, SqlRow } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import type { Batch, BatchStatement } from './batches.ts'
import { referringTo, runAsMeant } from './safe-rebuild.ts'

/** Rows of a table that went, or lost their parent, although the statement names another table. */
export interface LostRows {
  readonly statement: BatchStatement
  readonly table: string
  readonly rowsBefore: number
  readonly rowsAfter: number
  /** Those that had a parent. */
  readonly boundBefore: number
  readonly boundAfter: number
}

/** A statement that may act on the rows of others, and what counts these. */
interface Watched {
  readonly index: number
  readonly tables: readonly string[]
  readonly count: string
}

/**
 * Finds out which statement of a batch loses rows of which table, by running it with the number of rows asked for before and
 * after each statement that may act on children.
 *
 * @param before the bytes of the database before the batch
 * @param open opens such a database on the engine that takes a transaction only as a whole
 */
export function findLostRows(
  before: Uint8Array,
  { statements, isTransaction }: Batch,
  open: (bytes: Uint8Array) => EngineFile,
): LostRows[] {
  const watched = listWatched(before, statements)
  if (watched.length === 0) return []
  const ran = statements.flatMap(({ sql }, index) => {
    const watch = watched.find((each) => each.index === index)
    return watch === undefined ? [sql] : [watch.count, sql, watch.count]
  })
  using file = open(before)
  const results = file.runBatch?.(ran, isTransaction) ?? []
  return watched.flatMap(({ index, tables }, number) => {
    const statement = statements[index]
    const position = index + 2 * number
    const [first, last] = [results[position]?.[0], results[position + 2]?.[0]]
    if (statement === undefined || first === undefined || last === undefined) return []
    return tables.flatMap((table, column) => {
      const lost = {
        statement,
        table,
        rowsBefore: numberIn(first, `r${column}`),
        rowsAfter: numberIn(last, `r${column}`),
        boundBefore: numberIn(first, `b${column}`),
        boundAfter: numberIn(last, `b${column}`),
      }
      return lost.rowsAfter < lost.rowsBefore || lost.boundAfter < lost.boundBefore ? [lost] : []
    })
  })
}

function numberIn(row: SqlRow, name: string): number {
  return Number(row[name] ?? 0)
}

/** D1 takes a hundred columns. */
const mostWatched = 50

function listWatched(before: Uint8Array, statements: readonly BatchStatement[]): Watched[] {
  const model = betterSqliteConnection(openImage(Buffer.from(before)))
  try {
    return statements.flatMap(({ sql }, index) => {
      const tables = tablesActedOn(model, sql).slice(0, mostWatched)
      const count = countOf(model, tables)
      runAsMeant(model, [sql])
      return tables.length === 0 ? [] : [{ index, tables, count }]
    })
  } finally {
    model.close()
  }
}

function tablesActedOn(model: Connection, sql: string): string[] {
  const parent = droppedTable(sql) ?? changedTable(sql)
  if (parent === null) return []
  return referringTo(model, readSchema(model), parent).map(({ name }) => name)
}

/** The folded name of the table whose rows a statement deletes, replaces, or gives other keys. */
function changedTable(sql: string): string | null {
  const words = significantTokens(sql).map((token) => foldName(unquote(token)))
  const [first = '', second = '', third = ''] = words
  if (first === 'delete' || (first === 'replace' && second === 'into')) return third
  if (first === 'insert' && second === 'or' && third === 'replace') return words[4] ?? null
  if (first === 'update') return second === 'or' ? (words[3] ?? null) : second
  return null
}

function countOf(model: Connection, tables: readonly string[]): string {
  const schema = readSchema(model)
  const counts = tables.flatMap((name, column) => {
    const keys = findTable(schema, name)?.foreignKeys ?? []
    const isBound = keys.map(({ columns }) =>
      columns.map((each) => `${quoteName(each)} IS NOT NULL`).join(' AND '),
    )
    const bound = isBound.map((condition) => `(${condition})`).join(' + ')
    return [
      `(SELECT count(*) FROM ${quoteName(name)}) AS r${column}`,
      `(SELECT total(${bound === '' ? '0' : bound}) FROM ${quoteName(name)}) AS b${column}`,
    ]
  })
  return `SELECT ${counts.join(', ')}`
}
