import type { Problem } from '../problem.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import type { Check, CheckOutcome } from './check.ts'
import { countOf, type RowsProof } from './rows/model.ts'
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
    const problems = proof.problems.map((problem) => {
      const parent = plan.migrations.slice(from, target).every(({ foreignKeys }) => foreignKeys === 'off')
        ? null
        : findKeptParent(upgraded, problem, proof.problems)
      return parent === null ? problem : { ...problem, fix: `${adviseRebuild(parent)}; ${problem.fix}` }
    })
    return describe({ ...proof, problems }, written === null ? '' : `${written.detail}, `)
  },
}

/** The table of a problem. */
function tableOf({ subject }: Problem): string {
  return subject.table ?? subject.name
}

/**
 * The parent that kept its rows while its children lost theirs, or their reference: a rebuild does that, because DROP
 * TABLE deletes the rows of the parent first (https://www.sqlite.org/foreignkeys.html#fk_schemacommands).
 */
function findKeptParent(upgraded: Connection, problem: Problem, all: readonly Problem[]): string | null {
  const changed = new Set(all.map((each) => foldName(tableOf(each))))
  const table = tableOf(problem)
  const keys = upgraded.all('SELECT "table", "from", on_delete FROM pragma_foreign_key_list(?)', [table])
  const cleared = keys.filter(({ from, on_delete: action }) =>
    problem.subject.type === 'table'
      ? action === 'CASCADE'
      : /^SET/.test(String(action)) && foldName(`${table}.${from}`) === foldName(problem.subject.name),
  )
  const kept = cleared.find(({ table: parent }) => !changed.has(foldName(String(parent))))
  return kept === undefined ? null : String(kept.table)
}

function adviseRebuild(parent: string): string {
  return `if a migration rebuilds ${parent}, to which these rows refer, add foreignKeys: 'off' to it: otherwise DROP TABLE deletes them, or their reference`
}

function describe({ compared, notCompared, problems }: RowsProof, prefix: string): CheckOutcome {
  const count = compared.reduce((sum, { rowsBefore }) => sum + rowsBefore, 0)
  const tables = new Set(notCompared.map(({ table }) => table)).size
  const exception = tables === 0 ? '' : `; what migrations change on purpose in ${tables} was not`
  return {
    detail: `${prefix}${countOf(count, 'row')} of ${countOf(compared.length, 'table')} compared${exception}`,
    ...(compared.length === 0 && tables > 0 ? { isNotApplicable: true } : {}),
    notCompared,
    problems,
  }
}
