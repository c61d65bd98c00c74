import type { SqlRow } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { createMemoryDatabase, type MemoryDatabase } from '../memory/memory-database.ts'
import { type Outcome, outcomeOf } from '../outcome.ts'
import { insertRow, matchColumns, pick, readRows, valuesOf } from '../statements.ts'
import { modelOf, type ReferenceModel, type TableModel } from '../table-model.ts'
import { firstDifference } from '../values.ts'
import type { Examination } from './examination.ts'
import { examplesOf } from './examples.ts'

/**
 * What happens to the children when a parent is deleted or gets another key: two parents with a child each,
 * of which one parent goes. The model foretells what is left.
 */
export function checkReferences(examination: Examination, model: TableModel): void {
  const { second } = examplesOf(model, examination.models)
  for (const reference of model.references) {
    const object = `${model.name} → ${reference.parent}`
    const parent = modelOf(examination.models, reference.parent)
    if (parent === model || second === null) continue
    checkOrphan(examination, model, reference, object)
    const where = pick(examplesOf(parent, examination.models).first, reference.parentColumns)
    followParent(examination, model, parent, `${object}, a parent deleted`, {
      memory: (memory) => memory.delete(parent.name, where).outcome,
      engine: `DELETE FROM ${quoteName(parent.name)} WHERE ${matchColumns(reference.parentColumns)}`,
      parameters: valuesOf(where, reference.parentColumns),
    })
    const moved = movedKey(parent, reference)
    if (moved === null) continue
    followParent(examination, model, parent, `${object}, a parent's key changed`, {
      memory: (memory) => memory.update(parent.name, where, moved).outcome,
      engine: `UPDATE ${quoteName(parent.name)} SET ${matchColumns(Object.keys(moved), ', ')} WHERE ${matchColumns(reference.parentColumns)}`,
      parameters: [...Object.values(moved), ...valuesOf(where, reference.parentColumns)],
    })
  }
}

interface Change {
  memory(memory: MemoryDatabase): Outcome
  readonly engine: string
  readonly parameters: Parameters<Examination['connection']['all']>[1]
}

/** An orphan is refused by the statement that inserts it, not only at COMMIT. */
function checkOrphan(
  { connection, models, expectOutcome }: Examination,
  model: TableModel,
  { columns }: ReferenceModel,
  object: string,
): void {
  const { first } = examplesOf(model, models)
  expectOutcome(object, `an orphan in ${columns.join(', ')}`, 'SQLITE_CONSTRAINT_FOREIGNKEY', () =>
    insertRow(connection, model.name, first),
  )
}

function followParent(
  examination: Examination,
  model: TableModel,
  parent: TableModel,
  object: string,
  change: Change,
): void {
  const tables = [model.name, parent.name]
  examination.apart(() => {
    const { first, second } = examplesOf(model, examination.models)
    examination.place(model, first)
    if (second !== null) examination.place(model, second)
    const memory = createMemoryDatabase(examination.models)
    copyRows(examination, memory)
    const outcome = outcomeOf(() => examination.connection.all(change.engine, change.parameters))
    examination.compare(object, change.memory(memory), outcome)
    for (const table of tables) {
      const difference = firstDifference(memory.rows(table), readRows(examination.connection, table))
      if (difference !== null) examination.report(object, difference.expected, difference.actual)
    }
  })
}

/** Tells the model which rows are there. */
function copyRows({ connection, models }: Examination, memory: MemoryDatabase): void {
  for (const { name } of models) for (const row of readRows(connection, name)) memory.insert(name, row)
}

/** Another key for the first parent, which nobody has. */
function movedKey(parent: TableModel, { parentColumns }: ReferenceModel): SqlRow | null {
  const moved = parentColumns.map((name): [string, SqlRow[string] | null] => {
    const affinity = parent.columns[name]?.affinity
    return [
      name,
      affinity === 'TEXT' ? 'another key' : affinity === 'INTEGER' ? 4_611_686_018_427_387_904n : null,
    ]
  })
  return moved.some(([, value]) => value === null) ? null : Object.fromEntries(moved)
}
