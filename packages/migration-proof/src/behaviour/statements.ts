import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import type { TableModel } from './table-model.ts'

export type InsertVerb = 'INSERT' | 'INSERT OR REPLACE' | 'INSERT OR IGNORE'

/** A place on the way to a statement: what it does, the table, and one column after the other. */
interface Place {
  sql?: string
  readonly next: Map<string, Place>
}

const start: Place = { next: new Map() }

/**
 * Statements by what they are made of: writing them anew costs as much as running them, and to put the parts together
 * for a key costs a third of that.
 */
function writeOnce(parts: readonly string[], write: () => string): string {
  let place = start
  for (const part of parts) place = step(place, part)
  place.sql ??= write()
  return place.sql
}

function step({ next }: Place, part: string): Place {
  const known = next.get(part)
  if (known !== undefined) return known
  const place: Place = { next: new Map() }
  next.set(part, place)
  return place
}

/** Inserts a row; columns that it leaves out take their default. */
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

/** How many rows each table holds, asked in one statement. */
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

/** How many rows the last statement changed by itself; what cascades changed does not count. */
export function countChanges(connection: Connection): number {
  return Number(connection.all('SELECT changes() AS changes')[0]?.changes)
}

/** Deletes every row, the children before their parents, and forgets the numbers that were given. */
export function emptyTables(connection: Connection, models: readonly TableModel[]): void {
  for (const { name } of [...models].reverse())
    connection.all(writeOnce(['DELETE', name], () => `DELETE FROM ${quoteName(name)}`))
  if (models.some(({ rowNumbers }) => rowNumbers === 'never reused')) {
    connection.all('DELETE FROM sqlite_sequence')
  }
}
