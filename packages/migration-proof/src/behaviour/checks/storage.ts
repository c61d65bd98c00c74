import { columnSubject } from '../../problem.ts'
import type { SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { ACCEPTED, type Outcome, outcomeOf } from '../outcome.ts'
import { insertRow } from '../statements.ts'
import { type ColumnModel, columnOf, type TableModel } from '../table-model.ts'
import { coerce, fitsStrictly, showRow, showValue } from '../values.ts'
import type { CheckContext } from './context.ts'
import { examplesOf } from './examples.ts'

const JUNK: readonly SqlValue[] = ['0012', 12n, 'Odd', new Uint8Array([107])]

/** How each column stores values of another type, and how it compares text. */
export function checkStorage(context: CheckContext, model: TableModel): void {
  for (const [name, column] of Object.entries(model.columns)) {
    if (column.limited) continue
    for (const value of JUNK) context.isolated(() => checkStored(context, model, name, value))
  }
}

function checkStored(context: CheckContext, model: TableModel, name: string, value: SqlValue): void {
  const { first } = examplesOf(model, context.models)
  const column = columnOf(model, name)
  const object = columnSubject(model.name, name)
  const stored = coerce(value, column.affinity)
  const row = { ...first, [name]: value }
  const parents = outcomeOf(() => context.insertParents(model, row))
  const outcome = outcomeOf(() => insertRow(context.connection, model.name, row))
  const expected = expectedOutcome(model, name, stored, parents)
  context.compare(object, `${showValue(value)}: ${expected}`, `${showValue(value)}: ${outcome}`)
  if (expected !== ACCEPTED || outcome !== ACCEPTED) return
  const found = context.readSingleRow(model)?.[name]
  context.compare(
    object,
    `${showValue(value)} stored as ${showValue(stored)}`,
    `${showValue(value)} stored as ${showValue(found)}`,
  )
  if (stored === 'Odd') checkCollation(context, model, name, column)
}

function expectedOutcome(model: TableModel, name: string, stored: SqlValue, parents: Outcome): Outcome {
  const isNumber = model.rowNumbers !== undefined && model.key.includes(name)
  if (isNumber && typeof stored !== 'bigint') return 'SQLITE_MISMATCH'
  if (model.strict && !fitsStrictly(stored, columnOf(model, name).affinity))
    return 'SQLITE_CONSTRAINT_DATATYPE'
  // A value that the parent cannot hold as its key makes the row an orphan.
  return parents === ACCEPTED ? ACCEPTED : 'SQLITE_CONSTRAINT_FOREIGNKEY'
}

function checkCollation(
  context: CheckContext,
  model: TableModel,
  name: string,
  { collation }: ColumnModel,
): void {
  const column = quoteName(name)
  const [found = {}] = context.connection.all(
    `SELECT ${column} = 'oDD' AS "ignores case", ${column} = 'Odd ' AS "ignores spaces" FROM ${quoteName(model.name)}`,
  )
  const expected = {
    'ignores case': collation === 'NOCASE' ? 1n : 0n,
    'ignores spaces': collation === 'RTRIM' ? 1n : 0n,
  }
  context.compare(columnSubject(model.name, name), showRow(expected), showRow(found))
}
