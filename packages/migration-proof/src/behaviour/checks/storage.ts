import { columnSubject } from '../../problem.ts'
import type { SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { ACCEPTED, type Outcome, outcomeOf } from '../outcome.ts'
import { insertRow } from '../statements.ts'
import { type ColumnModel, columnOf, type TableModel } from '../table-model.ts'
import { coerce, fitsStrictly, showRow, showValue } from '../values.ts'
import type { Examination } from './examination.ts'
import { examplesOf } from './examples.ts'

const JUNK: readonly SqlValue[] = ['0012', 12n, 'Odd', new Uint8Array([107])]

/** How each column stores values of other types than its own, and how it compares text. */
export function checkStorage(examination: Examination, model: TableModel): void {
  for (const [name, column] of Object.entries(model.columns)) {
    if (column.limited) continue
    for (const value of JUNK) examination.apart(() => checkStored(examination, model, name, value))
  }
}

function checkStored(examination: Examination, model: TableModel, name: string, value: SqlValue): void {
  const { first } = examplesOf(model, examination.models)
  const column = columnOf(model, name)
  const object = columnSubject(model.name, name)
  const stored = coerce(value, column.affinity)
  const row = { ...first, [name]: value }
  const parents = outcomeOf(() => examination.placeParents(model, row))
  const outcome = outcomeOf(() => insertRow(examination.connection, model.name, row))
  const expected = expectedOutcome(model, name, stored, parents)
  examination.compare(object, `${showValue(value)}: ${expected}`, `${showValue(value)}: ${outcome}`)
  if (expected !== ACCEPTED || outcome !== ACCEPTED) return
  const found = examination.readOnly(model)?.[name]
  examination.compare(
    object,
    `${showValue(value)} stored as ${showValue(stored)}`,
    `${showValue(value)} stored as ${showValue(found)}`,
  )
  if (stored === 'Odd') checkCollation(examination, model, name, column)
}

function expectedOutcome(model: TableModel, name: string, stored: SqlValue, parents: Outcome): Outcome {
  const isNumber = model.rowNumbers !== undefined && model.key.includes(name)
  if (isNumber && typeof stored !== 'bigint') return 'SQLITE_MISMATCH'
  if (model.strict && !fitsStrictly(stored, columnOf(model, name).affinity))
    return 'SQLITE_CONSTRAINT_DATATYPE'
  // A value that the parent cannot have as its key makes an orphan.
  return parents === ACCEPTED ? ACCEPTED : 'SQLITE_CONSTRAINT_FOREIGNKEY'
}

function checkCollation(
  examination: Examination,
  model: TableModel,
  name: string,
  { collation }: ColumnModel,
): void {
  const column = quoteName(name)
  const [found = {}] = examination.connection.all(
    `SELECT ${column} = 'oDD' AS "ignores case", ${column} = 'Odd ' AS "ignores spaces" FROM ${quoteName(model.name)}`,
  )
  const expected = {
    'ignores case': collation === 'NOCASE' ? 1n : 0n,
    'ignores spaces': collation === 'RTRIM' ? 1n : 0n,
  }
  examination.compare(columnSubject(model.name, name), showRow(expected), showRow(found))
}
