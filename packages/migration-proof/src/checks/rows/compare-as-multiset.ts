import { quoteName } from '../../sql/names.ts'
import { type Comparison, countRows, scanHint, source, toNumber, type Verdict } from './comparison.ts'
import { countOf, namedRowsLimit, type RowsFailure } from './model.ts'
import { typesOf } from './same-row.ts'

/** Compares two tables as bags of rows: equal rows are counted, and their order is nothing. It sorts both. */
export function compareAsMultiset(comparison: Comparison): Verdict {
  const { connection, before, after, mayGainRows } = comparison
  const lost = readSurplus(comparison, 'before')
  const gained = mayGainRows ? noSurplus : readSurplus(comparison, 'after')
  const failures: RowsFailure[] = []
  if (lost.count > 0) {
    const actual = `${countOf(lost.count, 'row')} gone or changed`
    failures.push({ object: before.name, expected: 'every row as it was', actual, rows: lost.rows })
  }
  if (gained.count > 0) {
    const actual = countOf(gained.count, 'new or changed row')
    failures.push({ object: before.name, expected: 'no new row', actual, rows: gained.rows })
  }
  return {
    rowsBefore: countRows(connection, before),
    rowsAfter: countRows(connection, after),
    matchedBy: 'multiset',
    failures,
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
  const groups = `SELECT sum(side) * ${sign} AS surplus, min(place) FILTER (WHERE side = ${sign}) AS place
    FROM (${rowsOf(comparison, 'before')} UNION ALL ${rowsOf(comparison, 'after')})
    GROUP BY ${groupOf(comparison)} HAVING sum(side) * ${sign} > 0`
  const count = toNumber(comparison.connection.all(`SELECT total(surplus) AS n FROM (${groups})`)[0]?.n)
  if (count === 0 || comparison[side].rowid === null) return { count, rows: [] }
  const named = comparison.connection.all(`SELECT place FROM (${groups}) LIMIT ${namedRowsLimit}`)
  return { count, rows: named.map(({ place }) => `rowid ${place}`) }
}

/** The values of one side without affinity, their types, where each row lies, and 1 before or -1 after. */
function rowsOf({ columns, comparesSigns, ...tables }: Comparison, side: 'before' | 'after'): string {
  const table = tables[side]
  const values = columns.map((pair) => ({
    sql: quoteName(side === 'before' ? pair.before.name : pair.after),
    type: pair.before.type,
  }))
  const selected = values.map(({ sql }, place) => `+${sql} AS "value${place}"`)
  const place = table.rowid === null ? 'NULL' : quoteName(table.rowid)
  const parts = [...selected, `${typesOf(values, comparesSigns)} AS types`, `${place} AS place`]
  return `SELECT ${parts.join(', ')}, ${side === 'before' ? 1 : -1} AS side FROM ${source(table)} ${scanHint(table)}`
}

function groupOf({ columns }: Comparison): string {
  return [...columns.map((_, place) => `"value${place}" COLLATE BINARY`), 'types'].join(', ')
}
