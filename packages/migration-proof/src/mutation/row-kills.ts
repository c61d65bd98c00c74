import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { parentsFirst, RowGenerator, type UnbrokenConstraint } from '../rows/generate.ts'
import { insertRow, type Row } from '../rows/search.ts'
import { ordinaryTables } from '../snapshots/tables.ts'
import { storedColumns } from '../snapshots/typed-rows.ts'
import type { Connection } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { type SchemaMutant, schemaMutants } from './schema-mutants.ts'

/** How good the rows are that were generated for a schema, judged by INSERT alone. */
export interface RowKills {
  readonly tables: number
  /** Those for which no row was found, and why. */
  readonly empty: readonly { readonly table: string; readonly problem: string | null }[]
  readonly accepted: number
  readonly refused: number
  readonly constraints: number
  /** The constraints that no row was found to break alone, and why there is none, where that is known. */
  readonly unbroken: readonly UnbrokenConstraint[]
  readonly mutants: readonly (SchemaMutant & { readonly isKilled: boolean })[]
  /** User CPU to generate the rows. */
  readonly cpuSeconds: number
}

/** A row, and whether the table accepts it after the rows before it. */
interface Insert {
  readonly table: string
  readonly row: Row
  readonly isAccepted: boolean
}

/**
 * Generates rows for a schema with nothing declared, and tries them on each of its mutants: a mutant is killed where it
 * accepts a row that the schema refuses, or refuses one that it accepts. Rows of tables that refer to each other, of which
 * none can be inserted alone, are left out.
 *
 * @param sql the statements that create the schema
 * @throws {Error} of SQLite, when it refuses them
 */
export function judgeRows(sql: string): RowKills {
  const before = process.cpuUsage()
  const connection = open(sql)
  const generator = new RowGenerator(connection)
  try {
    const tables = parentsFirst(connection, ordinaryTables(connection))
    for (const table of tables) generator.cover(table)
    const found = generator.refuse(tables)
    const cpuSeconds = process.cpuUsage(before).user / 1_000_000
    const accepted = inOrder(
      sql,
      tables.flatMap((table) => readRows(connection, table)),
    )
    const refused = found.flatMap(({ table, refused: rows }) =>
      rows.map(({ row, inEmptyTable }) => ({ table, row, isAccepted: false, inEmptyTable })),
    )
    const inserts = [
      ...accepted.flatMap((insert, position) => {
        const isFirst = accepted.findIndex(({ table }) => table === insert.table) === position
        const early = refused.filter((row) => row.inEmptyTable && row.table === insert.table)
        return isFirst ? [...early, insert] : [insert]
      }),
      ...refused.filter((row) => !row.inEmptyTable),
    ]
    return {
      tables: tables.length,
      empty: tables
        .filter((table) => accepted.every((insert) => insert.table !== table))
        .map((table) => ({ table, problem: generator.problemOf(table) })),
      accepted: accepted.length,
      refused: refused.length,
      constraints: found.reduce((sum, { constraints }) => sum + constraints.length, 0),
      unbroken: found.flatMap(({ unbroken }) => unbroken),
      mutants: schemaMutants(sql).map((mutant) => ({
        ...mutant,
        isKilled: !behavesAlike(mutant.sql, inserts),
      })),
      cpuSeconds,
    }
  } finally {
    generator.close()
    connection.close()
  }
}

function readRows(connection: Connection, table: string): Insert[] {
  const columns = storedColumns(connection, table).map(quoteName).join(', ')
  const rows = connection.all(`SELECT ${columns} FROM main.${quoteName(table)}`)
  return rows.map((row) => ({ table, row: new Map(Object.entries(row)), isAccepted: true }))
}

/** The rows that can be inserted one by one, in an order in which they can: a row may refer to one of its own table. */
function inOrder(sql: string, rows: readonly Insert[]): Insert[] {
  const connection = open(sql)
  const ordered: Insert[] = []
  let left = rows
  for (let before = -1; before !== ordered.length; ) {
    before = ordered.length
    left = left.filter((insert) => {
      if (!isAccepted(connection, insert)) return true
      ordered.push(insert)
      return false
    })
  }
  connection.close()
  return ordered
}

function behavesAlike(sql: string, inserts: readonly Insert[]): boolean {
  const connection = open(sql)
  try {
    return inserts.every((insert) => isAccepted(connection, insert) === insert.isAccepted)
  } finally {
    connection.close()
  }
}

function open(sql: string): Connection {
  const connection = betterSqliteConnection(openMemory())
  connection.exec('PRAGMA foreign_keys = ON')
  connection.exec(sql)
  return connection
}

function isAccepted(connection: Connection, { table, row }: Insert): boolean {
  try {
    insertRow(connection, table, row)
    return true
  } catch {
    return false
  }
}
