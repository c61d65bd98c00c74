import { countOf } from '../../count.ts'
import type { Problem } from '../../problem.ts'
import type { SqlRow } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import {
  type Comparison,
  countRows,
  sameRow,
  sameValue,
  scanHint,
  source,
  toNumber,
  type Verdict,
} from './comparison.ts'
import { namedRowsLimit, problemOfRows } from './model.ts'
import type { TableShape, UniqueKey } from './table-shape.ts'

/**
 * How each row before finds its row after: no row before finds more than one, and no row after is found
 * twice. Together with equal counts that makes "each row before finds an equal one" a proof.
 */
export interface Match {
  readonly by: 'rowid' | 'key'
  /** SQL over `b` (before) and `a` (after). */
  readonly condition: string
  /** How SQLite must find the row of each side when it looks for it. */
  readonly hintBefore: string
  readonly hintAfter: string
  /** A column of each side that is never NULL in a row that was found. */
  readonly columnBefore: string
  readonly columnAfter: string
}

/** Compares two tables whose rows are matched one by one. One pass over both when nothing is wrong. */
export function compareByMatch(comparison: Comparison, match: Match): Verdict {
  const { connection, after, mayGainRows } = comparison
  const [totals] = connection.all(countWrong(comparison, match))
  const rowsBefore = toNumber(totals?.n)
  const rowsAfter = countRows(connection, after)
  const wrong = toNumber(totals?.wrong)
  const problems: Problem[] = []
  const missing = wrong > 0 ? countMissing(comparison, match) : 0
  if (wrong > 0) problems.push(describeWrong(comparison, match, wrong, missing))
  const found = rowsBefore - missing
  if (rowsAfter < found || (rowsAfter > found && !mayGainRows)) {
    problems.push(describeNew(comparison, match, rowsAfter - found))
  }
  return { rowsBefore, rowsAfter, matchedBy: match.by, problems }
}

/**
 * An aggregate takes 2000 columns at most, and both sides count. Behind a LIMIT the subquery of a wide table
 * is not merged into the aggregate: https://www.sqlite.org/optoverview.html#subquery_flattening
 */
function countWrong(comparison: Comparison, match: Match): string {
  const from = joined(comparison, match)
  const wrong = differs(comparison, match)
  if (comparison.columns.length < 900) {
    return `SELECT count(*) AS n, count(*) FILTER (WHERE ${wrong}) AS wrong FROM ${from}`
  }
  return `SELECT count(*) AS n, total(wrong) AS wrong FROM (SELECT ${wrong} AS wrong FROM ${from} LIMIT -1)`
}

function joined({ before, after }: Comparison, match: Match): string {
  return `${source(before)} AS b ${scanHint(before)} LEFT JOIN ${source(after)} AS a ${match.hintAfter} ON ${match.condition}`
}

function differs({ columns, comparesSigns }: Comparison, match: Match): string {
  return `${isGone(match)} OR NOT ${sameRow(columns, comparesSigns)}`
}

/** SQL that is true where the outer join found no row. */
function isGone({ columnAfter }: Match): string {
  return `a.${quoteName(columnAfter)} IS NULL`
}

function countMissing(comparison: Comparison, match: Match): number {
  const sql = `SELECT count(*) AS n FROM ${joined(comparison, match)} WHERE ${isGone(match)}`
  return toNumber(comparison.connection.all(sql)[0]?.n)
}

function describeWrong(comparison: Comparison, match: Match, wrong: number, missing: number): Problem {
  const { connection, before, columns, comparesSigns } = comparison
  const flags = columns.map((pair, index) => `${sameValue(pair, comparesSigns)} AS "same${index}"`)
  const rows = connection.all(
    `SELECT ${nameOf(before, 'b')} AS name, ${[`${isGone(match)} AS gone`, ...flags].join(', ')}
     FROM ${joined(comparison, match)} WHERE ${differs(comparison, match)} LIMIT ${namedRowsLimit}`,
  )
  const changed = missing === wrong ? null : changedColumns(comparison, match)
  return problemOfRows({
    table: before.name,
    change: { hasRemoved: missing > 0, columns: changed },
    expected: 'every row as it was',
    actual: `${countOf(wrong, 'row')} gone or changed`,
    rows: rows.map((row) => describeRow(comparison, row)),
  })
}

/** The columns that differ in any row that was found. */
function changedColumns(comparison: Comparison, match: Match): string[] {
  const { connection, columns, comparesSigns } = comparison
  const flags = columns.map((pair, index) => `max(NOT ${sameValue(pair, comparesSigns)}) AS d${index}`)
  const sql = `SELECT ${flags.join(', ')} FROM ${joined(comparison, match)} WHERE NOT ${isGone(match)}`
  const [differences] = columns.length === 0 ? [] : connection.all(sql)
  return columns.filter((_, index) => differences?.[`d${index}`] === 1n).map(({ before }) => before.name)
}

function describeRow({ before, columns }: Comparison, row: SqlRow): string {
  const name = describeName(before, row)
  if (row.gone === 1n) return `${name} is gone`
  const changed = columns.filter((_, index) => row[`same${index}`] !== 1n).map((pair) => pair.before.name)
  return `${name} changed in ${changed.join(', ')}`
}

function describeNew(comparison: Comparison, match: Match, count: number): Problem {
  const { connection, before, after } = comparison
  const rows = connection.all(
    `SELECT ${nameOf(after, 'a')} AS name FROM ${source(after)} AS a ${scanHint(after)}
     LEFT JOIN ${source(before)} AS b ${match.hintBefore} ON ${match.condition}
     WHERE b.${quoteName(match.columnBefore)} IS NULL LIMIT ${namedRowsLimit}`,
  )
  return problemOfRows({
    table: before.name,
    expected: 'no new row',
    actual: `${countOf(count, 'new row')}`,
    rows: rows.map((row) => `${describeName(after, row)} is new`),
    change: { hasAdded: true },
  })
}

/** SQL for the number by which a row is named: its rowid, or its position in the order of the primary key. */
function nameOf(table: TableShape, alias: string): string {
  if (table.rowid !== null) return `${alias}.${quoteName(table.rowid)}`
  const key = table.uniqueKeys[0]?.columns ?? []
  if (!table.isWithoutRowid || key.length === 0) return 'NULL'
  const columns = (of: string) => key.map(({ name }) => `${of}.${quoteName(name)}`).join(', ')
  return `(SELECT count(*) FROM ${source(table)} AS o WHERE (${columns('o')}) <= (${columns(alias)}))`
}

function describeName(table: TableShape, { name }: SqlRow): string {
  if (table.rowid !== null) return `rowid ${name}`
  return table.isWithoutRowid ? `row ${name} in key order` : 'a row'
}

/** Matches rows by their rowid; null where a side has none that can be read. */
export function matchByRowid({ before, after }: Comparison): Match | null {
  if (before.rowid === null || after.rowid === null) return null
  return {
    by: 'rowid',
    condition: `a.${quoteName(after.rowid)} = b.${quoteName(before.rowid)}`,
    hintBefore: scanHint(before),
    hintAfter: scanHint(after),
    columnBefore: before.rowid,
    columnAfter: after.rowid,
  }
}

/** Whether the rowid is content: then a row that is not found by it is lost, wherever its other values are. */
export function isRowidKept({ before, columns }: Comparison): boolean {
  return columns.some((pair) => pair.before.name === before.rowidColumn)
}

/** Matches rows by a key that is declared on both sides and holds no NULL; null where there is none. */
export function matchByKey(comparison: Comparison): Match | null {
  for (const keyBefore of comparison.before.uniqueKeys) {
    const names = keyBefore.columns.map(({ name }) => name)
    const namesAfter = names.flatMap((name) => nameAfter(comparison, name))
    if (namesAfter.length < names.length) continue
    const keyAfter = comparison.after.uniqueKeys.find((key) => hasColumns(key, namesAfter))
    const [columnBefore] = names
    const [columnAfter] = namesAfter
    if (keyAfter === undefined || columnBefore === undefined || columnAfter === undefined) continue
    if (holdsNull(comparison, names)) continue
    return {
      by: 'key',
      condition: names
        .map((name, index) => sameKeyPart(keyAfter, name, namesAfter[index] ?? name))
        .join(' AND '),
      hintBefore: `INDEXED BY ${quoteName(keyBefore.index)}`,
      hintAfter: `INDEXED BY ${quoteName(keyAfter.index)}`,
      columnBefore,
      columnAfter,
    }
  }
  return null
}

function nameAfter({ columns }: Comparison, name: string): string[] {
  const pair = columns.find(({ before }) => foldName(before.name) === foldName(name))
  return pair === undefined ? [] : [pair.after]
}

function hasColumns({ columns }: UniqueKey, names: readonly string[]): boolean {
  const wanted = new Set(names.map(foldName))
  return columns.length === names.length && columns.every(({ name }) => wanted.has(foldName(name)))
}

/** The collation is that of the index, so that SQLite can search with it. */
function sameKeyPart({ columns }: UniqueKey, before: string, after: string): string {
  const part = columns.find(({ name }) => foldName(name) === foldName(after))
  return `a.${quoteName(after)} = b.${quoteName(before)} COLLATE ${quoteName(part?.collation ?? 'BINARY')}`
}

/** A key takes many NULLs: https://www.sqlite.org/lang_createtable.html#unique_constraints */
function holdsNull({ connection, before }: Comparison, names: readonly string[]): boolean {
  const isNull = names.map((name) => `${quoteName(name)} IS NULL`).join(' OR ')
  return connection.all(`SELECT 1 FROM ${source(before)} WHERE ${isNull} LIMIT 1`).length > 0
}
