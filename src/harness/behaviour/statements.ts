import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import type { TableModel } from './table-model.ts'

export type InsertVerb = 'INSERT' | 'INSERT OR REPLACE' | 'INSERT OR IGNORE'

/** Statements by what they are made of: writing them anew costs as much as running them. */
const written = new Map<string, string>()

function writeOnce(parts: string, write: () => string): string {
  const known = written.get(parts)
  if (known !== undefined) return known
  const sql = write()
  written.set(parts, sql)
  return sql
}

/** Inserts a row; columns that it leaves out take their default. */
export function insertRow(
  connection: Connection,
  table: string,
  row: SqlRow,
  verb: InsertVerb = 'INSERT',
): void {
  let place = step(step(inserts, verb), table)
  for (const name in row) place = step(place, name)
  place.sql ??= writeInsert(verb, table, Object.keys(row))
  connection.all(place.sql, Object.values(row))
}

/** A place on the way to a statement: verb, table, and one column after the other. */
interface Place {
  sql?: string
  readonly next: Map<string, Place>
}

/** For each row, to go this way takes less than to put the names together. */
const inserts: Place = { next: new Map() }

function step({ next }: Place, name: string): Place {
  const known = next.get(name)
  if (known !== undefined) return known
  const place: Place = { next: new Map() }
  next.set(name, place)
  return place
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
  return connection.all(writeOnce(`SELECT\u0000${table}`, () => `SELECT * FROM ${quoteName(table)}`))
}

/** How many rows each table holds, asked in one statement. */
export function countRows(connection: Connection, tables: readonly string[]): ReadonlyMap<string, number> {
  const sql = writeOnce(`count\u0000${tables.join('\u0000')}`, () => {
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

/** How many rows the last statement changed by itself; what cascades changed does not count. */
export function countChanges(connection: Connection): number {
  return Number(connection.all('SELECT changes() AS changes')[0]?.changes)
}

/** Deletes every row, the children before their parents, and forgets the numbers that were given. */
export function emptyTables(connection: Connection, models: readonly TableModel[]): void {
  let statements = emptying.get(models)
  if (statements === undefined) {
    statements = writeEmptying(models)
    emptying.set(models, statements)
  }
  for (const sql of statements) connection.all(sql)
}

const emptying = new WeakMap<readonly TableModel[], readonly string[]>()

function writeEmptying(models: readonly TableModel[]): string[] {
  const deletions = models.map(({ name }) => `DELETE FROM ${quoteName(name)}`).reverse()
  const hasNumbers = models.some(({ rowNumbers }) => rowNumbers === 'never reused')
  return hasNumbers ? [...deletions, 'DELETE FROM sqlite_sequence'] : deletions
}
