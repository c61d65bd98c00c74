import { foldName } from '../sql/names.ts'
import type { Check, CheckOutcome } from './check.ts'
import type { RowsProof } from './rows/model.ts'
import { proveRowsKept } from './rows/prove-rows-kept.ts'

/** Counts and pragmas stay clean when a cascade wipes a table: only the contents show it. */
export const rows: Check = {
  name: 'rows',
  proves: 'holds every row, column and value that it held before',
  needs: 'file',
  run: ({ suite: { plan }, from, target, upgraded, original, touched, onTable }) => {
    const written = touched?.() ?? null
    if (written?.hasRows === false) return { detail: `${written.detail}, none with rows`, problems: [] }
    const proof = proveRowsKept(upgraded, {
      original: original(),
      dataChanges: plan.migrations.slice(from, target).flatMap(({ dataChanges = [] }) => dataChanges),
      exclude: plan.versions.tables,
      ...(written === null ? {} : { mayHaveChanged: (table: string) => written.tables.has(foldName(table)) }),
      ...(onTable === undefined ? {} : { onTable }),
    })
    return describe(proof, written === null ? '' : `${written.detail}, `)
  },
}

function describe({ compared, notCompared, problems }: RowsProof, prefix: string): CheckOutcome {
  const count = compared.reduce((sum, { rowsBefore }) => sum + rowsBefore, 0)
  const tables = new Set(notCompared.map(({ table }) => table)).size
  const exception = tables === 0 ? '' : `; what migrations change on purpose in ${tables} was not`
  return {
    detail: `${prefix}${count} rows of ${compared.length} tables compared${exception}`,
    ...(compared.length === 0 && tables > 0 ? { isNotApplicable: true } : {}),
    notCompared,
    problems,
  }
}
