import type { Connection, SqlRow } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { joinTokens } from '../sql/normalise.ts'
import { readCatalog, readObjects, readVirtualColumns } from './catalog.ts'
import { resolveParents } from './foreign-keys.ts'
import { rememberSchema } from './memory.ts'
import type { Index, Schema, Table } from './model.ts'
import { textOf, textOrNull } from './rows.ts'
import { findShadows, isVirtual } from './shadow.ts'
import { tokensAfterName } from './statement.ts'
import { readTable, readVirtualTable } from './tables.ts'
import { readTrigger } from './trigger.ts'

/**
 * Reads all that a database declares, on any engine from SQLite 3.34 on. It changes nothing. What SQLite makes
 * for itself is left out: `sqlite_sequence`, `sqlite_stat1`, the tables behind a virtual table. The same catalog,
 * in whichever file, mostly gives the same object again, so that who compared it once can know.
 *
 * The reading takes several statements: where another connection may change the schema meanwhile, the caller
 * holds a transaction.
 */
export function readSchema(connection: Connection): Schema {
  const catalog = readObjects(connection)
  return catalog.some(isVirtual)
    ? readApart(connection, catalog)
    : rememberSchema(catalog, () => readApart(connection, catalog))
}

function readApart(connection: Connection, catalog: readonly SqlRow[]): Schema {
  const objects = ownObjects(catalog)
  const tables = readTables(connection, catalog, objects)
  return {
    tables: byName([...tables.values()].map((table) => resolveParents(table, tables))),
    indexes: createdIndexes(tables),
    triggers: byName(
      ofType(objects, 'trigger').map((row) =>
        readTrigger(textOf(row, 'name'), textOf(row, 'tbl_name'), textOf(row, 'sql')),
      ),
    ),
    views: byName(
      ofType(objects, 'view').map((row) => ({
        name: textOf(row, 'name'),
        definition: joinTokens(tokensAfterName(textOf(row, 'sql'), 'view')),
      })),
    ),
  }
}

function readTables(
  connection: Connection,
  catalog: readonly SqlRow[],
  objects: readonly SqlRow[],
): ReadonlyMap<string, Table> {
  const { columns, indexColumns, foreignKeys } = readCatalog(connection)
  const sqlOfIndexes = new Map(
    ofType(catalog, 'index').flatMap((row) => {
      const sql = textOrNull(row, 'sql')
      return sql === null ? [] : [[textOf(row, 'name'), sql] as const]
    }),
  )
  return byName(
    ofType(objects, 'table').map((row) => {
      const [name, sql] = [textOf(row, 'name'), textOf(row, 'sql')]
      if (isVirtual(row)) return readVirtualTable(name, sql, readVirtualColumns(connection, name))
      const rows = {
        columns: columns.get(name) ?? [],
        indexColumns: indexColumns.get(name) ?? [],
        foreignKeys: foreignKeys.get(name) ?? [],
      }
      return readTable(name, sql, rows, sqlOfIndexes)
    }),
  )
}

/** Without what SQLite, or a virtual table, keeps for itself. */
function ownObjects(objects: readonly SqlRow[]): SqlRow[] {
  const shadows = findShadows(objects)
  return objects.filter((row) => {
    const name = foldName(textOf(row, 'name'))
    return !name.startsWith('sqlite_') && !shadows.has(foldName(textOf(row, 'tbl_name')))
  })
}

function ofType(objects: readonly SqlRow[], type: string): SqlRow[] {
  return objects.filter((row) => row.type === type)
}

function createdIndexes(tables: ReadonlyMap<string, Table>): ReadonlyMap<string, Index> {
  return byName(
    [...tables.values()].flatMap(({ indexes }) => indexes.filter(({ origin }) => origin === 'CREATE INDEX')),
  )
}

function byName<Named extends { readonly name: string }>(
  objects: readonly Named[],
): ReadonlyMap<string, Named> {
  return new Map(objects.map((object) => [foldName(object.name), object]))
}
