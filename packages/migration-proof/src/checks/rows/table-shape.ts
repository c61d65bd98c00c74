import { readVirtualTables, type VirtualTable } from '../../schema/shadow.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'

export interface ColumnShape {
  readonly name: string
  /** The declared type, which decides the affinity: https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
  readonly type: string
}

/** Columns that no two rows share, and the index that keeps it so. */
export interface UniqueKey {
  readonly index: string
  readonly columns: readonly { readonly name: string; readonly collation: string }[]
}

/** What must be known of a table to match its rows with those of another. */
export interface TableShape {
  /** The name of the attached database that holds it, such as `main`. */
  readonly schema: string
  readonly name: string
  readonly columns: readonly ColumnShape[]
  /** A name by which the rowid can be read; null for a table that has none, or hides it behind its columns. */
  readonly rowid: string | null
  /** The INTEGER PRIMARY KEY column: the rowid under another name, and so a part of the content. */
  readonly rowidColumn: string | null
  readonly isWithoutRowid: boolean
  /** Primary key first. */
  readonly uniqueKeys: readonly UniqueKey[]
}

/** A table as the schema lists it. */
export interface ListedTable {
  readonly name: string
  readonly isVirtual: boolean
  /** Null for an ordinary table, and for a virtual one that cannot be read here. */
  readonly virtual: VirtualTable | null
}

/** What an attached database lists, read once: a schema may have 10,000 tables. */
export interface SchemaList {
  readonly schema: string
  /** Without those of SQLite itself and those behind virtual tables, in order of their names; by folded name. */
  readonly tables: ReadonlyMap<string, ListedTable>
  readonly indexes: ReadonlySet<string>
}

export function listSchema(connection: Connection, schema: string): SchemaList {
  const entries = connection
    .all(`SELECT type, name, rootpage FROM ${quoteName(schema)}.sqlite_master ORDER BY name`)
    .map(({ type, name, rootpage }) => ({ type, name: String(name), isVirtual: rootpage === 0n }))
  const virtual = entries.some(({ isVirtual }) => isVirtual) ? readVirtualTables(connection, schema) : []
  const shadows = new Set(virtual.flatMap((table) => table.shadows))
  const tables = entries.filter(
    ({ type, name }) => type === 'table' && !/^sqlite_/i.test(name) && !shadows.has(foldName(name)),
  )
  const indexes = entries.filter(({ type }) => type === 'index')
  const virtualOf = (name: string) => virtual.find((table) => table.name === name) ?? null
  return {
    schema,
    tables: new Map(
      tables.map(({ name, isVirtual }) => [foldName(name), { name, isVirtual, virtual: virtualOf(name) }]),
    ),
    indexes: new Set(indexes.map(({ name }) => name)),
  }
}

/** Reads the shape of a table that exists. */
export function readTableShape(connection: Connection, list: SchemaList, table: string): TableShape {
  const { schema } = list
  const virtual = list.tables.get(foldName(table))?.virtual ?? null
  if (virtual !== null) return shapeOfVirtual(schema, virtual)
  const prefix = `PRAGMA ${quoteName(schema)}`
  const rows = connection.all(`${prefix}.table_xinfo(${quoteName(table)})`)
  const columns = rows.map(({ name, type }) => ({ name: String(name), type: String(type) }))
  const keyColumns = rows.filter(({ pk }) => pk !== 0n).map(({ name }) => String(name))
  const indexes = connection.all(`${prefix}.index_list(${quoteName(table)})`)
  const keyIndex = indexes.find(({ origin }) => origin === 'pk')
  // The index of a WITHOUT ROWID table's primary key is the table itself: https://www.sqlite.org/withoutrowid.html
  const isWithoutRowid = keyIndex !== undefined && !list.indexes.has(String(keyIndex.name))
  const rowidColumn = keyIndex === undefined ? (keyColumns[0] ?? null) : null
  return {
    schema,
    name: table,
    columns,
    rowid: isWithoutRowid ? null : (rowidColumn ?? freeRowidName(columns)),
    rowidColumn,
    isWithoutRowid,
    uniqueKeys: indexes
      .filter(({ unique, partial }) => unique === 1n && partial === 0n)
      .sort((left, right) => Number(right.origin === 'pk') - Number(left.origin === 'pk'))
      .flatMap(({ name }) => readUniqueKey(connection, schema, String(name))),
  }
}

function shapeOfVirtual(schema: string, { name, key, columns }: VirtualTable): TableShape {
  return {
    schema,
    name,
    columns: columns.map((column) => ({ name: column, type: '' })),
    rowid: key,
    rowidColumn: key,
    isWithoutRowid: false,
    uniqueKeys: [],
  }
}

/** A column may be named like the rowid, and then hides it: https://www.sqlite.org/rowidtable.html */
function freeRowidName(columns: readonly ColumnShape[]): string | null {
  const taken = new Set(columns.map(({ name }) => foldName(name)))
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name)) ?? null
}

/** None for an index on an expression. */
function readUniqueKey(connection: Connection, schema: string, index: string): UniqueKey[] {
  const parts = connection
    .all(`PRAGMA ${quoteName(schema)}.index_xinfo(${quoteName(index)})`)
    .filter(({ key }) => key === 1n)
  const columns = parts.flatMap(({ name, coll }) =>
    name === null || name === undefined ? [] : [{ name: String(name), collation: String(coll) }],
  )
  return columns.length === parts.length ? [{ index, columns }] : []
}
