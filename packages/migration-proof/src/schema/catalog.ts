import type { Connection, SqlRow } from '../sql/connection.ts'
import { groupBy } from './rows.ts'

/** What pragmas tell of the tables. The maps are keyed by the table's name. */
export interface Catalog {
  readonly columns: ReadonlyMap<string, readonly SqlRow[]>
  readonly indexColumns: ReadonlyMap<string, readonly SqlRow[]>
  readonly foreignKeys: ReadonlyMap<string, readonly SqlRow[]>
}

/**
 * The objects, oldest first, each with what else decides how their SQL reads: the engine, and whether this file
 * heeds DESC. One of the first file format does not:
 * https://www.sqlite.org/fileformat2.html#schema_format_number.
 */
export function readObjects(connection: Connection): SqlRow[] {
  return connection.all(`SELECT
      sqlite_version() AS engine,
      CASE WHEN EXISTS (SELECT 1 FROM main.sqlite_master WHERE sql LIKE '%desc%') AND EXISTS (
        SELECT 1 FROM main.sqlite_master AS o, pragma_index_xinfo(o.name, 'main') AS c
        WHERE o.type IN ('index', 'table') AND o.rootpage > 0 AND c."desc"
      ) THEN 'descending' END AS keys,
      type, name, tbl_name, sql
    FROM main.sqlite_master ORDER BY rowid`)
}

/**
 * Reads the catalog with a fixed number of statements, however many tables there are. The pragmas as tables:
 * https://www.sqlite.org/pragma.html#pragfunc. Virtual tables, which have no root page, are left aside: a
 * pragma on one fails where its module is not loaded.
 */
export function readCatalog(connection: Connection): Catalog {
  const readByTable = (columns: string, pragmas: string) =>
    groupBy(
      connection.all(
        `SELECT t.name AS table_name, ${columns} FROM main.sqlite_master AS t, ${pragmas}
        WHERE t.type = 'table' AND t.rootpage > 0`,
      ),
      'table_name',
    )
  return {
    columns: readByTable('c.*', `pragma_table_xinfo(t.name, 'main') AS c`),
    indexColumns: readByTable(
      `i.name AS index_name, i."unique" AS is_unique, i.origin, c.*`,
      `pragma_index_list(t.name, 'main') AS i, pragma_index_xinfo(i.name, 'main') AS c`,
    ),
    foreignKeys: readByTable('f.*', `pragma_foreign_key_list(t.name, 'main') AS f`),
  }
}

/** The columns of a virtual table; none where its module is not loaded. */
export function readVirtualColumns(connection: Connection, table: string): SqlRow[] {
  try {
    return connection.all(`SELECT * FROM pragma_table_xinfo(?, 'main')`, [table])
  } catch {
    return []
  }
}
