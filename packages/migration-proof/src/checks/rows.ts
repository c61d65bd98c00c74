import { countOf } from '../count.ts'
import { locateDrop } from '../history/location.ts'
import type { DataChange, Migration } from '../migrator/migration.ts'
import { type MigrationPlan, rulesOf } from '../migrator/plan.ts'
import type { Problem, UndeclaredChange } from '../problem.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import type { Check, CheckOutcome } from './check.ts'
import { adviseDeclaration, type ComparedTable, type RowsProof } from './rows/model.ts'
import { proveRowsKept, type RowsProofOptions } from './rows/prove-rows-kept.ts'
import { followChanges } from './rows/survivors.ts'
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
    const problems = findCauses(subject, proof.problems).map((problem) => {
      const parent = mayCascade ? findKeptParent(upgraded, tableOf(problem), proof.compared) : null
      if (parent === null) return problem
      const migration = suite.plan.migrations.find(({ version }) => version === problem.version)
      return {
        ...problem,
        location: problem.location ?? locateDrop(migration, parent),
        fix: `${adviseRebuild(parent, suite.plan, migration)}; ${problem.fix}`,
      }
    })
    return describe({ ...proof, problems }, written === null ? '' : `${written.detail}, `)
  },
}

/** What a version of the database kept of the rows before, apart from the changes on the way to it. */
function proveAt(
  { suite: { plan }, from, original }: FileSubject,
  version: number,
  upgraded: Connection,
  options: Pick<RowsProofOptions, 'mayHaveChanged' | 'onTable' | 'dataChanges'> = {},
): RowsProof {
  return proveRowsKept(upgraded, {
    original: original(),
    dataChanges: plan.migrations.slice(from, version).flatMap(({ dataChanges = [] }) => dataChanges),
    exclude: plan.versions.tables,
    ...options,
  })
}

/**
 * What was lost of each table in the end, as each migration on the way lost it. What one of them changes is taken as declared
 * by it, so that the next ones are only asked for the rest.
 */
function findCauses(subject: FileSubject, lost: readonly Problem[]): readonly Problem[] {
  const { suite, way, from, target } = subject
  if (way === undefined || lost.length === 0) return lost
  const tables = new Set(lost.map(tableOf))
  const changes: DataChange[] = []
  const causes = suite.plan.migrations.slice(from, target).flatMap(({ version, dataChanges = [] }) => {
    const before = [...changes]
    changes.push(...dataChanges)
    const options = { dataChanges: [...changes] }
    const { problems } = way.visit(version, (connection) => proveAt(subject, version, connection, options))
    return problems.flatMap((problem) => {
      if (problem.undeclared !== null)
        changes.push(asDeclared(withNamesAfter(problem.undeclared, options.dataChanges)))
      if (!tables.has(tableOf(problem))) return []
      const undeclared = problem.undeclared === null ? null : withNamesAfter(problem.undeclared, before)
      const fix = undeclared === null ? problem.fix : adviseDeclaration(undeclared)
      return [{ ...problem, undeclared, fix, version }]
    })
  })
  const explained = new Set(causes.map(tableOf))
  return [...causes, ...lost.filter((problem) => !explained.has(tableOf(problem)))]
}

/** A change by the names that table and columns have after some declared changes. */
function withNamesAfter(change: UndeclaredChange, changes: readonly DataChange[]): UndeclaredChange {
  const [survivor] = followChanges([change.table], changes)
  if (survivor === undefined) return change
  const { columns, renamedColumns } = change
  const nameOf = (column: string) => survivor.nameOfColumn(column)
  const renames = Object.entries(renamedColumns ?? {}).map(([name, to]) => [nameOf(name), to])
  return {
    ...change,
    table: survivor.nameAfter,
    columns: columns?.map(nameOf) ?? null,
    renamedColumns: renamedColumns === null ? null : Object.fromEntries(renames),
  }
}

function asDeclared({ table, columns, renamedTo, renamedColumns, ...change }: UndeclaredChange): DataChange {
  return {
    table,
    ...(columns === null ? {} : { columns }),
    ...(renamedTo === null ? {} : { renamedTo }),
    ...(renamedColumns === null ? {} : { renamedColumns }),
    ...(change.hasRemoved ? { rowsRemoved: 'true' } : {}),
    ...(change.hasAdded ? { rowsAdded: true } : {}),
    ...(change.reusesIds ? { idsReused: true } : {}),
    reason: '',
  }
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

function adviseRebuild(parent: string, { runner }: MigrationPlan, migration: Migration | undefined): string {
  const why = `if a migration rebuilds ${parent}, to which these rows refer,`
  const rules = migration === undefined ? runner : rulesOf(runner, migration)
  const pragma = 'switch foreign keys off in it, by PRAGMA foreign_keys = OFF before DROP TABLE'
  const otherwise = 'otherwise DROP TABLE deletes them, or their reference'
  if (rules === undefined && migration?.sql !== undefined) return `${why} ${pragma}: ${otherwise}`
  if (rules === undefined) return `${why} add foreignKeys: 'off' to it: ${otherwise}`
  if (rules.foreignKeys === 'on' && (migration?.transaction ?? rules.transaction) === 'none')
    return `${why} ${pragma}, and ON after it: ${rules.tool} has foreign keys on there, and no transaction`
  const save = `${why} let it save them in another table before DROP TABLE and put them back`
  return rules.foreignKeys === 'off'
    ? save
    : `${save}: ${rules.tool} has foreign keys on there, and a PRAGMA does nothing in its transaction`
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
