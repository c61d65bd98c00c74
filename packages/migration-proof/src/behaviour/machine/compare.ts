import type { Connection, SqlRow } from '../../sql/connection.ts'
import type { BehaviourFailure } from '../failure.ts'
import { createMemoryDatabase, type Fate } from '../memory/memory-database.ts'
import { countRows, readRows } from '../statements.ts'
import type { TableModel } from '../table-model.ts'
import { firstDifference } from '../values.ts'
import { engineMachine, type MachineDatabase, memoryMachine } from './run.ts'
import type { Step } from './step.ts'

/**
 * Takes the same steps on the engine and on the model, and compares what became of each statement, and after
 * each step every row of the database.
 *
 * @param database empty tables; the steps' rows are left in it
 * @returns the first failure; none when engine and model agree to the end
 */
export function followModel(
  database: MachineDatabase,
  models: readonly TableModel[],
  steps: readonly Step[],
): BehaviourFailure[] {
  const memory = createMemoryDatabase(models)
  const expected = memoryMachine(memory)
  const actual = engineMachine(database, models)
  for (const [place, step] of steps.entries()) {
    const check = `model, step ${place + 1}, ${step.do}`
    const fates = { expected: expected.take(step), actual: actual.take(step) }
    const failure =
      compareFates(check, step, fates.expected, fates.actual) ??
      compareTables(check, database.connection, models, (table) => memory.rows(table))
    if (failure !== null) return [failure]
  }
  return []
}

/**
 * Takes the same steps on two databases and compares what became of each statement, and at the end every row.
 *
 * @returns the first failure; none when both databases behave alike
 */
export function compareDatabases(
  expected: MachineDatabase,
  actual: MachineDatabase,
  models: readonly TableModel[],
  steps: readonly Step[],
): BehaviourFailure[] {
  const machines = { expected: engineMachine(expected, models), actual: engineMachine(actual, models) }
  for (const [place, step] of steps.entries()) {
    const check = `differential, step ${place + 1}, ${step.do}`
    const failure = compareFates(check, step, machines.expected.take(step), machines.actual.take(step))
    if (failure !== null) return [failure]
  }
  const failure = compareTables('differential, at the end', actual.connection, models, (table) =>
    readRows(expected.connection, table),
  )
  return failure === null ? [] : [failure]
}

function compareFates(check: string, step: Step, expected: Fate, actual: Fate): BehaviourFailure | null {
  if (expected.outcome === actual.outcome && expected.changes === actual.changes) return null
  return {
    check,
    object: 'table' in step ? step.table : 'the transaction',
    expected: showFate(expected),
    actual: showFate(actual),
  }
}

function showFate({ outcome, changes }: Fate): string {
  return outcome === 'accepted' ? `${changes} changed rows` : outcome
}

function compareTables(
  check: string,
  connection: Connection,
  models: readonly TableModel[],
  expected: (table: string) => readonly SqlRow[],
): BehaviourFailure | null {
  const counts = countRows(
    connection,
    models.map(({ name }) => name),
  )
  for (const { name } of models) {
    const wanted = expected(name)
    if (wanted.length === 0 && counts.get(name) === 0) continue
    const difference = firstDifference(wanted, readRows(connection, name))
    if (difference !== null) return { check, object: name, ...difference }
  }
  return null
}
