import { columnSubject } from '../../problem.ts'
import type { SqlRow, SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { ACCEPTED, outcomeOf } from '../outcome.ts'
import { valuesOf } from '../statements.ts'
import { type ColumnModel, columnOf, type TableModel } from '../table-model.ts'
import { sameValue, showRow, showValue } from '../values.ts'
import type { Examination } from './examination.ts'
import { examplesOf } from './examples.ts'

/** A row comes back as it was written, column by column in the order of the table. */
export function checkColumnOrder(examination: Examination, model: TableModel): void {
  const { first } = examplesOf(model, examination.models)
  const names = Object.keys(model.columns)
  examination.apart(() => {
    examination.place(model, first)
    examination.compare(model.name, showRow(first), showRow(examination.readOnly(model) ?? {}))
  })
  examination.apart(() => {
    placeByPosition(examination, model, first, names)
    examination.compare(model.name, showRow(first), showRow(examination.readOnly(model) ?? {}))
  })
}

/** What a column does with NULL, and what it holds when a row leaves it out. */
export function checkMissingValues(examination: Examination, model: TableModel): void {
  const { first } = examplesOf(model, examination.models)
  for (const [name, column] of Object.entries(model.columns)) {
    const object = columnSubject(model.name, name)
    const nullOutcome = column.nullable ? ACCEPTED : 'SQLITE_CONSTRAINT_NOTNULL'
    examination.expectOutcome(object, 'NULL', nullOutcome, () =>
      examination.place(model, { ...first, [name]: null }),
    )
    const { [name]: _, ...row } = first
    const absentOutcome = column.absent.is === 'refused' ? 'SQLITE_CONSTRAINT_NOTNULL' : ACCEPTED
    const place = () => examination.place(model, row)
    examination.expectOutcome(object, 'a row without it', absentOutcome, place)
    if (absentOutcome === ACCEPTED) examination.apart(() => checkDefault(examination, model, name, place))
  }
}

function checkDefault(examination: Examination, model: TableModel, name: string, place: () => void): void {
  const before = Date.now()
  if (outcomeOf(place) !== ACCEPTED) return
  const actual = examination.readOnly(model)?.[name]
  const wrong = describeDefault(columnOf(model, name), actual, before, Date.now())
  if (wrong !== null)
    examination.report(columnSubject(model.name, name), `the default ${wrong}`, showValue(actual))
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

function placeByPosition(
  examination: Examination,
  model: TableModel,
  row: SqlRow,
  names: readonly string[],
): void {
  const places = names.map(() => '?').join(', ')
  examination.placeParents(model, row)
  const sql = `INSERT INTO ${quoteName(model.name)} VALUES (${places})`
  examination.connection.all(sql, valuesOf(row, names))
}
