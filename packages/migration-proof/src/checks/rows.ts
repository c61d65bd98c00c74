import { countOf } from '../count.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Problem } from '../problem.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import type { Check, CheckOutcome } from './check.ts'
import type { ComparedTable, RowsProof } from './rows/model.ts'
import { proveRowsKept, type RowsProofOptions } from './rows/prove-rows-kept.ts'
import type { FileSubject } from './subject.ts'

/** Counts and pragmas stay clean when a cascade wipes a table: only the contents show it. */
export const rows: Check = {
  name: 'rows',
  proves: 'holds every row, column and value that it held before',
  needs: 'file',
  run: (subject) => {
    const { suite, from, target, upgraded, touched, onTable } = subject
    const written = touched?.() ?? null
    if (written?.hasRows === false) return { detail: `${written.detail}, none with rows`, problems: [] }
    const proof = proveAt(subject, target, upgraded, {
      ...(written === null ? {} : { mayHaveChanged: (table: string) => written.tables.has(foldName(table)) }),
      ...(onTable === undefined ? {} : { onTable }),
    })
    // What a migration asks of this migrator, another tool need not do.
    const mayCascade =
      suite.plan.runner !== undefined ||
      suite.plan.migrations.slice(from, target).some(({ foreignKeys }) => foreignKeys !== 'off')
    const steps = proof.problems.length === 0 ? [] : findSteps(subject)
    const problems = proof.problems.map((problem) => {
      const parent = mayCascade ? findKeptParent(upgraded, tableOf(problem), proof.compared) : null
      const fix = parent === null ? problem.fix : `${adviseRebuild(parent, suite.plan)}; ${problem.fix}`
      const step = steps.find(({ lost }) => lost.has(tableOf(problem)))
      return { ...problem, fix, version: step?.version ?? null }
    })
    return describe({ ...proof, problems }, written === null ? '' : `${written.detail}, `)
  },
}

/** What a version of the database kept of the rows before, apart from what the migrations up to it declare. */
function proveAt(
  { suite: { plan }, from, original }: FileSubject,
  version: number,
  upgraded: Connection,
  options: Pick<RowsProofOptions, 'mayHaveChanged' | 'onTable'> = {},
): RowsProof {
  return proveRowsKept(upgraded, {
    original: original(),
    dataChanges: plan.migrations.slice(from, version).flatMap(({ dataChanges = [] }) => dataChanges),
    exclude: plan.versions.tables,
    ...options,
  })
}

/** The tables of which each version on the way has lost something. */
function findSteps(
  subject: FileSubject,
): readonly { readonly version: number; readonly lost: ReadonlySet<string> }[] {
  const { way, from, target } = subject
  if (way === undefined) return []
  return Array.from({ length: target - from }, (_, step) => {
    const version = from + 1 + step
    const { problems } = way.visit(version, (connection) => proveAt(subject, version, connection))
    return { version, lost: new Set(problems.map(tableOf)) }
  })
}

/** The table of a problem. */
function tableOf({ subject }: Problem): string {
  return subject.table ?? subject.name
}

/**
 * The parent that kept its rows while its children lost theirs, or their reference: a rebuild does that, because DROP
 * TABLE deletes the rows of the parent first (https://www.sqlite.org/foreignkeys.html#fk_schemacommands).
 */
function findKeptParent(
  upgraded: Connection,
  child: string,
  compared: readonly ComparedTable[],
): string | null {
  const haveGone = (name: string) =>
    compared.some(
      ({ table, rowsBefore, rowsAfter }) => foldName(table) === foldName(name) && rowsAfter < rowsBefore,
    )
  const haveNone = (column: string) => {
    const name = quoteName(column)
    return upgraded.all(`SELECT 1 FROM ${quoteName(child)} WHERE ${name} IS NOT NULL LIMIT 1`).length === 0
  }
  const keys = upgraded.all('SELECT "table" AS parent, "from", on_delete FROM pragma_foreign_key_list(?)', [
    child,
  ])
  const cleared = keys.filter(({ from, on_delete: action }) =>
    action === 'CASCADE' ? haveGone(child) : action === 'SET NULL' && haveNone(String(from)),
  )
  const kept = cleared.map(({ parent }) => String(parent)).find((parent) => !haveGone(parent))
  return kept ?? null
}

function adviseRebuild(parent: string, { runner }: MigrationPlan): string {
  const why = `if a migration rebuilds ${parent}, to which these rows refer,`
  if (runner === undefined)
    return `${why} add foreignKeys: 'off' to it: otherwise DROP TABLE deletes them, or their reference`
  const save = `${why} let it save them in another table before DROP TABLE and put them back`
  return runner.foreignKeys === 'off'
    ? save
    : `${save}: ${runner.tool} has foreign keys on there, and a PRAGMA does nothing in its transaction`
}

function describe({ compared, notCompared, problems }: RowsProof, prefix: string): CheckOutcome {
  const count = compared.reduce((sum, { rowsBefore }) => sum + rowsBefore, 0)
  const tables = new Set(notCompared.map(({ table }) => table)).size
  const exception = tables === 0 ? '' : `; what migrations change on purpose in ${tables} was not`
  return {
    detail: `${prefix}${countOf(count, 'row')} of ${countOf(compared.length, 'table')} compared${exception}`,
    ...(compared.length === 0 && tables > 0 ? { isNotApplicable: true } : {}),
    notCompared,
    compared,
    problems,
  }
}
