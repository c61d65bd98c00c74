import * as fc from 'fast-check'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import type { MemoryDatabase, StatementResult } from '../memory/memory-database.ts'
import { ACCEPTED, outcomeOf } from '../outcome.ts'
import { countChanges, insertRow, matchColumns } from '../statements.ts'
import { type ColumnModel, columnOf, modelOf, type TableModel, withParents } from '../table-model.ts'

const MOST_TABLES = 5
const MOST_KEYS = 3

/**
 * A few tables with few keys each, so that steps affect the same rows: otherwise random updates and deletes rarely find
 * a row, and random children rarely find a parent. The parents of the chosen tables are included.
 */
export function narrow(models: readonly TableModel[]): fc.Arbitrary<TableModel[]> {
  const names = models.map(({ name }) => name)
  const columns = models.flatMap((model) => model.key.map((name) => ({ table: model.name, name, model })))
  const pools = columns.map(({ model, name }) =>
    fc.array(columnOf(model, name).values, { minLength: 1, maxLength: MOST_KEYS }),
  )
  return fc
    .tuple(
      fc.subarray(names, { minLength: 1, maxLength: Math.min(MOST_TABLES, names.length) }),
      fc.tuple(...pools),
    )
    .map(([chosen, values]) => {
      const keys = new Map(
        columns.map(({ table, name }, position) => [`${table}.${name}`, values[position] ?? []]),
      )
      return withParents(models, chosen).map((model) => narrowTable(model, keys))
    })
}

type Pools = ReadonlyMap<string, readonly SqlValue[]>

function narrowTable(model: TableModel, keys: Pools): TableModel {
  const columns: Record<string, ColumnModel> = { ...model.columns }
  const limit = (name: string, pool: readonly SqlValue[] | undefined) => {
    if (pool !== undefined) columns[name] = { ...columnOf(model, name), values: fc.constantFrom(...pool) }
  }
  for (const name of model.key) limit(name, keys.get(`${model.name}.${name}`))
  for (const { columns: names, parent, parentColumns } of model.references) {
    names.forEach((name, position) => {
      limit(name, keys.get(`${parent}.${parentColumns[position]}`))
    })
  }
  return { ...model, columns }
}

/** A database that may be closed and opened again. */
export interface MachineDatabase {
  readonly connection: Connection
  /** Closes the database, with any open transaction, and opens it again. Without it, such steps only roll back. */
  reopen?(): void
}

/** Something that executes steps: an engine, or the model that predicts its results. */
export interface Machine {
  take(step: Step): StatementResult
}

const DONE: StatementResult = { outcome: ACCEPTED, changes: 0 }

/** An SQLite database that executes steps. Transactions are savepoints, so that they can be nested. */
export function engineMachine(database: MachineDatabase, models: readonly TableModel[]): Machine {
  let depth = 0
  const end = (statements: string) => {
    if (depth === 0) return DONE
    depth--
    database.connection.exec(statements)
    return DONE
  }
  return {
    take: (step) => {
      if (step.do === 'begin') {
        depth++
        database.connection.exec('SAVEPOINT step')
        return DONE
      }
      if (step.do === 'commit') return end('RELEASE step')
      if (step.do === 'roll back') return end('ROLLBACK TO step; RELEASE step')
      if (step.do !== 'reopen') return runStatement(database.connection, models, step)
      if (database.reopen === undefined) {
        while (depth > 0) end('ROLLBACK TO step; RELEASE step')
      } else {
        depth = 0
        database.reopen()
      }
      return DONE
    },
  }
}

/** The model, which executes the same steps. */
export function memoryMachine(memory: MemoryDatabase): Machine {
  return {
    take: (step) => {
      if (step.do === 'insert')
        return memory.insert(step.table, step.row, { orReplace: step.orReplace === true })
      if (step.do === 'update') return memory.update(step.table, step.where, step.set)
      if (step.do === 'delete') return memory.delete(step.table, step.where)
      if (step.do === 'purge') return memory.purge(step.table, step.cutoff)
      if (step.do === 'begin') memory.begin()
      if (step.do === 'commit') memory.commit()
      if (step.do === 'roll back') memory.rollBack()
      if (step.do === 'reopen') while (memory.depth > 0) memory.rollBack()
      return DONE
    },
  }
}

type StatementStep = Extract<Step, { table: string }>

function runStatement(
  connection: Connection,
  models: readonly TableModel[],
  step: StatementStep,
): StatementResult {
  const outcome = outcomeOf(() => {
    if (step.do === 'insert') {
      insertRow(connection, step.table, step.row, step.orReplace ? 'INSERT OR REPLACE' : 'INSERT')
    } else {
      const { sql, parameters } = writeStatement(models, step)
      connection.all(sql, parameters)
    }
  })
  return { outcome, changes: outcome === ACCEPTED ? countChanges(connection) : 0 }
}

function writeStatement(
  models: readonly TableModel[],
  step: Exclude<StatementStep, { do: 'insert' }>,
): { sql: string; parameters: SqlValue[] } {
  const table = quoteName(step.table)
  if (step.do === 'purge') {
    const condition = modelOf(models, step.table).expiry?.expired ?? 'false'
    return { sql: `DELETE FROM ${table} WHERE ${condition}`, parameters: [step.cutoff] }
  }
  const condition = matchColumns(Object.keys(step.where))
  if (step.do === 'delete') {
    return { sql: `DELETE FROM ${table} WHERE ${condition}`, parameters: Object.values(step.where) }
  }
  return {
    sql: `UPDATE ${table} SET ${matchColumns(Object.keys(step.set), ', ')} WHERE ${condition}`,
    parameters: [...Object.values(step.set), ...Object.values(step.where)],
  }
}

/** One step against a database, as plain data, so that a failing list of steps can be stored. */
export type Step =
  | { readonly do: 'insert'; readonly table: string; readonly row: SqlRow; readonly orReplace?: true }
  | { readonly do: 'update'; readonly table: string; readonly where: SqlRow; readonly set: SqlRow }
  | { readonly do: 'delete'; readonly table: string; readonly where: SqlRow }
  | { readonly do: 'purge'; readonly table: string; readonly cutoff: bigint | string }
  | { readonly do: 'begin' }
  | { readonly do: 'commit' }
  | { readonly do: 'roll back' }
  | { readonly do: 'reopen' }
