import * as fc from 'fast-check'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Connection } from '../../sql/connection.ts'
import { type Reported, subjectOf } from '../checks/context.ts'
import { checkPurge } from '../checks/expiry.ts'
import { type DatabaseRows, databaseRows } from '../database-rows.ts'
import { inSavepoint } from '../outcome.ts'
import { emptyTables, insertRows } from '../statements.ts'
import { type TableModel, withParents } from '../table-model.ts'
import { defineProperty, type Property } from './property.ts'

export const expiryName = 'purges of expired rows'

/**
 * Whatever rows the tables hold, a purge at any cutoff removes exactly the expired rows, with the expiry index and
 * without it.
 */
export function expiryProperty(connection: Connection, models: readonly TableModel[]): Property {
  const cutoffs = Object.fromEntries(
    models.flatMap(({ name, expiry }) => (expiry === undefined ? [] : [[name, expiry.cutoffs]])),
  )
  const values = fc.record({
    contents: databaseRows(withParents(models, Object.keys(cutoffs)), { maxRows: 12, withHazards: true }),
    cutoffs: fc.record(cutoffs),
  })
  return defineProperty(expiryName, values, ({ contents: rows, cutoffs: times }) =>
    inSavepoint(connection, () => {
      emptyTables(connection, models)
      return purgeEach(connection, models, rows, times)
    }),
  )
}

function purgeEach(
  connection: Connection,
  models: readonly TableModel[],
  rows: DatabaseRows,
  cutoffs: Readonly<Record<string, bigint | string>>,
) {
  const failures: Problem[] = []
  for (const [table, values] of Object.entries(rows)) insertRows(connection, table, values)
  const context = {
    connection,
    report: (object: Reported, expected: string, actual: string) => {
      failures.push(makeProblem('expiry', { subject: subjectOf(object), expected, actual }))
    },
    isolated: <Result>(work: () => Result) => inSavepoint(connection, work),
  }
  for (const model of models) {
    const cutoff = cutoffs[model.name]
    if (model.expiry !== undefined && cutoff !== undefined) checkPurge(context, model, model.expiry, cutoff)
  }
  return failures
}
