import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { openSnapshot, type SnapshotDeclaration } from 'migration-proof'
import suite from '../../../src/suite/index.ts'

export type Value = null | bigint | number | string | Uint8Array

/** A snapshot that has rows, and the version that it says. */
export type Fixture = Pick<SnapshotDeclaration, 'name' | 'version'>

/** Every snapshot that has rows, oldest first. */
export const fixtures: readonly Fixture[] = suite.snapshots.filter(({ form }) => form !== 'empty')

const readFixture = (folder: 'schemas' | 'rows', name: string): string =>
  readFileSync(new URL(`../../../fixtures/${folder}/${name}.sql`, import.meta.url), 'utf8')

export const readRowsText = (name: string): string => readFixture('rows', name)

/** Those whose rows are written out, and not only added to those of another one: what was read once is not read again. */
export const writtenOut: readonly Fixture[] = fixtures.filter(
  ({ name }) => !/^-- base: /m.test(readRowsText(name)),
)

export interface Column {
  readonly table: string
  readonly column: string
  readonly declared: string
}

export interface Cell extends Column {
  readonly value: Value
}

/** A fixture in memory, with questions that the tests ask of it. */
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

/** Opens a copy of the snapshot that is frozen: `freeze --check` proves that its text says the same. */
export const openFixture = (name: string): FixtureDatabase =>
  ask(openSnapshot(suite.fixtures, name, { on: 'memory' }).database)

/** Builds the tables of the fixture and leaves them empty. */
export const openEmptyFixture = (name: string): FixtureDatabase => {
  const database = new Database(':memory:')
  database.exec(readFixture('schemas', name))
  return ask(database)
}

function ask(db: Database.Database): FixtureDatabase {
  db.defaultSafeIntegers(true)
  db.pragma('foreign_keys = ON')
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
