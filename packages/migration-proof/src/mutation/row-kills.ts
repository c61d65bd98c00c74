import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import type { UnbrokenConstraint } from '../rows/generate.ts'
import { findTrials, type Trial, tryRow } from '../rows/trials.ts'
import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection } from '../sql/connection.ts'
import { type SchemaMutant, schemaMutants, unknownStatements } from './schema-mutants.ts'

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
  /** The statements that have no mutants, as the parser does not know them. */
  readonly unknown: readonly string[]
  readonly mutants: readonly (SchemaMutant & { readonly isKilled: boolean })[]
  /** User CPU to generate the rows. */
  readonly cpuSeconds: number
}

/**
 * Generates rows for a schema with nothing declared, and tries them on each of its mutants: a mutant is killed where it
 * accepts a row that the schema refuses, or refuses one that it accepts.
 *
 * @param sql the statements that create the schema
 * @throws {Error} of SQLite, when it refuses them
 */
export function judgeRows(sql: string): RowKills {
  const before = process.cpuUsage()
  const schema = readIn(sql)
  const { tables, trials, empty, constraints, unbroken } = findTrials(schema, () => open(''))
  const cpuSeconds = process.cpuUsage(before).user / 1_000_000
  return {
    tables: tables.length,
    empty,
    accepted: trials.filter(({ code }) => code === null).length,
    refused: trials.filter(({ code }) => code !== null).length,
    constraints,
    unbroken,
    unknown: unknownStatements(sql),
    mutants: schemaMutants(sql).map((mutant) => ({ ...mutant, isKilled: !behavesAlike(mutant.sql, trials) })),
    cpuSeconds,
  }
}

/** Only whether a row is accepted counts, as in what was published. */
function behavesAlike(sql: string, trials: readonly Trial[]): boolean {
  const connection = open(sql)
  try {
    return trials.every((trial) => (tryRow(connection, trial) === null) === (trial.code === null))
  } finally {
    connection.close()
  }
}

function readIn(sql: string): Schema {
  const connection = open(sql)
  try {
    return readSchema(connection)
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
