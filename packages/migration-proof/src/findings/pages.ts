import { countOf } from '../count.ts'
import type { Schema, Table } from '../schema/model.ts'
import type { PrivateCopy } from './attempt.ts'
import { fillTable } from './synthetic-rows.ts'

const rowCount = 10_000

/**
 * What an index costs on disk: https://www.sqlite.org/dbstat.html
 *
 * @returns `it holds 44 of 180 pages, with 10,000 rows in the table`, or null where no rows can be made
 */
export function describeCost(copy: PrivateCopy, schema: Schema, table: Table, index: string): string | null {
  const rows = fillTable(copy, schema, table, rowCount)
  if (rows === 0) return null
  const [pages] = copy.connection.all(
    'SELECT count(*) AS total, count(*) FILTER (WHERE name = ?) AS own FROM dbstat',
    [index],
  )
  return `it holds ${pages?.own} of ${pages?.total} pages, with ${countOf(rows, 'row')} in the table`
}
