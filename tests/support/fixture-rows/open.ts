import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'

export type Value = null | bigint | number | string | Uint8Array

/** The snapshots whose rows are kept as text, oldest first. `version` is what their schema_version says. */
export const fixtures = [
  { name: 'v0-first-release', version: 0 },
  { name: 'v0-unversioned', version: 0 },
  { name: 'v1', version: 1 },
  { name: 'v2', version: 2 },
  { name: 'v3', version: 3 },
  { name: 'v4', version: 4 },
  { name: 'v5', version: 5 },
] as const

export type FixtureName = (typeof fixtures)[number]['name']

const readFixture = (folder: 'schemas' | 'rows', name: FixtureName): string =>
  readFileSync(new URL(`../../../fixtures/${folder}/${name}.sql`, import.meta.url), 'utf8')

export const readRowsText = (name: FixtureName): string => readFixture('rows', name)

export interface Column {
  readonly table: string
  readonly column: string
  readonly declared: string
}

export interface Cell extends Column {
  readonly value: Value
}

/** A fixture built in memory from its golden schema and its rows, with questions that the tests ask of it. */
export interface FixtureDatabase {
  rows(sql: string): Record<string, Value>[]
  /** Whether the one number that the query gives is above zero. */
  holds(sql: string): boolean
  /** The first column of all rows. */
  list(sql: string): Value[]
  readonly tables: readonly string[]
  readonly columns: readonly Column[]
  readonly cells: readonly Cell[]
}

/** Builds the fixture. Foreign keys are enforced while the rows go in. */
export const openFixture = (name: FixtureName): FixtureDatabase => build(name, readRowsText(name))

/** Builds the tables of the fixture and leaves them empty. */
export const openEmptyFixture = (name: FixtureName): FixtureDatabase => build(name, '')

function build(name: FixtureName, rowsText: string): FixtureDatabase {
  const db = new Database(':memory:')
  db.defaultSafeIntegers(true)
  db.pragma('foreign_keys = ON')
  db.exec(readFixture('schemas', name))
  db.exec(rowsText)

  const rows = (sql: string) => db.prepare<[], Record<string, Value>>(sql).all()
  const list = (sql: string) => db.prepare<[], Value>(sql).pluck().all()
  const tables = list("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").map(
    String,
  )
  const columns = tables.flatMap((table) =>
    rows(`SELECT name, type FROM pragma_table_info('${table}')`).map((column) => ({
      table,
      column: String(column.name),
      declared: String(column.type),
    })),
  )
  const cells = columns.flatMap((column) =>
    list(`SELECT "${column.column}" FROM "${column.table}"`).map((value) => ({ ...column, value })),
  )
  const holds = (sql: string) => {
    const [count] = list(sql)
    return typeof count === 'bigint' && count > 0n
  }
  return { rows, list, holds, tables, columns, cells }
}

/** Text, whether it is stored as TEXT or, as a script of long ago did, as a BLOB. */
export const textOf = (value: Value | undefined): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value)
