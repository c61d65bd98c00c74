import { DiagnosedError, errorMessage } from '../errors.ts'
import { createStatements } from '../schema/create.ts'
import { findTable, type Schema } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { type Constraint, writableColumns } from './constraints.ts'
import { parentsFirst, RowGenerator, type UnbrokenConstraint } from './generate.ts'
import { codeOf, insertRow, type Row } from './search.ts'

/** One INSERT after those before it, and what the schema says of it. */
export interface Trial {
  readonly table: string
  readonly row: Row
  /** The constraint that refuses it, and nothing else does; null for a row that is accepted. */
  readonly constraint: Constraint | null
  /** The extended result code of the refusal; null for a row that is accepted. */
  readonly code: string | null
  /** Whether it stays: the trials after it may need it, as a parent or as the row that has the same key. */
  readonly isKept: boolean
}

/** What was found for a schema. */
export interface RowTrials {
  /** Parents first. */
  readonly tables: readonly string[]
  /** In the order in which they are made, in a database without rows. */
  readonly trials: readonly Trial[]
  /** The tables for which no row was found, and why. */
  readonly empty: readonly { readonly table: string; readonly problem: string | null }[]
  /** How many constraints a row can break. */
  readonly constraints: number
  /** The constraints that no row was found to break alone, and why there is none, where that is known. */
  readonly unbroken: readonly UnbrokenConstraint[]
}

/**
 * Finds the INSERTs that show what a schema accepts and what it refuses, with nothing declared. Rows of tables that refer
 * to each other, of which none can be inserted alone, are left out.
 *
 * @param empty opens an empty database
 */
export function findTrials(schema: Schema, empty: () => Connection): RowTrials {
  const create = () => createDatabase(schema, empty())
  const connection = create()
  const generator = new RowGenerator(connection, schema)
  try {
    const tables = parentsFirst(connection, ordinaryTablesOf(schema))
    for (const table of tables) generator.cover(table)
    const found = generator.refuse(tables)
    const refusals = (table: string, isEarly: boolean) =>
      found
        .flatMap((one) => (one.table === table ? one.refused : []))
        .filter(({ inEmptyTable }) => inEmptyTable === isEarly)
        .map(({ row, constraint, code }) => ({ table, row, constraint, code, isKept: false }))
    const accepted = (table: string, rows: readonly Row[], isKept: boolean) =>
      rows.map((row) => ({ table, row, constraint: null, code: null, isKept }))
    const kept = orderKept(
      create,
      tables.flatMap((table) => accepted(table, readRows(connection, schema, table), true)),
    )
    const planned = [
      ...kept.flatMap((trial, position): readonly Trial[] => {
        const { table } = trial
        const isFirst = kept.findIndex((other) => other.table === table) === position
        // What is tried in a table without rows comes before them.
        return isFirst
          ? [...refusals(table, true), ...accepted(table, generator.alternativesOf(table), false), trial]
          : [trial]
      }),
      ...tables.flatMap((table) => refusals(table, false)),
    ]
    const trials = confirmed(create, planned)
    return {
      tables,
      trials,
      empty: tables
        .filter((table) => !trials.some((trial) => trial.isKept && trial.table === table))
        .map((table) => ({ table, problem: generator.problemOf(table) })),
      constraints: found.reduce((sum, { constraints }) => sum + constraints.length, 0),
      unbroken: found.flatMap(({ unbroken }) => unbroken),
    }
  } finally {
    generator.close()
    connection.close()
  }
}

/**
 * Makes a trial.
 *
 * @returns the extended result code with which the row was refused; null where it was accepted
 */
export function tryRow(connection: Connection, { table, row, isKept }: Trial): string | null {
  connection.exec('SAVEPOINT row_trial')
  try {
    insertRow(connection, table, row)
    // A deferred foreign key refuses no row before the end of a transaction.
    if (!isKept && connection.all(`PRAGMA foreign_key_check(${quoteName(table)})`).length > 0)
      return 'SQLITE_CONSTRAINT_FOREIGNKEY'
    if (isKept) connection.exec('RELEASE row_trial')
    return null
  } catch (error) {
    const code = codeOf(error)
    if (code === null) throw error
    return code
  } finally {
    // RAISE(ROLLBACK) ends the transaction.
    if (connection.inTransaction) connection.exec('ROLLBACK TO row_trial; RELEASE row_trial')
  }
}

function ordinaryTablesOf({ tables }: Schema): string[] {
  return [...tables.values()].filter(({ module }) => module === null).map(({ name }) => name)
}

/**
 * Creates a schema in an empty database, in which foreign keys are then on.
 *
 * @throws {DiagnosedError} when this engine cannot create it
 */
export function createDatabase(schema: Schema, empty: Connection): Connection {
  empty.exec('PRAGMA foreign_keys = ON')
  for (const statement of createStatements(schema)) {
    try {
      empty.exec(statement)
    } catch (cause) {
      const diagnosis = {
        where: `The statement ${statement.split('(', 1)[0]?.trim()} …`,
        expected: 'a schema that this engine can create',
        actual: `the error '${errorMessage(cause)}'`,
        fix: 'use an engine with the modules and functions that the schema names',
      }
      throw new DiagnosedError(diagnosis, { cause })
    }
  }
  return empty
}

function readRows(connection: Connection, schema: Schema, name: string): Row[] {
  const table = findTable(schema, name)
  const columns = table === undefined ? [] : writableColumns(table)
  const list = columns.map((column, position) => `${quoteName(column.name)} AS v${position}`)
  const rows = connection.all(`SELECT ${list.join(', ')} FROM main.${quoteName(name)}`)
  return rows.map(
    (row) => new Map(columns.map((column, position) => [column.name, row[`v${position}`] ?? null])),
  )
}

/** The rows that can be inserted one by one, in an order in which they can: a row may refer to one of its own table. */
function orderKept(create: () => Connection, trials: readonly Trial[]): readonly Trial[] {
  const connection = create()
  const ordered: Trial[] = []
  let left = trials
  for (let before = -1; before !== ordered.length; ) {
    before = ordered.length
    left = left.filter((trial) => {
      if (tryRow(connection, trial) !== null) return true
      ordered.push(trial)
      return false
    })
  }
  connection.close()
  return ordered
}

/** The trials that end as they say in the schema that they were found for. */
function confirmed(create: () => Connection, trials: readonly Trial[]): readonly Trial[] {
  const connection = create()
  const found = trials.filter((trial) => tryRow(connection, trial) === trial.code)
  connection.close()
  return found
}
