import { columnSubject } from '../../problem.ts'
import { hasSort, readQueryPlan, renderPlan } from '../../schema/query-plan.ts'
import type { SqlRow } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { ACCEPTED, outcomeOf } from '../outcome.ts'
import { pick } from '../statements.ts'
import type { TableModel } from '../table-model.ts'
import { shareIdentity, showValue } from '../values.ts'
import type { Examination } from './examination.ts'
import { examplesOf } from './examples.ts'

/** No two rows share a key or another unique set of columns, and all else may be shared. */
export function checkUniqueness(examination: Examination, model: TableModel): void {
  const { first, second } = examplesOf(model, examination.models)
  const expectSecond = (doing: string, expected: string, row: SqlRow) =>
    examination.expectOutcome(model.name, doing, expected, () => {
      examination.place(model, first)
      examination.place(model, row)
    })
  if (model.key.length > 0) {
    const doing = `a second row with the same ${model.key.join(', ')}`
    expectSecond(doing, 'SQLITE_CONSTRAINT_PRIMARYKEY', { ...(second ?? first), ...pick(first, model.key) })
  }
  if (second === null) return
  for (const columns of model.unique) {
    const doing = `a second row with the same ${columns.join(', ')}`
    expectSecond(doing, 'SQLITE_CONSTRAINT_UNIQUE', { ...second, ...pick(first, columns) })
  }
  const expectByIdentity = (doing: string, row: SqlRow) =>
    expectSecond(doing, shareIdentity(model, first, row) ? 'SQLITE_CONSTRAINT_UNIQUE' : ACCEPTED, row)
  for (const { columns } of model.identities)
    expectByIdentity(`a second row with the same ${columns.join(', ')}`, {
      ...second,
      ...pick(first, columns),
    })
  for (const columns of [model.key, ...model.unique]) {
    for (const name of columns.length > 1 ? columns : [])
      expectByIdentity(`a second row with the same ${name}`, { ...second, ...pick(first, [name]) })
  }
  const unique = [...new Set([...model.key, ...model.unique.flat()])]
  expectByIdentity('a second row that differs in its keys only', { ...first, ...pick(second, unique) })
}

/** The key gives the rows in its order, without sorting. */
export function checkKeyOrder({ connection, report }: Examination, model: TableModel): void {
  if (model.key.length === 0) return
  const columns = model.key.map(quoteName).join(', ')
  const plan = readQueryPlan(
    connection,
    `SELECT ${columns} FROM ${quoteName(model.name)} ORDER BY ${columns}`,
  )
  if (hasSort(plan)) report(model.name, `rows in the order of ${columns} without a sort`, renderPlan(plan))
}

/** Whether the table has row numbers, who gives them, and whether a number comes again. */
export function checkRowNumbers(examination: Examination, model: TableModel): void {
  const table = quoteName(model.name)
  const expected = model.withoutRowid ? 'SQLITE_ERROR' : ACCEPTED
  const read = () => examination.connection.all(`SELECT _rowid_ FROM ${table}`)
  examination.expectOutcome(model.name, 'reading row numbers', expected, read)
  const [key] = model.key
  if (model.rowNumbers === undefined || key === undefined) return
  examination.apart(() => {
    const { [key]: _, ...row } = examplesOf(model, examination.models).first
    const insertAndDelete = () => {
      const outcome = outcomeOf(() => examination.place(model, row))
      const number = outcome === ACCEPTED ? showValue(examination.readOnly(model)?.[key]) : outcome
      examination.connection.exec(`DELETE FROM ${table}`)
      return number
    }
    const numbers = [insertAndDelete(), insertAndDelete()].join(', then ')
    examination.compare(
      columnSubject(model.name, key),
      model.rowNumbers === 'reused' ? '1, then 1' : '1, then 2',
      numbers,
    )
  })
}
