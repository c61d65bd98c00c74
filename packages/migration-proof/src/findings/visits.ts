import { readQueryPlan } from '../schema/query-plan.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import type { PrivateCopy } from './attempt.ts'
import { attempt } from './attempt.ts'
import { readWhere } from './conditions.ts'

/** How a statement accessed rows. */
export interface Visit {
  /** The query plan in words. */
  readonly plan: string
  /** How many rows it read. */
  readonly rows: number
}

/**
 * Runs a statement, counts the rows that it reads, and undoes its changes. The count is measured: a function that is
 * always true is added before the conditions of the statement, and counts its calls.
 */
export function visit(copy: PrivateCopy, sql: string, parameters: readonly SqlValue[]): Visit {
  let rows = 0
  copy.database.function('row_is_visited', { deterministic: false }, () => {
    rows += 1
    return 1
  })
  const { connection } = copy
  connection.exec('SAVEPOINT visit')
  const { accepted, answer } = attempt(connection, withCounter(sql), parameters)
  // A trigger may have rolled back by itself.
  if (connection.inTransaction) connection.exec('ROLLBACK TO visit; RELEASE visit')
  const plan = planOf(connection, sql, parameters)
  return { plan: accepted ? plan : `${plan}, ${answer}`, rows }
}

/**
 * A query plan in words that are the same on every engine: `scan of t`, `search of t by i`.
 *
 * @param table the only table to include; defaults to all tables
 */
export function planOf(
  connection: Connection,
  sql: string,
  parameters: readonly SqlValue[],
  table?: string,
): string {
  const steps = readQueryPlan(connection, sql, parameters)
    .filter((step) => table === undefined || foldName(step.table) === foldName(table))
    .map(
      ({ access, index, usesTempBTree, ...step }) =>
        `${access} of ${step.table}${index === null ? '' : ` by ${index}`}${usesTempBTree ? ', then a sort' : ''}`,
    )
  return steps.join('; ') || 'no table is read'
}

function withCounter(sql: string): string {
  const { start, end, isThere } = readWhere(sql)
  const condition = isThere ? ` AND (${sql.slice(start, end)})` : ''
  const where = isThere ? '' : ' WHERE'
  return `${sql.slice(0, start)}${where} row_is_visited()${condition}${sql.slice(end)}`
}
