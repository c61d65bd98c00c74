import type { Connection, SqlRow } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { unquote } from '../sql/tokens.ts'
import { tokensAfterName } from './definition.ts'
import { textOf, textOrNull } from './rows.ts'

const fts34 = /^(content|docsize|segdir|segments|stat)$/
const tree = /^(node|parent|rowid)$/

/** The suffix, after the underscore, of the tables in which a module stores its content. */
const suffixesOfModules: ReadonlyMap<string, RegExp> = new Map([
  ['fts3', fts34],
  ['fts4', fts34],
  ['fts5', /^(config|content|data|docsize|idx)$/],
  ['rtree', tree],
  ['rtree_i32', tree],
  ['geopoly', tree],
  ['spellfix1', /^vocab$/],
  // sqlite-vec: https://github.com/asg017/sqlite-vec/blob/main/ARCHITECTURE.md
  ['vec0', /^(auxiliary|chunks|info|rowids|(metadatachunks|metadatatext|vector_chunks)\d\d)$/],
])

/**
 * The folded names of the tables behind the virtual tables of a catalog, such as `notes_content` behind the FTS table
 * `notes`: https://www.sqlite.org/vtab.html#the_xshadowname_method. The module itself need not be loaded.
 *
 * @param catalog rows of `sqlite_schema`, with `type`, `name` and `sql`
 */
export function findShadows(catalog: readonly SqlRow[]): ReadonlySet<string> {
  return new Set(catalog.filter(isVirtual).flatMap((row) => shadowsOf(row, catalog)))
}

function shadowsOf(owner: SqlRow, catalog: readonly SqlRow[]): string[] {
  const { module, argumentsOf } = readModule(owner)
  const suffixes = suffixesOfModules.get(module)
  const prefix = `${foldName(textOf(owner, 'name'))}_`
  const hasOwnContent = contentOf(argumentsOf) === null
  return catalog
    .filter((row) => row.type === 'table' && !isVirtual(row))
    .map((row) => foldName(textOf(row, 'name')))
    .filter((name) => {
      const suffix = name.startsWith(prefix) ? name.slice(prefix.length) : ''
      return suffixes?.test(suffix) === true && (suffix !== 'content' || hasOwnContent)
    })
}

function readModule(row: SqlRow): { readonly module: string; readonly argumentsOf: readonly string[] } {
  const [, module = '', ...argumentsOf] = tokensAfterName(textOf(row, 'sql'), 'table').map(unquote)
  return { module: foldName(module), argumentsOf }
}

/** A virtual table of a module that is a part of SQLite, and that this engine can read. */
export interface VirtualTable {
  readonly name: string
  readonly family: 'fts3' | 'fts5' | 'rtree'
  /**
   * The table that holds what is indexed: null where that is the virtual table itself, and an empty text where it is not
   * stored at all. See https://www.sqlite.org/fts5.html#external_content_and_contentless_tables
   */
  readonly contentTable: string | null
  /** What a row of it is known by: the rowid of full-text search, the first column of an R*Tree. */
  readonly key: string
  /** The columns that hold what was written, the key among them. */
  readonly columns: readonly string[]
  /** The folded names of the tables behind it. */
  readonly shadows: readonly string[]
}

const families: ReadonlyMap<string, VirtualTable['family']> = new Map([
  ['fts3', 'fts3'],
  ['fts4', 'fts3'],
  ['fts5', 'fts5'],
  ['rtree', 'rtree'],
  ['rtree_i32', 'rtree'],
])

/**
 * The virtual tables whose rows can be read as SQLite answers them. The tables behind them hold no rows of the user: what is
 * in them depends on the order of all that was ever written.
 *
 * @param schema the name of the attached database that is read
 */
export function readVirtualTables(connection: Connection, schema = 'main'): VirtualTable[] {
  const catalog = connection.all(
    `SELECT type, name, sql FROM ${quoteName(schema)}.sqlite_master WHERE type = 'table'`,
  )
  return catalog.filter(isVirtual).flatMap((row) => {
    const name = textOf(row, 'name')
    const { module, argumentsOf } = readModule(row)
    const family = families.get(module)
    const visible = family === undefined ? [] : readVisibleColumns(connection, schema, name)
    const [first] = visible
    if (family === undefined || first === undefined) return []
    const isTree = family === 'rtree'
    return [
      {
        name,
        family,
        contentTable: isTree ? null : contentOf(argumentsOf),
        key: isTree ? first : 'rowid',
        columns: isTree ? visible : ['rowid', ...visible],
        shadows: shadowsOf(row, catalog),
      },
    ]
  })
}

/** None where the module is not there. */
function readVisibleColumns(connection: Connection, schema: string, table: string): string[] {
  try {
    return connection
      .all(`PRAGMA ${quoteName(schema)}.table_xinfo(${quoteName(table)})`)
      .filter(({ hidden }) => hidden === 0n)
      .map((column) => textOf(column, 'name'))
  } catch {
    return []
  }
}

/** Whether its rows are its own, and can be read: those of another table are that table's. */
export function hasOwnRows({ family, contentTable }: VirtualTable): boolean {
  // FTS5 knows the rowids of what it does not store.
  return contentTable === null || (contentTable === '' && family === 'fts5')
}

/** SQLite always stores these words in this form. */
export function isVirtual(row: SqlRow): boolean {
  return textOrNull(row, 'sql')?.startsWith('CREATE VIRTUAL TABLE') === true
}

/** What the option `content=` names; null without it. */
function contentOf(argumentsOf: readonly string[]): string | null {
  const position = argumentsOf.findIndex(
    (text, index) => foldName(text) === 'content' && argumentsOf[index + 1] === '=',
  )
  return position === -1 ? null : (argumentsOf[position + 2] ?? '')
}
