import type { Connection, SqlRow } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import type { JournalPages } from './journal-pages.ts'

/** A table or index as the schema listed it before the transaction. */
export interface SchemaEntry {
  readonly type: 'table' | 'index'
  readonly name: string
  /** The table of an index; of a table, itself. */
  readonly table: string
  readonly rootPage: number
  readonly sql: string | null
}

/** Which tables may hold other rows than before. */
export interface TouchedTables {
  /** Folded names of tables, and of indexes, which are no matter here. */
  readonly names: ReadonlySet<string>
  /** Those of them whose first page was written to. */
  readonly roots: ReadonlySet<string>
  /** Pages that were written to and whose owner is found only by a walk through the trees. */
  readonly unknownPages: readonly number[]
}

/** What owns pages: every table and index that is not virtual. */
export function readEntries(connection: Connection, schema = 'main'): SchemaEntry[] {
  return connection
    .all(
      `SELECT type, name, tbl_name, rootpage, sql FROM ${quoteName(schema)}.sqlite_master WHERE rootpage > 0`,
    )
    .map(({ type, name, tbl_name: table, rootpage, sql }) => ({
      type: type === 'index' ? 'index' : 'table',
      name: String(name),
      table: String(table),
      rootPage: Number(rootpage),
      sql: typeof sql === 'string' ? sql : null,
    }))
}

/**
 * The tables from before whose rows may differ now: those whose entry in the schema is another one, and those
 * that own a page which was written to. The pages of all others were not written to, and the schema still refers to
 * them.
 */
export function findTouchedTables(
  before: readonly SchemaEntry[],
  after: readonly SchemaEntry[],
  { offsets }: JournalPages,
): TouchedTables {
  const entries = new Set(after.map(identify))
  const moved = before.filter((entry) => !entries.has(identify(entry)))
  const roots = new Map(before.map(({ name, rootPage }) => [rootPage, name]))
  // Page 1 holds the header and the schema, whose entries were compared one by one.
  const pages = [...offsets.keys()].filter((page) => page !== 1)
  const owners = pages.flatMap((page) => roots.get(page) ?? [])
  return {
    names: new Set([...moved.map(({ name }) => name), ...owners].map(foldName)),
    roots: new Set(owners.map(foldName)),
    unknownPages: pages.filter((page) => !roots.has(page)),
  }
}

/**
 * Finds who owned pages before, by a walk through the trees: https://www.sqlite.org/dbstat.html
 *
 * @param before the name under which the database from before is attached
 * @returns folded names; a page that belongs to no tree was free
 */
export function findOwners(connection: Connection, before: string, pages: readonly number[]): string[] {
  return connection
    .all('SELECT DISTINCT name FROM dbstat(?) WHERE pageno IN (SELECT value FROM json_each(?))', [
      before,
      JSON.stringify(pages),
    ])
    .map(({ name }) => foldName(String(name)))
}

/** What of a database may be another than before. */
export interface WrittenObjects {
  /** The tables whose rows, or the way in which they are read, may differ. */
  readonly rewritten: readonly SchemaEntry[]
  /** The indexes of all other tables that are new or were written to. */
  readonly indexes: readonly SchemaEntry[]
}

/**
 * The tables and indexes of the upgraded database that are not, page for page, what they were.
 *
 * @param owners the folded names of what owned the pages that were written to
 * @param hasSameKeys whether a table whose entry is another one, and whose pages were not written to, still has all its
 *   columns in their places
 */
export function findWritten(
  before: readonly SchemaEntry[],
  after: readonly SchemaEntry[],
  owners: ReadonlySet<string>,
  hasSameKeys: (table: string) => boolean,
): WrittenObjects {
  const known = new Map(before.map((entry) => [foldName(entry.name), entry]))
  const isWritten = (entry: SchemaEntry) => {
    const old = known.get(foldName(entry.name))
    if (old === undefined || old.rootPage !== entry.rootPage || owners.has(foldName(entry.name))) return true
    if (identify(old) === identify(entry)) return false
    return entry.type === 'index' || old.name !== entry.name || !hasSameKeys(entry.name)
  }
  const rewritten = after.filter((entry) => entry.type === 'table' && isWritten(entry))
  const tables = new Set(rewritten.map(({ name }) => foldName(name)))
  const indexes = after.filter(
    (entry) => entry.type === 'index' && !tables.has(foldName(entry.table)) && isWritten(entry),
  )
  return { rewritten, indexes }
}

/**
 * Whether a table only gained columns at its end, as ADD COLUMN adds them: then each entry of each index still is of its
 * row. A generated column may be computed otherwise.
 *
 * @param before the name under which the database from before is attached
 */
export function onlyGainedColumns(connection: Connection, before: string, table: string): boolean {
  const [old, now] = [before, 'main'].map((schema) =>
    connection.all(
      'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?, ?) ORDER BY cid',
      [table, schema],
    ),
  )
  if (old === undefined || now === undefined || old.length === 0) return false
  if (now.some(({ hidden }) => Number(hidden) > 1)) return false
  const write = (rows: readonly SqlRow[]) => rows.map((row) => JSON.stringify(Object.values(row).map(String)))
  const columns = write(now)
  return (
    write(old).every((column, place) => column === columns[place]) &&
    hasSameCollations(connection, before, table)
  )
}

/** A key of an index has the collation of its column, unless it names another one. */
function hasSameCollations(connection: Connection, before: string, table: string): boolean {
  const [old, now] = [before, 'main'].map((schema) =>
    connection.all(
      `SELECT l.name, i.seqno, i.cid, i."desc", i.coll FROM pragma_index_list(?, ?) AS l,
        pragma_index_xinfo(l.name, ?) AS i ORDER BY l.name, i.seqno`,
      [table, schema, schema],
    ),
  )
  const names = new Set(old?.map(({ name }) => String(name)))
  const write = (rows: readonly SqlRow[] = []) =>
    JSON.stringify(rows.map((row) => Object.values(row).map(String)))
  // An index that is new is looked at by itself.
  return write(old) === write(now?.filter(({ name }) => names.has(String(name))))
}

function identify({ name, rootPage, sql }: SchemaEntry): string {
  return JSON.stringify([name, rootPage, sql])
}
