import { readQueryPlan, renderPlan } from '../../schema/query-plan.ts'
import { quoteName } from '../../sql/names.ts'
import { hasExpired } from '../memory/memory-database.ts'
import { readRows } from '../statements.ts'
import type { ExpiryModel, TableModel } from '../table-model.ts'
import { firstDifference } from '../values.ts'
import type { CheckContext } from './context.ts'

type Watched = Pick<CheckContext, 'connection' | 'report' | 'isolated'>

/** The purge finds its rows through the expiry index. */
export function checkPurgePlan(
  { connection, report }: Watched,
  model: TableModel,
  expiry: ExpiryModel,
): void {
  const plan = readQueryPlan(connection, purgeStatement(model, expiry), [0n])
  const [step] = plan.filter(({ table }) => table === model.name)
  if (step?.access === 'search' && step.index === expiry.index) return
  report(model.name, `a purge by a search with ${expiry.index}`, renderPlan(plan))
}

/** A purge removes exactly the rows that a filter in memory selects, with the index and without it. */
export function checkPurge(
  context: Watched,
  model: TableModel,
  expiry: ExpiryModel,
  cutoff: bigint | string,
): void {
  const { connection, report, isolated } = context
  const kept = readRows(connection, model.name).filter((row) => !hasExpired(row, expiry.column, cutoff))
  for (const indexed of [true, false]) {
    isolated(() => {
      connection.all(purgeStatement(model, expiry, indexed), [cutoff])
      const difference = firstDifference(kept, readRows(connection, model.name))
      const how = `after a purge at ${cutoff}${indexed ? '' : ' without the index'}`
      if (difference !== null) report(model.name, `${how} ${difference.expected}`, difference.actual)
    })
  }
}

function purgeStatement(model: TableModel, { expired }: ExpiryModel, indexed = true): string {
  return `DELETE FROM ${quoteName(model.name)} ${indexed ? '' : 'NOT INDEXED '}WHERE ${expired}`
}
