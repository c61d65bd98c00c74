import { errorCode } from '../../migrator/errors.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import type { NotCompared } from './model.ts'
import type { Survivor } from './survivors.ts'
import { readTableShape, type SchemaList } from './table-shape.ts'

/** What the declared changes leave out of the comparison of one table, with what can be said of it: how many rows. */
export function describeDeclared(
  connection: Connection,
  listBefore: SchemaList,
  listAfter: SchemaList,
  survivor: Survivor,
): NotCompared[] {
  const { table, nameAfter, freeBecause, mayGainRows, reasons } = survivor
  const isWhole = freeBecause !== null
  const columns = isWhole || reasons.length === 0 ? [] : listFreeColumns(connection, listBefore, survivor)
  if (!isWhole && columns.length === 0 && !mayGainRows) return []
  const entry = {
    table,
    rowsBefore: countRows(connection, listBefore, table),
    rowsAfter: countRows(connection, listAfter, nameAfter),
    reasons,
  }
  const { rowsBefore, rowsAfter } = entry
  // There never was anything to compare.
  if (rowsBefore === 0 && (rowsAfter ?? 0) === 0) return []
  if (isWhole) return [{ ...entry, what: 'rows', columns: [] }]
  const hasNewRows = mayGainRows && rowsBefore !== rowsAfter
  return [
    ...(columns.length === 0 || rowsBefore === 0 ? [] : [{ ...entry, what: 'columns', columns } as const]),
    ...(hasNewRows ? [{ ...entry, what: 'new rows', columns: [] } as const] : []),
  ]
}

function listFreeColumns(
  connection: Connection,
  listBefore: SchemaList,
  { table, columnAfter }: Survivor,
): string[] {
  return readTableShape(connection, listBefore, table)
    .columns.map(({ name }) => name)
    .filter((name) => columnAfter(name) === null)
}

/** Null where there is no such table, or where the engine cannot read it. */
function countRows(connection: Connection, { schema, tables }: SchemaList, table: string): number | null {
  const found = tables.get(foldName(table))
  if (found === undefined) return null
  try {
    const sql = `SELECT count(*) AS n FROM ${quoteName(schema)}.${quoteName(found.name)}`
    return Number(connection.all(sql)[0]?.n)
  } catch (error) {
    if (errorCode(error) === null) throw error
    return null
  }
}
