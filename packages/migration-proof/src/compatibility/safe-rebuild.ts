import { parentsFirst } from '../rows/generate.ts'
import { type ForeignKey, findTable, type Schema, type Table } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { createdTable, droppedTable, renamedTable } from '../sql/alterations.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import type { BatchStatement } from './batches.ts'

/**
 * Runs the statements of a transaction as they are meant: where a table is rebuilt, the rows that refer to it stay. What
 * deletes rows, or changes keys, does to their children what the schema says.
 *
 * @param connection one of the engine of the harness, with no transaction open
 */
export function runAsMeant(connection: Connection, statements: readonly string[]): void {
  for (const sql of statements) {
    const [first, second] = wordsOf(sql)
    if (first === 'pragma' && (second === 'foreign_keys' || second === 'defer_foreign_keys')) continue
    const actsOnChildren = first === 'delete' || first === 'update'
    connection.exec(`PRAGMA foreign_keys = ${actsOnChildren ? 'ON' : 'OFF'}`)
    connection.exec(sql)
  }
}

/** The tables that refer to one, directly or by others, parents first; without the table itself. */
export function referringTo(connection: Connection, schema: Schema, parent: string): readonly Table[] {
  const found = new Set([foldName(parent)])
  const tables = [...schema.tables.values()].filter(({ module }) => module === null)
  for (let size = 0; size !== found.size; ) {
    size = found.size
    for (const { name, foreignKeys } of tables)
      if (foreignKeys.some((key) => found.has(foldName(key.parent)))) found.add(foldName(name))
  }
  const names = tables.map(({ name }) => name).filter((name) => found.has(foldName(name)))
  return parentsFirst(connection, names, schema)
    .filter((name) => foldName(name) !== foldName(parent))
    .flatMap((name) => findTable(schema, name) ?? [])
}

/**
 * A form of statements that rebuild tables which does not need foreign keys to be off: before a table is dropped, the rows of all
 * tables that refer to it are copied, and deleted from the children up; when the table is there again, they are put back from
 * the parents down. Triggers of these tables are dropped for as long, and `defer_foreign_keys` lets RESTRICT wait. Whether the form keeps everything, only a run proves.
 *
 * @param connection the database before them, on the engine of the harness; it becomes what the form is meant to leave
 * @returns null where no table with children is dropped, or where it does not come back
 */
export function saferStatements(
  connection: Connection,
  statements: readonly BatchStatement[],
): BatchStatement[] | null {
  const safer: BatchStatement[] = []
  const pending: { readonly at: number; readonly restore: readonly string[] }[] = []
  for (const [index, { sql, version }] of statements.entries()) {
    const add = (added: readonly string[]) => safer.push(...added.map((each) => ({ sql: each, version })))
    const dropped = droppedTable(sql)
    const later = statements.slice(index + 1).map((each) => each.sql)
    const rebuild = dropped === null ? null : saveChildren(connection, dropped, later)
    if (rebuild !== null) {
      add([...rebuild.save, ...rebuild.watermark])
      runAsMeant(connection, rebuild.watermark)
      pending.push({ at: index + 1 + rebuild.backAfter, restore: rebuild.restore })
    }
    add([sql])
    runAsMeant(connection, [sql])
    for (const { at, restore } of pending) if (at === index) add(restore)
  }
  if (pending.length === 0) return null
  const first = safer.findIndex(({ sql }) => !isPragma(sql))
  const { version = null } = safer[first] ?? {}
  return safer.toSpliced(Math.max(first, 0), 0, { sql: 'PRAGMA defer_foreign_keys = ON', version })
}

function isPragma(sql: string): boolean {
  return wordsOf(sql)[0] === 'pragma'
}

interface Rebuild {
  readonly save: readonly string[]
  /** Keeps the highest id that AUTOINCREMENT gave out. */
  readonly watermark: readonly string[]
  readonly restore: readonly string[]
  /** The number of the statement, of those after the DROP TABLE, that brings the table back. */
  readonly backAfter: number
}

function saveChildren(connection: Connection, parent: string, later: readonly string[]): Rebuild | null {
  const schema = readSchema(connection)
  const own = findTable(schema, parent)
  const back = findReturn(parent, later)
  const children = referringTo(connection, schema, parent)
  if (own === undefined || back === null || children.length + ownKeys(own).length === 0) return null
  const triggers = triggersOf(connection, children)
  const saved = children.map((table) => new SavedTable(table, schema))
  const nameAfter = (name: string) => (foldName(name) === back.renamedFrom ? own.name : name)
  return {
    save: [
      ...triggers.map(({ name }) => `DROP TRIGGER ${quoteName(name)}`),
      ...saved.map((table) => table.copy()),
      ...saved.toReversed().map((table) => table.empty()),
    ],
    watermark: keepWatermark(
      own,
      back.renamedFrom === null ? undefined : findTable(schema, back.renamedFrom),
    ),
    restore: [
      ...saved.map((table) => table.putBack(nameAfter(table.name))),
      ...triggers.map(({ sql }) => sql),
      ...saved.map((table) => table.dropCopy()),
    ],
    backAfter: back.index,
  }
}

/** Where a dropped table is there again, with its rows: it gets its name back, or is made and filled. */
function findReturn(
  parent: string,
  later: readonly string[],
): { readonly index: number; readonly renamedFrom: string | null } | null {
  for (const [index, sql] of later.entries()) {
    const renamed = renamedTable(sql)
    if (renamed?.to === parent) return { index, renamedFrom: renamed.from }
    if (createdTable(sql) !== parent) continue
    const filled = later.findLastIndex((each) => {
      const [first, , ...rest] = wordsOf(each)
      return (first === 'insert' || first === 'replace') && rest.includes(parent)
    })
    return { index: Math.max(index, filled), renamedFrom: null }
  }
  return null
}

/** Gives the new table the highest id of the old one; with RENAME, it takes it along. */
function keepWatermark(old: Table, renewed: Table | undefined): string[] {
  if (old.primaryKey?.autoincrement !== true || renewed?.primaryKey?.autoincrement !== true) return []
  const [from, to] = [old.name, renewed.name].map((name) => `'${name.replaceAll("'", "''")}'`)
  const of = 'FROM sqlite_sequence WHERE name ='
  return [
    `INSERT INTO sqlite_sequence (name, seq) SELECT ${to}, seq ${of} ${from} AND NOT EXISTS (SELECT 1 ${of} ${to})`,
    `UPDATE sqlite_sequence SET seq = max(seq, ifnull((SELECT seq ${of} ${from}), 0)) WHERE name = ${to}`,
  ]
}

function triggersOf(connection: Connection, tables: readonly Table[]) {
  const names = tables.map(({ name }) => foldName(name))
  return connection
    .all("SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid")
    .filter(({ tbl_name: table }) => names.includes(foldName(String(table))))
    .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }))
}

function ownKeys({ name, foreignKeys }: Table): readonly ForeignKey[] {
  return foreignKeys.filter(({ parent }) => foldName(parent) === foldName(name))
}

/** A table whose rows are copied, deleted, and put back. */
class SavedTable {
  readonly #table: Table
  readonly #copy: string
  readonly #columns: readonly string[]

  constructor(table: Table, schema: Schema) {
    this.#table = table
    this.#copy = unusedName(`saved_${table.name}`, schema)
    const stored = table.columns.filter(({ generated }) => generated === null).map(({ name }) => name)
    const hasRowid = !table.withoutRowid && table.primaryKey?.isRowid !== true
    const isFree = !table.columns.some(({ name }) => foldName(name) === 'rowid')
    // Rows that no column numbers keep their numbers, to which the index of a full-text search may refer.
    this.#columns = hasRowid && isFree ? ['rowid', ...stored] : stored
  }

  get name(): string {
    return this.#table.name
  }

  copy(): string {
    const columns = this.#columns.map((name, index) => `${quoteName(name)} AS c${index}`)
    return `CREATE TABLE ${quoteName(this.#copy)} AS SELECT ${columns.join(', ')} FROM ${quoteName(this.name)}`
  }

  empty(): string {
    return `DELETE FROM ${quoteName(this.name)}`
  }

  putBack(name: string): string {
    const columns = this.#columns.map(quoteName).join(', ')
    const values = this.#columns.map((_, index) => `c${index}`).join(', ')
    return `INSERT INTO ${quoteName(name)} (${columns}) SELECT ${values} FROM ${quoteName(this.#copy)}`
  }

  dropCopy(): string {
    return `DROP TABLE ${quoteName(this.#copy)}`
  }
}

function unusedName(wanted: string, schema: Schema): string {
  let name = wanted
  for (let number = 2; findTable(schema, name) !== undefined; number++) name = `${wanted}_${number}`
  return name
}

function wordsOf(sql: string): string[] {
  return significantTokens(sql).map((token) => foldName(unquote(token)))
}
