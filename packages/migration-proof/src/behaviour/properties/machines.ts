import * as fc from 'fast-check'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import type { MachineDatabase, Step } from '../machine/run.ts'
import { engineMachine, memoryMachine, narrow } from '../machine/run.ts'
import { anyStep } from '../machine/steps.ts'
import { createMemoryDatabase, type MemoryDatabase, type StatementResult } from '../memory/memory-database.ts'
import { countRows, readRows } from '../statements.ts'
import type { TableModel } from '../table-model.ts'
import { firstDifference } from '../values.ts'
import { defineProperty, type Property } from './property.ts'

/** Lends an empty database for one list of steps, and discards what they leave. */
export type DatabaseLender = (work: (database: MachineDatabase) => Problem[]) => Problem[]

export const modelName = 'the whole database follows the model'

/** After every step of any list, the whole database holds what the model predicts. */
export function modelProperty(lend: DatabaseLender, models: readonly TableModel[], maxLength = 40): Property {
  return defineProperty(
    modelName,
    lists(models, maxLength),
    (list) => lend((database) => followModel(database, models, list)),
    withoutOne,
  )
}

/** Any list of steps has the same results on two databases, and leaves the same rows. */
export function differentialProperty(
  name: string,
  expected: DatabaseLender,
  actual: DatabaseLender,
  models: readonly TableModel[],
  maxLength = 40,
): Property {
  return defineProperty(
    name,
    lists(models, maxLength),
    (list) => expected((one) => actual((other) => compareDatabases(one, other, models, list))),
    withoutOne,
  )
}

function lists(models: readonly TableModel[], maxLength: number): fc.Arbitrary<readonly Step[]> {
  return narrow(models).chain((few) => fc.array(anyStep(few), { minLength: 1, maxLength, size: 'max' }))
}

/** For each step, the list without it. */
function withoutOne(steps: readonly Step[]): readonly Step[][] {
  return steps.map((_, position) => steps.toSpliced(position, 1))
}

/**
 * Executes the same steps on the engine and on the model, and compares the result of each statement and, after each
 * step, every row of the database.
 *
 * @param database has empty tables; the rows of the steps stay in it
 * @returns the first failure; none if engine and model agree throughout
 */
function followModel(
  database: MachineDatabase,
  models: readonly TableModel[],
  steps: readonly Step[],
): Problem[] {
  const memory = createMemoryDatabase(models)
  const expected = memoryMachine(memory)
  const actual = engineMachine(database, models)
  for (const [position, step] of steps.entries()) {
    const check = `model, step ${position + 1}, ${step.do}`
    const results = { expected: expected.take(step), actual: actual.take(step) }
    const failure =
      compareResults(check, step, results.expected, results.actual) ??
      compareTables(check, database.connection, models, (table) => memory.rows(table))
    if (failure !== null) return [failure]
  }
  return []
}

/**
 * Executes the same steps on two databases and compares the result of each statement and, at the end, every row.
 *
 * @returns the first failure; none if both databases behave alike
 */
function compareDatabases(
  expected: MachineDatabase,
  actual: MachineDatabase,
  models: readonly TableModel[],
  steps: readonly Step[],
): Problem[] {
  const machines = { expected: engineMachine(expected, models), actual: engineMachine(actual, models) }
  for (const [position, step] of steps.entries()) {
    const check = `differential, step ${position + 1}, ${step.do}`
    const failure = compareResults(check, step, machines.expected.take(step), machines.actual.take(step))
    if (failure !== null) return [failure]
  }
  const failure = compareTables('differential, at the end', actual.connection, models, (table) =>
    readRows(expected.connection, table),
  )
  return failure === null ? [] : [failure]
}

function compareResults(
  check: string,
  step: Step,
  expected: StatementResult,
  actual: StatementResult,
): Problem | null {
  if (expected.outcome === actual.outcome && expected.changes === actual.changes) return null
  return makeProblem(check, {
    subject:
      'table' in step ? { type: 'table', name: step.table } : { type: 'database', name: 'the transaction' },
    expected: showResult(expected),
    actual: showResult(actual),
  })
}

function showResult({ outcome, changes }: StatementResult): string {
  return outcome === 'accepted' ? `${changes} changed rows` : outcome
}

function compareTables(
  check: string,
  connection: Connection,
  models: readonly TableModel[],
  expected: (table: string) => readonly SqlRow[],
): Problem | null {
  const counts = countRows(
    connection,
    models.map(({ name }) => name),
  )
  for (const { name } of models) {
    const wanted = expected(name)
    if (wanted.length === 0 && counts.get(name) === 0) continue
    const difference = firstDifference(wanted, readRows(connection, name))
    if (difference !== null) return makeProblem(check, { subject: { type: 'table', name }, ...difference })
  }
  return null
}

/**
 * What lists of random steps do, counted on the model alone. A list whose steps affect no common rows, with updates
 * that find no row and children that find no parent, agrees with any engine and proves nothing.
 *
 * @returns how often each kind of step had each outcome, such as `delete: more than one row gone`
 */
export function surveySteps(
  models: readonly TableModel[],
  { lists, seed }: { readonly lists: number; readonly seed: number },
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const count = (event: string) => counts.set(event, (counts.get(event) ?? 0) + 1)
  const values = narrow(models).chain((few) => fc.array(anyStep(few), { minLength: 40, maxLength: 40 }))
  for (const list of fc.sample(values, { numRuns: lists, seed })) {
    const memory = createMemoryDatabase(models)
    const machine = memoryMachine(memory)
    for (const step of list) {
      const before = countAll(memory, models)
      const { outcome, changes } = machine.take(step)
      const gone = before - countAll(memory, models)
      count(`${step.do}: ${outcome}`)
      if (changes > 0) count(`${step.do}: rows changed`)
      if (gone > changes) count(`${step.do}: more rows gone than it names`)
      if (changes === 0 && gone !== 0) count(`${step.do}: rows come and gone`)
    }
  }
  return counts
}

function countAll(memory: MemoryDatabase, models: readonly TableModel[]): number {
  return models.reduce((sum, { name }) => sum + memory.rows(name).length, 0)
}
