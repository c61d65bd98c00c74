import * as fc from 'fast-check'
import type { ProblemSubject } from '../../problem.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { createMemoryDatabase, type MemoryDatabase } from '../memory/memory-database.ts'
import { ACCEPTED, type Outcome, outcomeOf } from '../outcome.ts'
import { insertRow, matchColumns, pick, readRows, valuesOf } from '../statements.ts'
import { columnOf, modelOf, type ReferenceModel, type TableModel } from '../table-model.ts'
import { firstDifference } from '../values.ts'
import type { Examination } from './examination.ts'
import { examplesOf } from './examples.ts'

/**
 * What happens to the children when a parent is deleted or gets another key: two parents with a child each,
 * of which one parent goes. The model foretells what is left.
 */
export function checkReferences(examination: Examination, model: TableModel): void {
  for (const reference of model.references) {
    const name = `${model.name} → ${reference.parent}`
    const object = { type: 'foreign key', name, table: model.name } as const
    const parent = modelOf(examination.models, reference.parent)
    checkOrphan(examination, model, reference, object)
    for (const change of changesOf(examination, parent, reference)) {
      followParent(examination, model, parent, object, change)
    }
  }
}

/** One thing that is done to a parent, to the model and to the engine. */
interface Change {
  readonly doing: string
  memory(memory: MemoryDatabase): Outcome
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

function changesOf({ models }: Examination, parent: TableModel, { parentColumns }: ReferenceModel): Change[] {
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

/** An orphan is refused by the statement that inserts it, not only at COMMIT. */
function checkOrphan(
  { connection, models, expectOutcome, placeParents }: Examination,
  model: TableModel,
  { columns, orphans }: ReferenceModel,
  object: ProblemSubject,
): void {
  const { first } = examplesOf(model, models)
  const [orphan = {}] = fc.sample(orphans, { seed: 1, numRuns: 1 })
  expectOutcome(object, `an orphan in ${columns.join(', ')}`, 'SQLITE_CONSTRAINT_FOREIGNKEY', () => {
    placeParents(model, first)
    insertRow(connection, model.name, { ...first, ...orphan })
  })
}

function followParent(
  { connection, models, apart, place, report }: Examination,
  model: TableModel,
  parent: TableModel,
  object: ProblemSubject,
  { doing, memory: foretell, sql, parameters }: Change,
): void {
  apart(() => {
    const { first, second } = examplesOf(model, models)
    place(model, first)
    if (second !== null) place(model, second)
    const memory = copyToMemory(connection, models)
    const expected = foretell(memory)
    const actual = outcomeOf(() => connection.all(sql, parameters))
    if (actual !== expected) report(object, `${doing}: ${expected}`, actual)
    for (const table of new Set([model.name, parent.name])) {
      const difference = firstDifference(memory.rows(table), readRows(connection, table))
      if (difference !== null) report(object, `after ${doing} ${difference.expected}`, difference.actual)
    }
  })
}

/** The rows of the database. One may refer to another of its own table that comes after it, and waits for it. */
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

/** Another key for a parent, which nobody has; null where none can be made up. */
function moveKey(parent: TableModel, columns: readonly string[]): SqlRow | null {
  const moved: Record<string, SqlValue> = {}
  for (const name of columns) {
    const { affinity, limited } = columnOf(parent, name)
    if (limited || (affinity !== 'TEXT' && affinity !== 'INTEGER')) return null
    moved[name] = affinity === 'TEXT' ? 'another key' : 2n ** 62n
  }
  return moved
}
