import * as fc from 'fast-check'
import type { Connection } from '../../sql/connection.ts'
import { checkPurge } from '../checks/expiry.ts'
import { type Contents, contents } from '../contents.ts'
import type { BehaviourFailure } from '../failure.ts'
import { inSavepoint } from '../outcome.ts'
import { emptyTables, insertRows } from '../statements.ts'
import { type TableModel, withParents } from '../table-model.ts'
import { defineProperty, type Property } from './property.ts'

/**
 * Whatever rows the tables hold, a purge at any cutoff removes those that have expired and no other, with the
 * index of the expiry and without it.
 */
export function expiryProperty(
  connection: Connection,
  models: readonly TableModel[],
  cutoffs: fc.Arbitrary<bigint>,
): Property {
  const purged = models.filter(({ expiry }) => expiry !== undefined).map(({ name }) => name)
  const values = fc.record({
    contents: contents(withParents(models, purged), { maxRows: 12, withHazards: true }),
    cutoff: cutoffs,
  })
  return defineProperty('purges of expired rows', values, ({ contents: rows, cutoff }) =>
    inSavepoint(connection, () => {
      emptyTables(connection, models)
      return purgeEach(connection, models, rows, cutoff)
    }),
  )
}

function purgeEach(connection: Connection, models: readonly TableModel[], rows: Contents, cutoff: bigint) {
  const failures: BehaviourFailure[] = []
  for (const [table, values] of Object.entries(rows)) insertRows(connection, table, values)
  const examination = {
    connection,
    report: (object: string, expected: string, actual: string) => {
      failures.push({ check: 'expiry', object, expected, actual })
    },
    apart: <Result>(work: () => Result) => inSavepoint(connection, work),
  }
  for (const model of models) {
    if (model.expiry !== undefined) checkPurge(examination, model, model.expiry, cutoff)
  }
  return failures
}
