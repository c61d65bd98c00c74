import { DiagnosedError, errorMessage } from '../errors.ts'
import { createStatements } from '../schema/create.ts'
import { findTable, type Schema } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { type Constraint, spelled, writableColumns } from './constraints.ts'
import { type Beside, parentsFirst, RowGenerator, type UnbrokenConstraint } from './generate.ts'
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
  /** Whether a row that it refers to comes after it, so that foreign keys are checked after that one. */
  readonly isBeforeParent: boolean
}

/** A table for which no row was found, and why. */
export interface TableWithoutRows {
  readonly table: string
  /** The constraints that were not met, and values that were tried, or what SQLite answered. */
  readonly problem: string
}

/** What was found for a schema. */
export interface RowTrials {
  /** Parents first. */
  readonly tables: readonly string[]
  /** In the order in which they are made, in a database without rows. */
  readonly trials: readonly Trial[]
  /** The tables for which no row was found, and why. */
  readonly empty: readonly TableWithoutRows[]
  /** How many constraints a row can break. */
  readonly constraints: number
  /** The constraints that no row was found to break alone, and why there is none, where that is known. */
  readonly unbroken: readonly UnbrokenConstraint[]
}

/**
 * Finds the INSERTs that show what a schema accepts and what it refuses, with nothing declared. Rows that refer to each
 * other, of which none can be inserted alone, come one after the other.
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
    const refusals = (table: string, beside: Beside) =>
      found
        .flatMap((one) => (one.table === table ? one.refused : []))
        .filter((one) => one.beside === beside)
        .map(({ row, constraint, code }) => ({ ...keptRow(table, row), constraint, code, isKept: false }))
    const kept = orderKept(
      schema,
      create,
      tables.flatMap((table) => readRows(connection, schema, table).map((row) => keptRow(table, row))),
    )
    const planned = [
      ...tables.flatMap((table) => refusals(table, 'empty database')),
      ...groupsOf(kept).flatMap((group, position, groups) => {
        const before = groups.slice(0, position).flat()
        const begun = [...new Set(group.map(({ table }) => table))].filter((table) =>
          before.every((trial) => trial.table !== table),
        )
        // What is tried in a table without rows comes before them, and after the first one what is tried beside it alone.
        const tried = (beside: Beside) =>
          begun.flatMap((table) => [
            ...refusals(table, beside),
            ...generator
              .alternativesOf(table, beside)
              .map((row) => ({ ...keptRow(table, row), isKept: false })),
          ])
        return [...tried('none'), ...group, ...tried('first')]
      }),
      ...tables.flatMap((table) => refusals(table, 'all')),
    ]
    const trials = confirmed(create, planned)
    return {
      tables,
      trials,
      empty: tables
        .filter((table) => !trials.some((trial) => trial.isKept && trial.table === table))
        .map((table) => ({
          table,
          problem: generator.problemOf(table) ?? 'its rows were refused after those of other tables',
        })),
      constraints: found.reduce((sum, { constraints }) => sum + constraints.length, 0),
      unbroken: found.flatMap(({ unbroken }) => unbroken),
    }
  } finally {
    generator.close()
    connection.close()
  }
}

function keptRow(table: string, row: Row): Trial {
  return { table, row, constraint: null, code: null, isKept: true, isBeforeParent: false }
}

/** Each row with those that must be inserted together with it. */
function groupsOf(trials: readonly Trial[]): readonly (readonly Trial[])[] {
  const groups: Trial[][] = []
  let isOpen = false
  for (const trial of trials) {
    if (isOpen) groups.at(-1)?.push(trial)
    else groups.push([trial])
    isOpen = trial.isBeforeParent
  }
  return groups
}

/**
 * Makes a trial. Rows that refer to each other share a transaction, which ends with the last of them.
 *
 * @returns the extended result code with which the row was refused; null where it was accepted
 */
export function tryRow(connection: Connection, { table, row, isKept, isBeforeParent }: Trial): string | null {
  if (isBeforeParent && !connection.inTransaction) connection.exec('BEGIN; PRAGMA defer_foreign_keys = ON')
  const isOfGroup = connection.inTransaction
  connection.exec('SAVEPOINT row_trial')
  const { stackTraceLimit } = Error
  try {
    // Most rows are refused: to write down where takes longer than to try them.
    Error.stackTraceLimit = 0
    insertRow(connection, table, row)
    // A deferred foreign key refuses no row before the end of a transaction.
    if (!isKept && connection.all(`PRAGMA foreign_key_check(${quoteName(table)})`).length > 0)
      return 'SQLITE_CONSTRAINT_FOREIGNKEY'
    if (isKept) connection.exec('RELEASE row_trial')
    if (isOfGroup && !isBeforeParent) connection.exec('COMMIT')
    return null
  } catch (error) {
    const code = codeOf(error)
    if (code === null) throw error
    return code
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    // RAISE(ROLLBACK) ends the transaction; a COMMIT that is refused does not.
    if (connection.inTransaction && !isBeforeParent) {
      connection.exec(isOfGroup ? 'ROLLBACK' : 'ROLLBACK TO row_trial; RELEASE row_trial')
    }
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

/** The rows in an order in which they can be inserted: a row may refer to one of its own table, and rows to each other. */
function orderKept(schema: Schema, create: () => Connection, trials: readonly Trial[]): readonly Trial[] {
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
    if (before !== ordered.length) continue
    const group = left
      .map((trial) => withParents(schema, trial, left))
      .find((one) => insertsAll(connection, one))
    ordered.push(...(group ?? []))
    left = left.filter((trial) => group?.every(({ row }) => row !== trial.row) !== false)
  }
  connection.close()
  return ordered
}

/** A row with those that it refers to, and which are not there, directly or through others. */
function withParents(schema: Schema, trial: Trial, left: readonly Trial[]): readonly Trial[] {
  const group = [trial]
  // Grows while it is read.
  for (const { table, row } of group) {
    for (const { parent, columns, parentColumns } of findTable(schema, table)?.foreignKeys ?? []) {
      const key = columns.map((column) => row.get(column) ?? null)
      const target = findTable(schema, parent)
      if (target === undefined || key.includes(null)) continue
      const isParent = (other: Trial) =>
        other.table === target.name &&
        parentColumns.every((column, position) => other.row.get(spelled(target, column)) === key[position])
      const found = group.some(isParent) ? undefined : left.find(isParent)
      if (found !== undefined) group.push(found)
    }
  }
  return group.map((one, position) => ({ ...one, isBeforeParent: position < group.length - 1 }))
}

function insertsAll(connection: Connection, group: readonly Trial[]): boolean {
  const codes = group.map((trial) => tryRow(connection, trial))
  return codes.every((code) => code === null)
}

/** The trials that end as they say in the schema that they were found for. */
function confirmed(create: () => Connection, trials: readonly Trial[]): readonly Trial[] {
  const connection = create()
  const found = trials.filter((trial) => tryRow(connection, trial) === trial.code)
  connection.close()
  return found
}
