import { countOf } from '../../count.ts'
import type { Problem } from '../../problem.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { compareByMatch, isRowidKept, matchByKey, matchByRowid } from './compare-by-match.ts'
import type { ColumnPair, Comparison, Verdict } from './comparison.ts'
import { countRows, scanHint, source, toNumber, typesOf } from './comparison.ts'
import { type ComparedTable, namedRowsLimit, problemOfRows } from './model.ts'
import type { Survivor } from './survivors.ts'
import { type ColumnShape, readTableShape, type SchemaList, type TableShape } from './table-shape.ts'

/** Compares two tables as bags of rows: equal rows are counted, and their order is nothing. It sorts both. */
function compareAsMultiset(comparison: Comparison): Verdict {
  const { connection, before, after, mayGainRows } = comparison
  const lost = readSurplus(comparison, 'before')
  const gained = mayGainRows ? noSurplus : readSurplus(comparison, 'after')
  const problems: Problem[] = []
  if (lost.count > 0) {
    const actual = `${countOf(lost.count, 'row')} gone or changed`
    problems.push(
      problemOfRows({ table: before.name, expected: 'every row as it was', actual, rows: lost.rows }),
    )
  }
  if (gained.count > 0) {
    const actual = countOf(gained.count, 'new or changed row')
    const change = { hasAdded: true }
    problems.push(
      problemOfRows({ table: before.name, change, expected: 'no new row', actual, rows: gained.rows }),
    )
  }
  return {
    rowsBefore: countRows(connection, before),
    rowsAfter: countRows(connection, after),
    matchedBy: 'multiset',
    problems,
  }
}

interface Surplus {
  readonly count: number
  readonly rows: readonly string[]
}

const noSurplus: Surplus = { count: 0, rows: [] }

/** The rows that one side holds more often than the other. */
function readSurplus(comparison: Comparison, side: 'before' | 'after'): Surplus {
  const sign = side === 'before' ? 1 : -1
  const groups = `SELECT sum(side) * ${sign} AS surplus, min(position) FILTER (WHERE side = ${sign}) AS position
    FROM (${rowsOf(comparison, 'before')} UNION ALL ${rowsOf(comparison, 'after')})
    GROUP BY ${groupOf(comparison)} HAVING sum(side) * ${sign} > 0`
  const count = toNumber(comparison.connection.all(`SELECT total(surplus) AS n FROM (${groups})`)[0]?.n)
  if (count === 0 || comparison[side].rowid === null) return { count, rows: [] }
  const named = comparison.connection.all(`SELECT position FROM (${groups}) LIMIT ${namedRowsLimit}`)
  return { count, rows: named.map(({ position }) => `rowid ${position}`) }
}

/** The values of one side without affinity, their types, where each row lies, and 1 before or -1 after. */
function rowsOf({ columns, comparesSigns, ...tables }: Comparison, side: 'before' | 'after'): string {
  const table = tables[side]
  const values = columns.map((pair) => ({
    sql: quoteName(side === 'before' ? pair.before.name : pair.after),
    type: pair.before.type,
  }))
  const selected = values.map(({ sql }, index) => `+${sql} AS "value${index}"`)
  const position = table.rowid === null ? 'NULL' : quoteName(table.rowid)
  const parts = [...selected, `${typesOf(values, comparesSigns)} AS types`, `${position} AS position`]
  return `SELECT ${parts.join(', ')}, ${side === 'before' ? 1 : -1} AS side FROM ${source(table)} ${scanHint(table)}`
}

function groupOf({ columns }: Comparison): string {
  return [...columns.map((_, index) => `"value${index}" COLLATE BINARY`), 'types'].join(', ')
}

export interface TableResult {
  readonly problems: readonly Problem[]
  /** Null for a table that is gone. */
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
  const { mayGainRows } = survivor
  const comparesSigns = hasAtan2(connection)
  if (after === null) {
    const newName = findNewName(listBefore, listAfter, (name) => {
      const other = readTableShape(connection, listAfter, name)
      const { pairs, lost } = pairColumns(before, other, survivor)
      const whole = { connection, before, after: other, columns: pairs, mayGainRows, comparesSigns }
      return lost.length === 0 && compareRows(whole).problems.length === 0
    })
    return { problems: [missingTable(survivor, newName)], compared: null }
  }
  const { pairs, lost } = pairColumns(before, after, survivor)
  const comparison = { connection, before, after, columns: pairs, mayGainRows, comparesSigns }
  const problems = lost.map((column) => missingColumn(comparison, column, survivor))
  const verdict = compareRows(comparison)
  const { rowsBefore, rowsAfter, matchedBy } = verdict
  return {
    problems: [...problems, ...verdict.problems],
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
    if (verdict.problems.length === 0 || isRowidKept(comparison)) return verdict
  }
  const byKey = matchByKey(comparison)
  return byKey === null ? compareAsMultiset(comparison) : compareByMatch(comparison, byKey)
}

function findTable(connection: Connection, list: SchemaList, name: string): TableShape | null {
  const found = list.tables.get(foldName(name))
  if (found === undefined || (found.isVirtual && found.virtual === null)) return null
  return readTableShape(connection, list, found.name)
}

/** A new table of which something is true. */
function findNewName(
  before: SchemaList,
  after: SchemaList,
  isSame: (name: string) => boolean,
): string | null {
  const added = [...after.tables].filter(([key, { isVirtual }]) => !before.tables.has(key) && !isVirtual)
  return added.map(([, { name }]) => name).find(isSame) ?? null
}

function missingTable({ table, nameAfter }: Survivor, newName: string | null): Problem {
  return problemOfRows({
    table,
    expected: `the table ${nameAfter}`,
    actual: newName === null ? 'no such table' : `no such table, and ${newName} with its rows`,
    ...(newName === null ? {} : { change: { renamedTo: newName } }),
  })
}

/** A column that is gone; a new one with all its values is its new name. */
function missingColumn(comparison: Comparison, column: ColumnShape, survivor: Survivor): Problem {
  const { before, after, columns } = comparison
  const known = new Set(
    [...before.columns, ...columns].map((each) => foldName('after' in each ? each.after : each.name)),
  )
  const added = after.columns.filter(({ name }) => !known.has(foldName(name)))
  const renamed = added.find(({ name }) => {
    const pairs = [...columns, { before: column, after: name }]
    return compareRows({ ...comparison, columns: pairs }).problems.length === 0
  })
  return problemOfRows({
    table: before.name,
    column: column.name,
    expected: `the column ${survivor.columnAfter(column.name) ?? column.name}`,
    actual: renamed === undefined ? 'no such column' : `no such column, and ${renamed.name} with its values`,
    ...(renamed === undefined ? {} : { change: { renamedColumns: { [column.name]: renamed.name } } }),
  })
}

function pairColumns(before: TableShape, after: TableShape, survivor: Survivor) {
  const lost: ColumnShape[] = []
  const pairs: ColumnPair[] = []
  const namesAfter = new Set(after.columns.map(({ name }) => foldName(name)))
  for (const column of before.columns) {
    const name = survivor.columnAfter(column.name)
    if (name === null) continue
    if (namesAfter.has(foldName(name))) pairs.push({ before: column, after: name })
    else lost.push(column)
  }
  return { pairs, lost }
}

/** Engines that were built without the mathematical functions cannot see the sign of a zero. */
function hasAtan2(connection: Connection): boolean {
  try {
    return connection.all('SELECT atan2(-0.0, -1.0) AS angle').length > 0
  } catch {
    return false
  }
}
