import * as fc from 'fast-check'
import type { ProblemSubject } from '../../problem.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { createMemoryDatabase, type MemoryDatabase } from '../memory/memory-database.ts'
import { ACCEPTED, type Outcome, outcomeOf } from '../outcome.ts'
import { insertRow, matchColumns, pick, readRows, valuesOf } from '../statements.ts'
import { columnOf, modelOf, type ReferenceModel, type TableModel } from '../table-model.ts'
import { firstDifference } from '../values.ts'
import type { CheckContext } from './context.ts'
import { examplesOf } from './examples.ts'

/**
 * What happens to the children when a parent is deleted or its key changes: of two parents with one child each,
 * the first is changed. The model predicts which rows are left.
 */
export function checkReferences(context: CheckContext, model: TableModel): void {
  for (const reference of model.references) {
    const name = `${model.name} → ${reference.parent}`
    const object = { type: 'foreign key', name, table: model.name } as const
    const parent = modelOf(context.models, reference.parent)
    checkOrphan(context, model, reference, object)
    for (const change of changesOf(context, parent, reference)) {
      followParent(context, model, parent, object, change)
    }
  }
}

/** A change of a parent row, applied to the model and to the engine. */
interface Change {
  readonly doing: string
  memory(memory: MemoryDatabase): Outcome
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

function changesOf(
  { models }: CheckContext,
  parent: TableModel,
  { parentColumns }: ReferenceModel,
): Change[] {
  const where = pick(examplesOf(parent, models).first, parentColumns)
  const table = quoteName(parent.name)
  const condition = `WHERE ${matchColumns(parentColumns)}`
  const keys = valuesOf(where, parentColumns)
  const changes: Change[] = [
    {
      doing: 'a deleted parent',
      memory: (memory) => memory.delete(parent.name, where).outcome,
      sql: `DELETE FROM ${table} ${condition}`,
      parameters: keys,
    },
  ]
  const moved = moveKey(parent, parentColumns)
  if (moved === null) return changes
  const settings = matchColumns(Object.keys(moved), ', ')
  changes.push({
    doing: 'a parent with another key',
    memory: (memory) => memory.update(parent.name, where, moved).outcome,
    sql: `UPDATE ${table} SET ${settings} ${condition}`,
    parameters: [...Object.values(moved), ...keys],
  })
  return changes
}

/** An orphan is refused by the INSERT itself, not only at COMMIT. */
function checkOrphan(
  { connection, models, expectOutcome, insertParents }: CheckContext,
  model: TableModel,
  { columns, orphans }: ReferenceModel,
  object: ProblemSubject,
): void {
  const { first } = examplesOf(model, models)
  const [orphan = {}] = fc.sample(orphans, { seed: 1, numRuns: 1 })
  expectOutcome(object, `an orphan in ${columns.join(', ')}`, 'SQLITE_CONSTRAINT_FOREIGNKEY', () => {
    insertParents(model, first)
    insertRow(connection, model.name, { ...first, ...orphan })
  })
}

function followParent(
  { connection, models, isolated, insert, report }: CheckContext,
  model: TableModel,
  parent: TableModel,
  object: ProblemSubject,
  { doing, memory: predict, sql, parameters }: Change,
): void {
  isolated(() => {
    const { first, second } = examplesOf(model, models)
    insert(model, first)
    if (second !== null) insert(model, second)
    const memory = copyToMemory(connection, models)
    const expected = predict(memory)
    const actual = outcomeOf(() => connection.all(sql, parameters))
    if (actual !== expected) report(object, `${doing}: ${expected}`, actual)
    for (const table of new Set([model.name, parent.name])) {
      const difference = firstDifference(memory.rows(table), readRows(connection, table))
      if (difference !== null) report(object, `after ${doing} ${difference.expected}`, difference.actual)
    }
  })
}

/** Copies the rows of the database. A row that refers to a later row of its own table is retried after that row. */
function copyToMemory(connection: Connection, models: readonly TableModel[]): MemoryDatabase {
  const memory = createMemoryDatabase(models)
  for (const { name } of models) {
    let waiting = readRows(connection, name)
    for (let before = Number.POSITIVE_INFINITY; waiting.length < before; ) {
      before = waiting.length
      waiting = waiting.filter((row) => memory.insert(name, row).outcome !== ACCEPTED)
    }
  }
  return memory
}

/** A key that no parent has; null if none can be generated. */
function moveKey(parent: TableModel, columns: readonly string[]): SqlRow | null {
  const moved: Record<string, SqlValue> = {}
  for (const name of columns) {
    const { affinity, limited } = columnOf(parent, name)
    if (limited || (affinity !== 'TEXT' && affinity !== 'INTEGER')) return null
    moved[name] = affinity === 'TEXT' ? 'another key' : 2n ** 62n
  }
  return moved
}
