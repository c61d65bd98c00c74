import { columnSubject } from '../../problem.ts'
import { hasSort, readQueryPlan, renderPlan } from '../../schema/query-plan.ts'
import type { SqlRow } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { ACCEPTED, outcomeOf } from '../outcome.ts'
import { pick } from '../statements.ts'
import type { TableModel } from '../table-model.ts'
import { shareIdentity, showValue } from '../values.ts'
import type { CheckContext } from './context.ts'
import { examplesOf } from './examples.ts'

/** No two rows share a key or another unique set of columns; everything else may be shared. */
export function checkUniqueness(context: CheckContext, model: TableModel): void {
  const { first, second } = examplesOf(model, context.models)
  const expectSecond = (doing: string, expected: string, row: SqlRow) =>
    context.expectOutcome(model.name, doing, expected, () => {
      context.insert(model, first)
      context.insert(model, row)
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

/** The key returns the rows in its order, without a sort. */
export function checkKeyOrder({ connection, report }: CheckContext, model: TableModel): void {
  if (model.key.length === 0) return
  const columns = model.key.map(quoteName).join(', ')
  const plan = readQueryPlan(
    connection,
    `SELECT ${columns} FROM ${quoteName(model.name)} ORDER BY ${columns}`,
  )
  if (hasSort(plan)) report(model.name, `rows in the order of ${columns} without a sort`, renderPlan(plan))
}

/** Whether the table has row numbers, assigns them itself, and reuses those of deleted rows. */
export function checkRowNumbers(context: CheckContext, model: TableModel): void {
  const table = quoteName(model.name)
  const expected = model.withoutRowid ? 'SQLITE_ERROR' : ACCEPTED
  const read = () => context.connection.all(`SELECT _rowid_ FROM ${table}`)
  context.expectOutcome(model.name, 'reading row numbers', expected, read)
  const [key] = model.key
  if (model.rowNumbers === undefined || key === undefined) return
  context.isolated(() => {
    const { [key]: _, ...row } = examplesOf(model, context.models).first
    const insertAndDelete = () => {
      const outcome = outcomeOf(() => context.insert(model, row))
      const number = outcome === ACCEPTED ? showValue(context.readSingleRow(model)?.[key]) : outcome
      context.connection.exec(`DELETE FROM ${table}`)
      return number
    }
    const numbers = [insertAndDelete(), insertAndDelete()].join(', then ')
    context.compare(
      columnSubject(model.name, key),
      model.rowNumbers === 'reused' ? '1, then 1' : '1, then 2',
      numbers,
    )
  })
}
