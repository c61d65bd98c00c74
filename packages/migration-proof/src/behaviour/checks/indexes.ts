import { errorCode } from '../../migrator/errors.ts'
import { columnSubject, indexSubject } from '../../problem.ts'
import { isExpression } from '../../proof/facts-at.ts'
import { hasSort, type PlanStep, readQueryPlan, renderPlan } from '../../schema/query-plan.ts'
import { quoteName } from '../../sql/names.ts'
import type { absentIn } from '../models.ts'
import type { IndexModel, TableModel } from '../table-model.ts'
import type { CheckContext } from './context.ts'

/**
 * Each index returns the rows in its own order, down to the rowid, without a sort. One query covers the columns, their
 * order, direction and collation, and an added condition; everything but uniqueness.
 */
export function checkIndexes(context: CheckContext, model: TableModel): void {
  // The declaration does not contain the expression, only that the index has one.
  const plain = model.indexes.filter(({ order }) => !order.some(isExpression))
  for (const index of plain) {
    const table = quoteName(model.name)
    const by = [...index.order.map(quoteTerm), ...lastTerms(model)].join(', ')
    const read = (where = '') =>
      `SELECT 1 FROM ${table} INDEXED BY ${quoteName(index.name)} ${where} ORDER BY ${by}`
    const where = index.where === undefined ? '' : `WHERE ${index.where}`
    expectOrder(context, model, index, read(where))
    if (index.where === undefined) continue
    context.expectOutcome(
      indexSubject(model.name, index.name),
      `all rows from an index on those with ${index.where}`,
      'SQLITE_ERROR',
      () => context.connection.all(read()),
    )
  }
}

function expectOrder(
  { connection, report }: CheckContext,
  model: TableModel,
  index: IndexModel,
  sql: string,
) {
  const expected = `the rows of ${model.name} in the order of ${index.order.join(', ')} without a sort`
  let plan: PlanStep[]
  try {
    plan = readQueryPlan(connection, sql)
  } catch (error) {
    if (errorCode(error) === null || !(error instanceof Error)) throw error
    report(indexSubject(model.name, index.name), expected, `${errorCode(error)}: ${error.message}`)
    return
  }
  const reads = plan.some((step) => step.table === model.name && step.index === index.name)
  if (!reads || hasSort(plan)) report(indexSubject(model.name, index.name), expected, renderPlan(plan))
}

/** A lookup by a column that no index begins with reads the whole table. */
export function checkUnindexedColumns({ connection, report }: CheckContext, model: TableModel): void {
  const leading = new Set([model.key[0], ...model.unique.map(([name]) => name)])
  for (const { order } of model.indexes) leading.add(order[0]?.replace(/ DESC$/, ''))
  for (const name of Object.keys(model.columns)) {
    if (leading.has(name)) continue
    const sql = `SELECT 1 FROM ${quoteName(model.name)} WHERE ${quoteName(name)} = 'x'`
    const plan = readQueryPlan(connection, sql)
    const search = plan.find(({ access }) => access === 'search')
    if (search) report(columnSubject(model.name, name), 'no index to look it up', renderPlan(plan))
  }
}

/** Tables and indexes of later versions do not exist yet, and removed ones no longer exist. */
export function checkAbsence(
  { connection, expectOutcome }: CheckContext,
  { tables, indexes }: ReturnType<typeof absentIn>,
): void {
  for (const name of tables) {
    expectOutcome(name, 'reading a table of another version', 'SQLITE_ERROR', () =>
      connection.all(`SELECT 1 FROM ${quoteName(name)} LIMIT 0`),
    )
  }
  for (const [table, name] of indexes) {
    expectOutcome(indexSubject(table, name), 'reading by an index of another version', 'SQLITE_ERROR', () =>
      connection.all(`SELECT 1 FROM ${quoteName(table)} INDEXED BY ${quoteName(name)} LIMIT 0`),
    )
  }
}

function quoteTerm(term: string): string {
  return term.endsWith(' DESC') ? `${quoteName(term.slice(0, -5))} DESC` : quoteName(term)
}

/** What follows the index's own columns in each of its entries: https://www.sqlite.org/withoutrowid.html */
function lastTerms(model: TableModel): string[] {
  return model.withoutRowid ? model.key.map(quoteName) : ['_rowid_']
}
