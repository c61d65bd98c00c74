import { DiagnosedError } from '../../errors.ts'
import { errorCode } from '../../migrator/errors.ts'
import type { DataChange } from '../../migrator/migration.ts'
import type { Problem } from '../../problem.ts'
import { hasOwnRows } from '../../schema/shadow.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { compareTable } from './compare-table.ts'
import {
  type ComparedTable,
  type NotCompared,
  problemOfRows,
  type RowsProof,
  type UncomparedTable,
} from './model.ts'
import { followChanges, type Survivor } from './survivors.ts'
import { type ListedTable, listSchema, readTableShape, type SchemaList } from './table-shape.ts'
/** The untouched copy: a file that is attached for the proof, or a database that is attached already. */
export type Original = { readonly path: string } | { readonly schema: string }

export interface RowsProofOptions {
  readonly original: Original
  /** The database that was upgraded; defaults to `main`. */
  readonly upgraded?: string
  /** What the migrations changed on purpose, in their order. */
  readonly dataChanges?: readonly DataChange[]
  /** Tables that hold no rows of the user, such as those of the versions. */
  readonly exclude?: readonly string[]
  /** Whether the rows of a table can have changed at all; where they cannot, it is not read. */
  readonly mayHaveChanged?: (table: string) => boolean
  /** Called before each table is compared. What it throws ends the proof. */
  readonly onTable?: (progress: TableProgress) => void
}

export interface TableProgress {
  readonly table: string
  /** From 1. */
  readonly position: number
  readonly total: number
}

/** Thrown when there is nothing to compare with, so that the proof would prove nothing. */
export class RowsProofError extends DiagnosedError {
  override readonly name = 'RowsProofError'
}

/**
 * Proves that every table, row and column of the database before is there after the upgrade, by content:
 * bytes and types of each value, and how many rows there are. Only declared changes may differ. Tables that
 * are new are no loss. It keeps no rows in memory. Inside the transaction of the upgrade it may run as well; a
 * file that it attaches there stays attached.
 *
 * @throws {RowsProofError} when the two databases are the same file
 *
 * @example
 * ```js
 * import { copyFileSync } from 'node:fs'
 * import Database from 'better-sqlite3'
 * import { betterSqliteConnection, migrate, proveRowsKept } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * copyFileSync('notes.db', 'before.db')
 * const connection = betterSqliteConnection(new Database('notes.db'))
 * migrate(connection, config.plan)
 * const proof = proveRowsKept(connection, { original: { path: 'before.db' }, exclude: ['schema_version'] })
 * console.log(proof.problems, proof.compared[0].rowsAfter) // [] 2
 * ```
 */
export function proveRowsKept(connection: Connection, options: RowsProofOptions): RowsProof {
  return withOriginal(connection, options.original, (schema) => compareDatabases(connection, schema, options))
}

/** Runs work that reads the database from before, under the name by which it is attached. */
export function withOriginal<Result>(
  connection: Connection,
  original: Original,
  work: (schema: string) => Result,
): Result {
  if ('schema' in original) return work(original.schema)
  const schema = freeSchemaName(connection)
  connection.all(`ATTACH ? AS ${quoteName(schema)}`, [original.path])
  try {
    return work(schema)
  } finally {
    // Inside a transaction SQLite detaches nothing that was read: https://www.sqlite.org/lang_detach.html
    if (!connection.inTransaction) connection.exec(`DETACH ${quoteName(schema)}`)
  }
}

function freeSchemaName(connection: Connection): string {
  const taken = new Set(connection.all('PRAGMA database_list').map(({ name }) => foldName(String(name))))
  let number = 1
  while (taken.has(`original${number}`)) number += 1
  return `original${number}`
}

function compareDatabases(connection: Connection, before: string, options: RowsProofOptions): RowsProof {
  const { upgraded: after = 'main', dataChanges = [], exclude = [] } = options
  refuseSameDatabase(connection, before, after)
  const excluded = new Set(exclude.map(foldName))
  const listBefore = listSchema(connection, before)
  const listAfter = listSchema(connection, after)
  const tables = [...listBefore.tables.values()].filter(({ name }) => !excluded.has(foldName(name)))
  const names = tables.map(({ name }) => name)
  const survivors = followChanges(names, dataChanges)
  const problems: Problem[] = []
  const compared: ComparedTable[] = []
  const uncompared: UncomparedTable[] = []
  const notCompared: NotCompared[] = []
  survivors.forEach((survivor, index) => {
    const { table } = survivor
    options.onTable?.({ table, position: index + 1, total: survivors.length })
    const listed = tables[index] ?? null
    if (mayHaveChanged(table, listed, options)) {
      notCompared.push(...describeDeclared(connection, listBefore, listAfter, survivor))
    }
    const reason = reasonToSkip(survivor, listed, options)
    if (reason !== null) {
      uncompared.push({ table, reason })
      return
    }
    const result = guardTable(table, () => compareTable(connection, listBefore, listAfter, survivor))
    problems.push(...result.problems)
    if (result.compared !== null) compared.push(result.compared)
  })
  problems.push(...findLoweredWatermarks(connection, before, after, survivors))
  return { problems, compared, uncompared, notCompared }
}

function reasonToSkip(
  { table, freeBecause }: Survivor,
  listed: ListedTable | null,
  options: RowsProofOptions,
): string | null {
  const virtual = listed?.virtual ?? null
  if (listed?.isVirtual === true && virtual === null) return 'a virtual table: its rows lie in other tables'
  if (virtual !== null && !hasOwnRows(virtual))
    return virtual.contentTable === '' ? 'it stores no rows' : `its rows are those of ${virtual.contentTable}`
  if (freeBecause !== null) return freeBecause
  return mayHaveChanged(table, listed, options) ? null : 'none of its pages was written to'
}

/** The pages of a virtual table are those of the tables behind it. */
function mayHaveChanged(
  table: string,
  listed: ListedTable | null,
  { mayHaveChanged: mayHave }: RowsProofOptions,
): boolean {
  if (mayHave === undefined) return true
  return (listed?.virtual?.shadows ?? [table]).some((name) => mayHave(name))
}

/** A table that the engine cannot read was not proven, and the others still can be. */
function guardTable(table: string, compare: () => ReturnType<typeof compareTable>) {
  try {
    return compare()
  } catch (error) {
    const code = errorCode(error)
    if (code === null) throw error
    const problem = problemOfRows({
      table,
      expected: 'a table that can be read',
      actual: `the error ${code}`,
      change: null,
    })
    return { problems: [problem], compared: null }
  }
}

function refuseSameDatabase(connection: Connection, before: string, after: string) {
  const files = connection.all('PRAGMA database_list')
  const fileOf = (schema: string) =>
    files.find(({ name }) => foldName(String(name)) === foldName(schema))?.file
  const isSameFile = fileOf(before) === fileOf(after) && fileOf(before) !== ''
  if (!isSameFile && foldName(before) !== foldName(after) && fileOf(before) !== undefined) return
  throw new RowsProofError({
    where: `The database ${before}`,
    expected: `a copy that was made before ${after} was upgraded`,
    actual: fileOf(before) === undefined ? 'no database of that name' : `the same database as ${after}`,
    fix: 'attach a copy of the file from before the upgrade',
  })
}

/** What the declared changes leave out of the comparison of one table, with what can be said of it: how many rows. */
function describeDeclared(
  connection: Connection,
  listBefore: SchemaList,
  listAfter: SchemaList,
  survivor: Survivor,
): NotCompared[] {
  const { table, nameAfter, freeBecause, mayGainRows, reasons } = survivor
  const isWhole = freeBecause !== null
  const columns = isWhole || reasons.length === 0 ? [] : listFreeColumns(connection, listBefore, survivor)
  if (!isWhole && columns.length === 0 && !mayGainRows) return []
  const entry = {
    table,
    rowsBefore: countRows(connection, listBefore, table),
    rowsAfter: countRows(connection, listAfter, nameAfter),
    reasons,
  }
  const { rowsBefore, rowsAfter } = entry
  // There never was anything to compare.
  if (rowsBefore === 0 && (rowsAfter ?? 0) === 0) return []
  if (isWhole) return [{ ...entry, what: 'rows', columns: [] }]
  const hasNewRows = mayGainRows && rowsBefore !== rowsAfter
  return [
    ...(columns.length === 0 || rowsBefore === 0 ? [] : [{ ...entry, what: 'columns', columns } as const]),
    ...(hasNewRows ? [{ ...entry, what: 'new rows', columns: [] } as const] : []),
  ]
}

function listFreeColumns(
  connection: Connection,
  listBefore: SchemaList,
  { table, columnAfter }: Survivor,
): string[] {
  return readTableShape(connection, listBefore, table)
    .columns.map(({ name }) => name)
    .filter((name) => columnAfter(name) === null)
}

/** Null where there is no such table, or where the engine cannot read it. */
function countRows(connection: Connection, { schema, tables }: SchemaList, table: string): number | null {
  const found = tables.get(foldName(table))
  if (found === undefined) return null
  try {
    const sql = `SELECT count(*) AS n FROM ${quoteName(schema)}.${quoteName(found.name)}`
    return Number(connection.all(sql)[0]?.n)
  } catch (error) {
    if (errorCode(error) === null) throw error
    return null
  }
}

/**
 * The highest id that an AUTOINCREMENT table ever gave out. Where it falls, the ids of deleted rows are given
 * out again: https://www.sqlite.org/autoinc.html
 */
function findLoweredWatermarks(
  connection: Connection,
  before: string,
  after: string,
  survivors: readonly Survivor[],
): Problem[] {
  const marksBefore = readWatermarks(connection, before)
  const marksAfter = readWatermarks(connection, after)
  return survivors
    .filter(({ freeBecause, mayReuseIds }) => freeBecause === null && !mayReuseIds)
    .flatMap(({ table, nameAfter }) => {
      const expected = marksBefore.get(foldName(table))
      const actual = marksAfter.get(foldName(nameAfter))
      if (expected === undefined || (actual !== undefined && actual >= expected)) return []
      return [
        problemOfRows({
          table,
          expected: `the AUTOINCREMENT watermark ${expected} or above`,
          actual: actual === undefined ? 'none' : `${actual}`,
          change: { reusesIds: true },
        }),
      ]
    })
}

function readWatermarks(connection: Connection, schema: string): Map<string, bigint> {
  const list = `${quoteName(schema)}.sqlite_master`
  if (connection.all(`SELECT 1 FROM ${list} WHERE name = 'sqlite_sequence'`).length === 0) return new Map()
  const rows = connection.all(
    `SELECT name, max(CAST(seq AS INTEGER)) AS seq FROM ${quoteName(schema)}.sqlite_sequence GROUP BY name`,
  )
  return new Map(
    rows.flatMap(({ name, seq }) => (typeof seq === 'bigint' ? [[foldName(String(name)), seq]] : [])),
  )
}
