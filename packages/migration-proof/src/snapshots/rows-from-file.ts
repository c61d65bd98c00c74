import { randomBytes } from 'node:crypto'
import { betterSqliteConnection, type Database, openMemory } from '../engines/better-sqlite3.ts'
import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import { buildVersion } from '../migrator/expected-schema.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { parentsFirst, RowGenerator } from '../rows/generate.ts'
import { findTable, type Table } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { hasOwnRows, readVirtualTables } from '../schema/shadow.ts'
import type { Connection } from '../sql/connection.ts'
import { type TypedValue, toLiteral } from '../sql/literal.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { tokenize, unquote } from '../sql/tokens.ts'
import type { FixtureSuite, SnapshotDeclaration } from './declaration.ts'
import { fillTables, requireExact } from './draft.ts'
import { FixtureError } from './errors.ts'
import { SyntheticValues } from './synthetic-values.ts'
import { ordinaryTables, undumpableTable } from './tables.ts'
import { dumpedColumns, dumpRows, raiseNumbers, readTypedRows } from './typed-rows.ts'

/** The rows of a file, as the text of a snapshot. */
export interface RowsFromFile {
  readonly text: string
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
  /** Tables without rows in the file, which got synthetic ones. */
  readonly filled: readonly string[]
  /** How many rows were left out, since their parent is not there. */
  readonly orphans: number
  /** Tables of which rows were refused with values of their own shape, and got those of a row that is accepted. */
  readonly reshaped: readonly string[]
}

export interface RowsFromFileOptions {
  /** Takes the rows as they are. */
  readonly keepsValues: boolean
}

/** How often other synthetic values are tried where one happens to be what was there. */
const attempts = 10

/**
 * The rows of a file as those of a snapshot, with synthetic values of the same shape. Objects that no version makes are left
 * out. No value of the file is in the text, but for what its schema names, the keys of JSON objects, and what tells the tool
 * of the project which migrations the file has had.
 *
 * @param file a private copy of the file, which is at the version of the snapshot
 * @throws {FixtureError} when no rows can be made of them
 */
export function readRowsOfFile(
  file: Connection,
  suite: FixtureSuite,
  declaration: SnapshotDeclaration,
  { keepsValues }: RowsFromFileOptions,
): RowsFromFile {
  const { name, version } = declaration
  const virtual = undumpableTable(file)
  if (virtual !== undefined)
    throw cannotRead(name, 'tables whose rows can be written out', `the virtual table ${virtual}`)
  for (let attempt = 1; ; attempt++) {
    const database = openMemory()
    try {
      const made = betterSqliteConnection(database)
      buildVersion(made, suite.plan, version)
      emptyTables(made)
      const values = keepsValues ? null : makeValues(file, made, suite.plan)
      const copied = copyRows(file, made, suite, declaration, values)
      const rows = dumpRows(made, parentsFirst(made, ordinaryTables(made)))
      requireExact(made, rows, name)
      const left = values === null ? null : findLeft(file, database, suite.plan, values)
      if (left === null) return { ...copied, text: rows }
      if (attempt === attempts)
        throw cannotRead(name, 'synthetic values alone', `a value of ${left} bytes that is still there`)
    } finally {
      database.close()
    }
  }
}

/** Triggers did their work when the rows were written, and what migrations insert is not of the file. */
function emptyTables(made: Connection): void {
  const triggers = made.all("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
  made.exec('PRAGMA foreign_keys = OFF')
  for (const { name } of triggers) made.exec(`DROP TRIGGER ${quoteName(String(name))}`)
  for (const table of ordinaryTables(made)) made.exec(`DELETE FROM ${quoteName(table)}`)
  for (const table of readVirtualTables(made))
    if (hasOwnRows(table)) made.exec(`DELETE FROM ${quoteName(table.name)}`)
  if (made.all("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").length > 0)
    made.exec('DELETE FROM sqlite_sequence')
}

/** The tables whose rows are taken: those that the version has. */
function tablesOf(made: Connection): { readonly name: string; readonly columns: readonly string[] }[] {
  return [
    ...parentsFirst(made, ordinaryTables(made)).map((name) => ({ name, columns: dumpedColumns(made, name) })),
    ...readVirtualTables(made).filter(hasOwnRows),
  ]
}

function isVersionTable({ versions }: MigrationPlan, table: string): boolean {
  return versions.tables.some((own) => foldName(own) === foldName(table))
}

function makeValues(file: Connection, made: Connection, plan: MigrationPlan): SyntheticValues {
  const originals = tablesOf(made)
    .filter(({ name }) => !isVersionTable(plan, name))
    .flatMap(({ name, columns }) => readTypedRows(file, name, columns).flat())
  return new SyntheticValues({ originals, named: listNamed(made), salt: randomBytes(32) })
}

/** The texts and integers that the schema names: those of enumerations, defaults and conditions. */
function listNamed(made: Connection): ReadonlySet<string | bigint> {
  const statements = made.all('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL')
  const literals = statements.flatMap(({ sql }) =>
    tokenize(String(sql)).flatMap((token): (string | bigint)[] => {
      if (token.kind === 'string') return [unquote(token)]
      return token.kind === 'number' && /^\d{1,18}$/.test(token.text) ? [BigInt(token.text)] : []
    }),
  )
  return new Set(literals)
}

function copyRows(
  file: Connection,
  made: Connection,
  suite: FixtureSuite,
  declaration: SnapshotDeclaration,
  values: SyntheticValues | null,
): Omit<RowsFromFile, 'text'> {
  const { plan } = suite
  const reshaped: string[] = []
  const tables = tablesOf(made)
  for (const { name, columns } of tables) {
    const rows = readTypedRows(file, name, columns)
    if (isVersionTable(plan, name)) copyNotes(made, plan, file, { name, columns, rows, values })
    else if (copyTable(made, declaration, { name, columns, rows, values })) reshaped.push(name)
  }
  const user = file.all('PRAGMA user_version')[0]?.user_version
  made.exec(`PRAGMA user_version = ${user}`)
  raiseNumbers(
    made,
    tables.map(({ name }) => name).filter((name) => hasDeletedLast(file, name)),
  )
  const orphans = removeOrphans(made, declaration)
  made.exec('PRAGMA foreign_keys = ON')
  const ordinary = ordinaryTables(made).filter((name) => !isVersionTable(plan, name))
  const filled = parentsFirst(made, ordinary).filter((name) => countRows(made, name) === 0)
  fillTables(made, filled, suite, declaration)
  const counts = ordinary.map((name) => ({ name, rows: countRows(made, name) }))
  return { tables: counts.filter(({ name }) => !filled.includes(name)), filled, orphans, reshaped }
}

interface Copied {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly TypedValue[])[]
  readonly values: SyntheticValues | null
}

/** @returns whether rows got values of another shape */
function copyTable(
  made: Connection,
  { name: snapshot }: SnapshotDeclaration,
  { name, columns, rows, values }: Copied,
) {
  let isReshaped = false
  for (const row of rows) {
    const replaced = values === null ? row : row.map((value) => values.replace(value))
    try {
      insert(made, name, columns, replaced)
    } catch (error) {
      if (errorCode(error)?.startsWith('SQLITE_CONSTRAINT') !== true) throw error
      const typical = values === null ? null : findTypicalRow(made, name)
      if (typical === null) throw refused(snapshot, name, error)
      const kept = keyColumnsOf(findTable(readSchema(made), name))
      const mixed = columns.map((column, index) => {
        const value = replaced[index] ?? ({ type: 'null' } as const)
        return kept.has(foldName(column)) ? value : (typical.get(foldName(column)) ?? value)
      })
      try {
        insert(made, name, columns, mixed)
      } catch (again) {
        throw refused(snapshot, name, again)
      }
      isReshaped = true
    }
  }
  return isReshaped
}

function refused(snapshot: string, table: string, error: unknown): FixtureError {
  return new FixtureError(`rows/${snapshot}`, {
    expected: `synthetic rows of the shape of those of ${table}`,
    actual: `the error '${errorMessage(error)}'`,
    fix: `write rows/${snapshot}.sql by hand, or take the values as they are with --keep-values`,
  })
}

/** The columns that make a row another one, or refer to one. */
function keyColumnsOf(table: Table | undefined): ReadonlySet<string> {
  const keys = [
    ...(table?.primaryKey?.columns ?? []).map(({ column }) => column ?? ''),
    ...(table?.indexes ?? [])
      .filter(({ unique }) => unique)
      .flatMap(({ columns }) => columns.map(({ column }) => column ?? '')),
    ...(table?.foreignKeys ?? []).flatMap(({ columns }) => columns),
  ]
  return new Set([...keys, 'rowid'].map(foldName))
}

/** A row that the table accepts, by the folded names of its columns; null where none is found. */
function findTypicalRow(made: Connection, table: string): ReadonlyMap<string, TypedValue> | null {
  made.exec('SAVEPOINT typical')
  const generator = new RowGenerator(made)
  try {
    const [row] = generator.fill(table, 1)
    if (row === undefined) return null
    return new Map([...row].map(([column, value]) => [foldName(column), typedOf(value)]))
  } finally {
    generator.close()
    made.exec('ROLLBACK TO typical; RELEASE typical')
  }
}

function typedOf(value: string | number | bigint | Uint8Array | null): TypedValue {
  if (value === null) return { type: 'null' }
  if (typeof value === 'bigint') return { type: 'integer', value }
  if (typeof value === 'number') return { type: 'real', value }
  return typeof value === 'string' ? { type: 'text', value: Buffer.from(value) } : { type: 'blob', value }
}

/** What says which migrations the file has had stays; times move where that says the same then. */
function copyNotes(
  made: Connection,
  plan: MigrationPlan,
  file: Connection,
  { name, columns, rows, values }: Copied,
): void {
  const write = (move: boolean) => {
    made.exec(`DELETE FROM ${quoteName(name)}`)
    for (const row of rows) {
      const moved = row.map((value) => (move ? (values?.moveTime(value) ?? value) : value))
      insert(made, name, columns, moved)
    }
  }
  write(values !== null)
  const read = (connection: Connection) => JSON.stringify(plan.versions.read(connection))
  try {
    if (read(made) === read(file)) return
  } catch {
    // The notes are not whole without the other tables of the store, which may follow.
  }
  write(false)
}

function insert(
  made: Connection,
  table: string,
  columns: readonly string[],
  row: readonly TypedValue[],
): void {
  const names = columns.map(quoteName).join(', ')
  made.exec(`INSERT INTO ${quoteName(table)} (${names}) VALUES (${row.map(toLiteral).join(', ')})`)
}

/** Files of users hold old orphans, with which no snapshot can be built. */
function removeOrphans(made: Connection, { name }: SnapshotDeclaration): number {
  let removed = 0
  for (;;) {
    const orphans = made.all('PRAGMA foreign_key_check')
    if (orphans.length === 0) return removed
    for (const { table, rowid } of orphans) {
      if (rowid === null)
        throw cannotRead(
          name,
          'rows that have their parents',
          `rows of ${table} without theirs, and without a rowid`,
        )
      removed += made.all(`DELETE FROM ${quoteName(String(table))} WHERE rowid = ? RETURNING 1`, [
        rowid ?? null,
      ]).length
    }
  }
}

/** Whether AUTOINCREMENT knows of a row after the last one that is there. */
function hasDeletedLast(file: Connection, table: string): boolean {
  if (file.all("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").length === 0) return false
  const sql = `SELECT 1 FROM sqlite_sequence WHERE name = ? AND seq > (SELECT max(rowid) FROM ${quoteName(table)})`
  return (
    file.all('SELECT 1 FROM sqlite_sequence WHERE name = ?', [table]).length > 0 &&
    file.all(sql, [table]).length > 0
  )
}

function countRows(connection: Connection, table: string): number {
  return Number(connection.all(`SELECT count(*) AS n FROM ${quoteName(table)}`)[0]?.n)
}

/** The length of a value of the file that is still there; null where none is. */
function findLeft(
  file: Connection,
  database: Database.Database,
  plan: MigrationPlan,
  values: SyntheticValues,
): number | null {
  database.exec('VACUUM')
  const made = betterSqliteConnection(database)
  const schema = made
    .all('SELECT name, sql FROM sqlite_schema')
    .flatMap(({ name, sql }) => [String(name), String(sql)])
  const notes = tablesOf(made)
    .filter(({ name }) => isVersionTable(plan, name))
    .flatMap(({ name, columns }) => readTypedRows(file, name, columns).flat())
    .flatMap((typed) => (typed.type === 'text' ? [Buffer.from(typed.value).toString()] : []))
  const meant = [...schema, ...notes, ...values.keys].join('\n')
  return values.find(database.serialize(), (value) => meant.includes(value.toString()))?.length ?? null
}

function cannotRead(name: string, expected: string, actual: string): FixtureError {
  return new FixtureError(`rows/${name}`, {
    expected,
    actual,
    fix: `write the INSERT statements of rows/${name}.sql by hand`,
  })
}
