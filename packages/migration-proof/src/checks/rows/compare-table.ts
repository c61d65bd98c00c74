import type { Connection } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import { compareAsMultiset } from './compare-as-multiset.ts'
import { compareByMatch } from './compare-by-match.ts'
import type { Comparison, Verdict } from './comparison.ts'
import { isRowidKept, matchByKey, matchByRowid } from './matches.ts'
import type { ComparedTable, RowsFailure } from './model.ts'
import type { ColumnPair } from './same-row.ts'
import type { Survivor } from './survivors.ts'
import { readTableShape, type SchemaList, type TableShape } from './table-shape.ts'

export interface TableResult {
  readonly failures: readonly RowsFailure[]
  /** Null for a table that is not there any more. */
  readonly compared: ComparedTable | null
}

/** Compares the rows of one table before and after. */
export function compareTable(
  connection: Connection,
  listBefore: SchemaList,
  listAfter: SchemaList,
  survivor: Survivor,
): TableResult {
  const before = readTableShape(connection, listBefore, survivor.table)
  const after = findTable(connection, listAfter, survivor.nameAfter)
  if (after === null) return { failures: [missingTable(survivor)], compared: null }
  const { pairs, failures } = pairColumns(before, after, survivor)
  const { mayGainRows } = survivor
  const comparesSigns = hasAtan2(connection)
  const verdict = compareRows({ connection, before, after, columns: pairs, mayGainRows, comparesSigns })
  const { rowsBefore, rowsAfter, matchedBy } = verdict
  return {
    failures: [...failures, ...verdict.failures],
    compared: { table: survivor.table, rowsBefore, rowsAfter, matchedBy },
  }
}

/**
 * The cheapest proof first. A rebuild may give new rowids to the rows of a table that has no INTEGER PRIMARY
 * KEY (https://www.sqlite.org/lang_vacuum.html), so that what the rowid does not match is no loss yet.
 */
function compareRows(comparison: Comparison): Verdict {
  const byRowid = matchByRowid(comparison)
  if (byRowid !== null) {
    const verdict = compareByMatch(comparison, byRowid)
    if (verdict.failures.length === 0 || isRowidKept(comparison)) return verdict
  }
  const byKey = matchByKey(comparison)
  return byKey === null ? compareAsMultiset(comparison) : compareByMatch(comparison, byKey)
}

function findTable(connection: Connection, list: SchemaList, name: string): TableShape | null {
  const found = list.tables.get(foldName(name))
  return found === undefined || found.isVirtual ? null : readTableShape(connection, list, found.name)
}

function missingTable({ table, nameAfter }: Survivor): RowsFailure {
  return { object: table, expected: `the table ${nameAfter}`, actual: 'no such table', rows: [] }
}

function pairColumns(before: TableShape, after: TableShape, survivor: Survivor) {
  const failures: RowsFailure[] = []
  const pairs: ColumnPair[] = []
  const namesAfter = new Set(after.columns.map(({ name }) => foldName(name)))
  for (const column of before.columns) {
    const name = survivor.columnAfter(column.name)
    if (name === null) continue
    if (namesAfter.has(foldName(name))) pairs.push({ before: column, after: name })
    else
      failures.push({
        object: `${before.name}.${column.name}`,
        expected: `the column ${name}`,
        actual: 'no such column',
        rows: [],
      })
  }
  return { pairs, failures }
}

/** Engines that were built without the mathematical functions cannot see the sign of a zero. */
function hasAtan2(connection: Connection): boolean {
  try {
    return connection.all('SELECT atan2(-0.0, -1.0) AS angle').length > 0
  } catch {
    return false
  }
}
