import type { MigrationPlan } from '../../harness/migrator/plan.ts'
import { readVersion } from '../../harness/migrator/versions.ts'
import type { Connection } from '../../harness/sql/connection.ts'
import { quoteName } from '../../harness/sql/names.ts'
import type { InspectedIndex, InspectedTable } from './model.ts'
import { type Outline, readOutline } from './outline.ts'

/** What is read of a database without parsing its SQL. */
export interface Contents {
  readonly version: number
  readonly outline: Outline
  readonly tables: readonly InspectedTable[]
}

/** @throws {VersionTableError} when the version cannot be read */
export function readContents(connection: Connection, plan: MigrationPlan): Contents {
  const version = readVersion(connection, plan)
  return { version, outline: readOutline(connection), tables: readTables(connection) }
}

function readTables(connection: Connection): InspectedTable[] {
  const names = connection.all(
    `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY name`,
  )
  const indexes = readIndexes(connection)
  return names.map(({ name }) => ({
    name: String(name),
    rows: countRows(connection, String(name)),
    indexes: indexes.get(String(name)) ?? [],
  }))
}

function countRows(connection: Connection, table: string): number | null {
  try {
    return Number(connection.all(`SELECT count(*) AS rows FROM main.${quoteName(table)}`)[0]?.rows)
  } catch (error) {
    // A damaged file must not pass as a table without a count.
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_ERROR') return null
    throw error
  }
}

function readIndexes(connection: Connection): ReadonlyMap<string, readonly InspectedIndex[]> {
  const rows = connection.all(
    `SELECT t.name AS table_name, i.name AS index_name, c.name AS column_name, c."desc" AS descending
    FROM main.sqlite_schema AS t, pragma_index_list(t.name, 'main') AS i, pragma_index_xinfo(i.name, 'main') AS c
    WHERE t.type = 'table' AND t.rootpage > 0 AND i.origin = 'c' AND c.key = 1
    ORDER BY t.name, i.name, c.seqno`,
  )
  const tables = new Map<string, { name: string; columns: string[] }[]>()
  for (const row of rows) {
    const indexes = tables.get(String(row.table_name)) ?? []
    tables.set(String(row.table_name), indexes)
    const name = String(row.index_name)
    const column = `${row.column_name ?? 'an expression'}${row.descending === 1n ? ' DESC' : ''}`
    const index = indexes.find((known) => known.name === name)
    if (index === undefined) indexes.push({ name, columns: [column] })
    else index.columns.push(column)
  }
  return tables
}
