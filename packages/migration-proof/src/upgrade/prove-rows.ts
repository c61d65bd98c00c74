import type { MigrationPlan } from '../migrator/plan.ts'
import type { RowsProof } from '../proof/rows/model.ts'
import { proveRowsKept } from '../proof/rows/prove-rows-kept.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import {
  type DatabaseSize,
  JournalFormatError,
  type JournalPages,
  readJournalPages,
} from './journal-pages.ts'
import type { ProofOutcome, RowsMethod } from './model.ts'
import type { Pristine } from './pristine.ts'
import { findOwners, findTouchedTables, readEntries, type SchemaEntry } from './touched-tables.ts'

export interface RowsSubject {
  readonly connection: Connection
  readonly plan: MigrationPlan
  readonly path: string
  /** The version before. */
  readonly from: number
  readonly pristine: Pristine
  /** What SQLite told before the transaction. */
  readonly sizeBefore: DatabaseSize
  readonly entriesBefore: readonly SchemaEntry[]
  readonly method: RowsMethod
  readonly onTable: (detail: string) => void
}

/** Proves, inside the transaction, that every row is there as it was. */
export function proveRows(subject: RowsSubject): ProofOutcome {
  if (subject.method === 'comparison')
    return describe(
      compareRows(subject, () => true),
      '',
    )
  const pages = readPages(subject)
  // Without a journal that can be read, nothing is known of any page.
  return pages === null
    ? describe(
        compareRows(subject, () => true),
        '',
      )
    : proveByJournal(subject, pages)
}

function proveByJournal(subject: RowsSubject, pages: JournalPages): ProofOutcome {
  const { connection, pristine, entriesBefore, plan } = subject
  const { names, unknownPages } = findTouchedTables(entriesBefore, readEntries(connection), pages)
  const versionTables = new Set(plan.versions.tables.map(foldName))
  const touched = [...names].filter((name) => !versionTables.has(name))
  const written = `${pages.offsets.size} of ${pages.pageCountBefore} pages written to`
  if (touched.length === 0 && unknownPages.length === 0)
    return { detail: `${written}, none with rows`, failures: [] }
  const owners = unknownPages.length === 0 ? [] : findOwners(connection, pristine.attach(), unknownPages)
  const mayHaveChanged = new Set([...touched, ...owners])
  return describe(
    compareRows(subject, (table) => mayHaveChanged.has(foldName(table))),
    `${written}, `,
  )
}

function readPages({ path, sizeBefore }: RowsSubject): JournalPages | null {
  try {
    return readJournalPages(`${path}-journal`, sizeBefore)
  } catch (error) {
    if (error instanceof JournalFormatError) return null
    throw error
  }
}

function compareRows(subject: RowsSubject, mayHaveChanged: (table: string) => boolean): RowsProof {
  const { connection, plan, from, pristine, onTable } = subject
  return proveRowsKept(connection, {
    pristine: { schema: pristine.attach() },
    dataChanges: plan.migrations.slice(from).flatMap(({ dataChanges = [] }) => dataChanges),
    exclude: plan.versions.tables,
    mayHaveChanged,
    onTable: ({ table, position, total }) => onTable(`table ${position} of ${total}: ${table}`),
  })
}

function describe({ compared, notCompared, failures }: RowsProof, prefix: string): ProofOutcome {
  const rows = compared.reduce((sum, { rowsBefore }) => sum + rowsBefore, 0)
  const tables = new Set(notCompared.map(({ table }) => table)).size
  const exception = tables === 0 ? '' : `; what migrations change on purpose in ${tables} was not`
  return {
    detail: `${prefix}${rows} rows of ${compared.length} tables compared${exception}`,
    ...(compared.length === 0 && tables > 0 ? { isNotApplicable: true } : {}),
    notCompared,
    failures: failures.map(({ object, expected, actual, rows: named }) => ({
      object: `table ${object}`,
      expected,
      actual: named.length === 0 ? actual : `${actual}: ${named.join('; ')}`,
    })),
  }
}
