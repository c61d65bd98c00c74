import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import type { TableModel } from './table-model.ts'

export type InsertVerb = 'INSERT' | 'INSERT OR REPLACE' | 'INSERT OR IGNORE'

/** A node of a trie of statements: the path to it is the verb, the table, and its columns in order. */
interface TrieNode {
  sql?: string
  readonly next: Map<string, TrieNode>
}

const root: TrieNode = { next: new Map() }

/**
 * Caches the text of statements by their components: rebuilding the text costs as much as running the statement, and
 * joining the components into a cache key would cost a third of that.
 */
function writeOnce(parts: readonly string[], write: () => string): string {
  let node = root
  for (const part of parts) node = childOf(node, part)
  node.sql ??= write()
  return node.sql
}

function childOf({ next }: TrieNode, part: string): TrieNode {
  const known = next.get(part)
  if (known !== undefined) return known
  const child: TrieNode = { next: new Map() }
  next.set(part, child)
  return child
}

/** Inserts a row; columns that it omits get their default. */
export function insertRow(
  connection: Connection,
  table: string,
  row: SqlRow,
  verb: InsertVerb = 'INSERT',
): void {
  const names = Object.keys(row)
  const sql = writeOnce([verb, table, ...names], () => writeInsert(verb, table, names))
  connection.all(sql, Object.values(row))
}

function writeInsert(verb: InsertVerb, table: string, names: readonly string[]): string {
  if (names.length === 0) return `${verb} INTO ${quoteName(table)} DEFAULT VALUES`
  const columns = names.map(quoteName).join(', ')
  return `${verb} INTO ${quoteName(table)} (${columns}) VALUES (${names.map(() => '?').join(', ')})`
}

export function insertRows(connection: Connection, table: string, rows: readonly SqlRow[]): void {
  for (const row of rows) insertRow(connection, table, row)
}

/** Every row of a table. */
export function readRows(connection: Connection, table: string): SqlRow[] {
  return connection.all(writeOnce(['SELECT', table], () => `SELECT * FROM ${quoteName(table)}`))
}

/** How many rows each table holds, read with one statement. */
export function countRows(connection: Connection, tables: readonly string[]): ReadonlyMap<string, number> {
  const sql = writeOnce(['count', ...tables], () => {
    const counts = tables.map((name) => `(SELECT count(*) FROM ${quoteName(name)}) AS ${quoteName(name)}`)
    return `SELECT ${counts.join(', ')}`
  })
  const [row = {}] = connection.all(sql)
  return new Map(tables.map((name) => [name, Number(row[name])]))
}

/** `"a" = ? AND "b" = ?` */
export function matchColumns(names: readonly string[], separator = ' AND '): string {
  return names.map((name) => `${quoteName(name)} = ?`).join(separator)
}

/** The values of some columns of a row, in order. */
export function valuesOf(row: SqlRow, names: readonly string[]): SqlValue[] {
  return names.map((name) => row[name] ?? null)
}

/** Some columns of a row. */
export function pick(row: SqlRow, names: readonly string[]): SqlRow {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
}

/** How many rows the last statement changed, cascades aside. */
export function countChanges(connection: Connection): number {
  return Number(connection.all('SELECT changes() AS changes')[0]?.changes)
}

/** Deletes every row, children before their parents, and resets the AUTOINCREMENT numbers. */
export function emptyTables(connection: Connection, models: readonly TableModel[]): void {
  for (const { name } of [...models].reverse())
    connection.all(writeOnce(['DELETE', name], () => `DELETE FROM ${quoteName(name)}`))
  if (models.some(({ rowNumbers }) => rowNumbers === 'never reused')) {
    connection.all('DELETE FROM sqlite_sequence')
  }
}
