import type { Check } from '../check.ts'
import { proveRowsKept } from '../rows/prove-rows-kept.ts'

/** Counts and pragmas stay clean when a cascade wipes a table: only the contents tell. */
export const rows: Check = {
  name: 'rows',
  proves: 'holds every row, column and value that it held before',
  run: ({ suite, snapshot, target, upgraded, pristinePath }) => {
    const { failures } = proveRowsKept(upgraded, {
      pristine: { path: pristinePath },
      dataChanges: suite.plan.migrations
        .slice(snapshot.version, target)
        .flatMap(({ dataChanges = [] }) => dataChanges),
      exclude: suite.plan.versions.tables,
    })
    return failures.map(({ object, expected, actual, rows: named }) => ({
      object: `table ${object}`,
      expected,
      actual: named.length === 0 ? actual : `${actual}: ${named.join('; ')}`,
    }))
  },
}
