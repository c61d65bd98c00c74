import { createHash } from 'node:crypto'
import type { Connection, SqlRow } from '../sql/connection.ts'
import { engineOf } from '../sql/engine-of.ts'
import { foldName, isInternalName } from '../sql/names.ts'
import { joinTokens } from '../sql/normalise.ts'
import { significantTokens, type Token, unquote } from '../sql/tokens.ts'
import { tokensAfterName } from './definition.ts'
import { withoutParentheses } from './expression.ts'
import type { Index, Schema, Table, Trigger } from './model.ts'
import { groupBy, textOf, textOrNull } from './rows.ts'
import { findShadows, isVirtual } from './shadow.ts'
import { readTable, readVirtualTable, resolveParents } from './tables.ts'

/** The caches are cleared when they hold this many: those of a long history, and of the states between its versions. */
const mostSchemas = 2_000
const mostTables = 5_000

const schemas = new Map<string, Schema>()
const tablesBySource = new Map<string, Table>()

/** What is known by a key; otherwise what is read, which is then known. */
function recall<Read>(known: Map<string, Read>, most: number, key: string, read: () => Read): Read {
  const found = known.get(key)
  if (found !== undefined) return found
  const result = read()
  if (known.size >= most) known.clear()
  known.set(key, result)
  return result
}

/**
 * Reads everything that a database declares, on any engine from SQLite 3.34 on. It changes nothing. SQLite's internal
 * objects are left out: `sqlite_sequence`, `sqlite_stat1`, the tables behind a virtual table. Equal catalogs, even of
 * different files, usually return the same object, so that callers can skip comparisons.
 *
 * This runs several statements: if another connection may change the schema meanwhile, the caller must hold a
 * transaction.
 *
 * @example
 * ```js
 * import { openSnapshot, readSchema } from 'migration-proof'
 *
 * const snapshot = openSnapshot('fixtures', 'v1', { on: 'memory' })
 * const { tables } = readSchema(snapshot.connection)
 * console.log(tables.get('note').columns.map(({ name }) => name)) // [ 'id', 'text' ]
 * snapshot.close()
 * ```
 */
export function readSchema(connection: Connection): Schema {
  const [row] = connection.all(fingerprint)
  const objects = String(row?.objects ?? '')
  const engine = engineOf(connection) ?? 'unnamed'
  const keys = /desc/i.test(objects) && hasDescendingKeys(connection) ? 'descending' : null
  const read = () => parseCatalog(connection, readObjects(connection), `${engine} ${keys}`)
  // The columns of a virtual table are not in its SQL.
  if (/:CREATE VIRTUAL TABLE/i.test(objects)) return read()
  const key = createHash('sha256').update(`${engine} ${keys} ${objects}`).digest('base64')
  return recall(schemas, mostSchemas, key, read)
}

/** @param engine what else determines the meaning of SQL */
function parseCatalog(connection: Connection, catalog: readonly SqlRow[], engine: string): Schema {
  const objects = ownObjects(catalog)
  const tables = readTables(connection, catalog, objects, engine)
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
  engine: string,
): ReadonlyMap<string, Table> {
  const indexes = groupBy(ofType(catalog, 'index'), 'tbl_name')
  let pragmas: Catalog | undefined
  return byName(
    ofType(objects, 'table').map((row) => {
      const [name, sql] = [textOf(row, 'name'), textOf(row, 'sql')]
      if (isVirtual(row)) return readVirtualTable(name, sql, readVirtualColumns(connection, name))
      const own = (indexes.get(name) ?? []).map(
        (index) => [textOf(index, 'name'), textOrNull(index, 'sql')] as const,
      )
      // Most tables are the same in most versions.
      return recall(tablesBySource, mostTables, JSON.stringify([engine, name, sql, own]), () => {
        pragmas ??= readCatalog(connection)
        const rows = {
          columns: pragmas.columns.get(name) ?? [],
          indexColumns: pragmas.indexColumns.get(name) ?? [],
          foreignKeys: pragmas.foreignKeys.get(name) ?? [],
        }
        const written = own.flatMap(([index, text]) => (text === null ? [] : [[index, text] as const]))
        return readTable(name, sql, rows, new Map(written))
      })
    }),
  )
}

/** The objects without the internal ones of SQLite and of virtual tables. */
function ownObjects(objects: readonly SqlRow[]): SqlRow[] {
  const shadows = findShadows(objects)
  return objects.filter((row) => {
    return !isInternalName(textOf(row, 'name')) && !shadows.has(foldName(textOf(row, 'tbl_name')))
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

/** What pragmas report about the tables. The maps are keyed by the name of the table. */
export interface Catalog {
  readonly columns: ReadonlyMap<string, readonly SqlRow[]>
  readonly indexColumns: ReadonlyMap<string, readonly SqlRow[]>
  readonly foreignKeys: ReadonlyMap<string, readonly SqlRow[]>
}

/** The objects, oldest first. */
function readObjects(connection: Connection): SqlRow[] {
  return connection.all('SELECT type, name, tbl_name, sql FROM main.sqlite_master ORDER BY rowid')
}

/**
 * All that a schema says, in one value: the SQL that SQLite stores (https://www.sqlite.org/schematab.html). It is read after each
 * migration, and compiled again after each change of the schema, so that it asks for no more.
 */
const fingerprint = `SELECT
    group_concat(type || length(name) || ':' || name || length(tbl_name) || ':' || tbl_name || ifnull(length(sql) || ':' || sql, '-'), '') AS objects
  FROM main.sqlite_master`

/**
 * Whether an index or a key is stored in descending order. A file of the first format keeps none so, whatever its SQL says:
 * https://www.sqlite.org/fileformat2.html#schema_format_number.
 */
function hasDescendingKeys(connection: Connection): boolean {
  const found = connection.all(
    `SELECT 1 FROM main.sqlite_master AS o, pragma_index_xinfo(o.name, 'main') AS c
      WHERE o.type IN ('index', 'table') AND o.rootpage > 0 AND c."desc" LIMIT 1`,
  )
  return found.length > 0
}

/**
 * Reads the catalog with a fixed number of statements, however many tables there are. The pragmas as tables:
 * https://www.sqlite.org/pragma.html#pragfunc. Virtual tables, which have no root page, are left out: a pragma on one
 * fails if its module is not loaded.
 */
function readCatalog(connection: Connection): Catalog {
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

/** The columns of a virtual table; none if its module is not loaded. */
function readVirtualColumns(connection: Connection, table: string): SqlRow[] {
  try {
    return connection.all(`SELECT * FROM pragma_table_xinfo(?, 'main')`, [table])
  } catch {
    return []
  }
}

/** Reads a trigger from its SQL, as SQLite stores it: https://www.sqlite.org/lang_createtrigger.html */
function readTrigger(name: string, table: string, sql: string): Trigger {
  const tokens = significantTokens(sql)
  // Names may be any word, such as `begin`, so that each search starts after the preceding name.
  const start = findWord(tokens, 'trigger', 0) + 2
  const on = findWord(tokens, 'on', start)
  const body = findWord(tokens, 'begin', on + 2)
  const when = findWord(tokens.slice(0, body), 'when', on + 2)
  const event = tokens.slice(start, on)
  return {
    name,
    table,
    timing: timingOf(event),
    event: eventOf(event),
    columns: columnsOf(event),
    when: when === -1 ? null : joinTokens(withoutParentheses(tokens.slice(when + 1, body))),
    body: joinTokens(tokens.slice(body)),
  }
}

function timingOf(event: readonly Token[]): Trigger['timing'] {
  if (isWord(event, 0, 'after')) return 'AFTER'
  return isWord(event, 0, 'instead') ? 'INSTEAD OF' : 'BEFORE'
}

function eventOf(event: readonly Token[]): Trigger['event'] {
  const word = event.map(({ text }) => foldName(text)).find((text) => /^(?:delete|insert|update)$/.test(text))
  if (word === 'delete') return 'DELETE'
  return word === 'insert' ? 'INSERT' : 'UPDATE'
}

/** The names after UPDATE OF, sorted: their order has no meaning. */
function columnsOf(event: readonly Token[]): string[] {
  const update = findWord(event, 'update', 0)
  if (update === -1) return []
  const names = event.slice(update + 2).filter(({ text }) => text !== ',')
  return names.map((token) => foldName(unquote(token))).sort()
}

/** A word after a dot is a column: `new.begin`. */
function findWord(tokens: readonly Token[], word: string, start: number): number {
  return tokens.findIndex(
    (_, position) =>
      position >= start && isWord(tokens, position, word) && tokens[position - 1]?.text !== '.',
  )
}

function isWord(tokens: readonly Token[], position: number, word: string): boolean {
  const token = tokens[position]
  return token?.kind === 'word' && foldName(token.text) === word
}
