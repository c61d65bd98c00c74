import { proveRowsKept } from '../../proof/rows/prove-rows-kept.ts'
import type { Connection } from '../../sql/connection.ts'
import type { Mutant, Symptom } from '../model.ts'
import { chooseStarts, type Start } from '../starts.ts'
import type { Layer } from './layer.ts'

export const rowsLayer: Layer = {
  name: 'rows',
  looksAt: 'compares every row of the files before and after, however the upgrade ended',
  keptBecause: 'it alone sees the rows of real files, and every value of them',
  run: (mutant, { starts, databases }) =>
    chooseStarts(mutant, starts.all).flatMap((start) =>
      databases.withUpgraded(mutant, start, (connection) => compareRows(mutant, start, connection)),
    ),
}

function compareRows({ plan }: Mutant, { name, pristinePath }: Start, connection: Connection): Symptom[] {
  const { failures } = proveRowsKept(connection, {
    pristine: { path: pristinePath },
    dataChanges: plan.migrations.flatMap(({ dataChanges = [] }) => dataChanges),
    exclude: plan.versions.tables,
  })
  return failures.map(({ object, expected, actual }) => ({
    object: `${name}, table ${object}`,
    expected,
    actual,
  }))
}
