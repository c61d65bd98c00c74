import type { Connection, SqlRow } from '../sql/connection.ts'
import { groupBy } from './rows.ts'

/** What SQLite itself tells of a schema. The maps are keyed by the table's name. */
export interface Catalog {
  readonly objects: readonly SqlRow[]
  readonly columns: ReadonlyMap<string, readonly SqlRow[]>
  readonly indexColumns: ReadonlyMap<string, readonly SqlRow[]>
  readonly foreignKeys: ReadonlyMap<string, readonly SqlRow[]>
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
    objects: connection.all('SELECT type, name, tbl_name, sql FROM main.sqlite_master ORDER BY rowid'),
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
