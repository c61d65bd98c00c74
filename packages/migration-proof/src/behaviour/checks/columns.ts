import { columnSubject } from '../../problem.ts'
import type { SqlRow, SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { ACCEPTED, outcomeOf } from '../outcome.ts'
import { valuesOf } from '../statements.ts'
import { type ColumnModel, columnOf, type TableModel } from '../table-model.ts'
import { sameValue, showRow, showValue } from '../values.ts'
import type { CheckContext } from './context.ts'
import { examplesOf } from './examples.ts'

/** A row reads back as it was written, with the columns in the order of the table. */
export function checkColumnOrder(context: CheckContext, model: TableModel): void {
  const { first } = examplesOf(model, context.models)
  const names = Object.keys(model.columns)
  context.isolated(() => {
    context.insert(model, first)
    context.compare(model.name, showRow(first), showRow(context.readSingleRow(model) ?? {}))
  })
  context.isolated(() => {
    insertByPosition(context, model, first, names)
    context.compare(model.name, showRow(first), showRow(context.readSingleRow(model) ?? {}))
  })
}

/** How a column handles NULL, and what it stores when a row omits it. */
export function checkMissingValues(context: CheckContext, model: TableModel): void {
  const { first } = examplesOf(model, context.models)
  for (const [name, column] of Object.entries(model.columns)) {
    const object = columnSubject(model.name, name)
    const nullOutcome = column.nullable ? ACCEPTED : 'SQLITE_CONSTRAINT_NOTNULL'
    context.expectOutcome(object, 'NULL', nullOutcome, () =>
      context.insert(model, { ...first, [name]: null }),
    )
    const { [name]: _, ...row } = first
    const absentOutcome = column.absent.is === 'refused' ? 'SQLITE_CONSTRAINT_NOTNULL' : ACCEPTED
    const insert = () => context.insert(model, row)
    context.expectOutcome(object, 'a row without it', absentOutcome, insert)
    if (absentOutcome === ACCEPTED) context.isolated(() => checkDefault(context, model, name, insert))
  }
}

function checkDefault(context: CheckContext, model: TableModel, name: string, insert: () => void): void {
  const before = Date.now()
  if (outcomeOf(insert) !== ACCEPTED) return
  const actual = context.readSingleRow(model)?.[name]
  const wrong = describeDefault(columnOf(model, name), actual, before, Date.now())
  if (wrong !== null)
    context.report(columnSubject(model.name, name), `the default ${wrong}`, showValue(actual))
}

/** What the default should have been; null when it is right. */
export function describeDefault(
  { absent }: ColumnModel,
  actual: SqlValue | undefined,
  before: number,
  after: number,
): string | null {
  if (absent.is === 'null') return actual === null ? null : 'NULL'
  if (absent.is === 'value') return sameValue(actual, absent.value) ? null : showValue(absent.value)
  if (absent.is === 'numbered') return typeof actual === 'bigint' ? null : 'a number'
  if (absent.is !== 'clock') return null
  const { at, label } = absent.clock
  const isNow =
    actual !== undefined && actual !== null && typeof actual === typeof at(before) && at(before) <= actual
  return isNow && actual <= at(after) ? null : `${label}, ${at(before)}`
}

function insertByPosition(
  context: CheckContext,
  model: TableModel,
  row: SqlRow,
  names: readonly string[],
): void {
  const parameters = names.map(() => '?').join(', ')
  context.insertParents(model, row)
  const sql = `INSERT INTO ${quoteName(model.name)} VALUES (${parameters})`
  context.connection.all(sql, valuesOf(row, names))
}
