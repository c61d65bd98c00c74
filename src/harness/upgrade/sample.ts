import { expectedSchema } from '../migrator/expected-schema.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { listSchema, readTableShape } from '../proof/rows/table-shape.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { readPragma } from './survey.ts'

/** In how many runs of neighbours the rows of a table are copied. */
const runsPerTable = 40

const allRows = Number.MAX_SAFE_INTEGER

/** SQLite takes 32,766 parameters in one statement: https://www.sqlite.org/limits.html#max_variable_number */
const parametersLimit = 30_000

/**
 * Copies a part of a database into an empty one of the same page size and encoding: the tables of its version
 * with their indexes, and of each some runs of neighbouring rows from all over the table.
 *
 * @param rowsAtMost of each table; the versions are copied whole
 * @returns how many rows were copied
 */
export function copySample(
  source: Connection,
  sample: Connection,
  plan: MigrationPlan,
  version: number,
  rowsAtMost: number,
): number {
  for (const pragma of ['page_size', 'encoding', 'auto_vacuum', 'application_id', 'user_version']) {
    sample.exec(`PRAGMA ${pragma} = '${readPragma(source, pragma)}'`)
  }
  sample.exec('PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF; BEGIN')
  const names = namesOfTables(source, plan, version)
  const objects = source
    .all(
      "SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE type IN ('table', 'index') AND sql <> ''",
    )
    .filter(
      ({ name, tbl_name }) => names.has(foldName(String(tbl_name))) && !String(name).startsWith('sqlite_'),
    )
  for (const { sql } of objects.filter(({ type }) => type === 'table')) sample.exec(String(sql))
  const versionTables = new Set(plan.versions.tables.map(foldName))
  const isOfVersions = (name: SqlValue | undefined) => versionTables.has(foldName(String(name)))
  const copied = objects
    .filter(({ type }) => type === 'table')
    .map(({ name }) => copyTable(source, sample, String(name), isOfVersions(name) ? allRows : rowsAtMost))
    .reduce((sum, rows) => sum + rows, 0)
  for (const { sql } of objects.filter(({ type }) => type === 'index')) sample.exec(String(sql))
  sample.exec('COMMIT')
  return copied
}

/** Those of its version, and those that a later one adopts. */
function namesOfTables(source: Connection, plan: MigrationPlan, version: number): ReadonlySet<string> {
  const schemas = [version, latestVersionOf(plan)].map((known) => expectedSchema(source, plan, known))
  const tables = schemas.flatMap((schema) => [...schema.tables.values()])
  return new Set(tables.filter(({ module }) => module === null).map(({ name }) => foldName(name)))
}

function copyTable(source: Connection, sample: Connection, table: string, rowsAtMost: number): number {
  const columns = source
    .all(`PRAGMA main.table_xinfo(${quoteName(table)})`)
    .filter(({ hidden }) => hidden === 0n)
    .map(({ name }) => String(name))
  const list = columns.map(quoteName).join(', ')
  return listRuns(source, table, rowsAtMost)
    .map((where) => {
      const rows = source.all(`SELECT ${list} FROM main.${quoteName(table)} ${where}`)
      insertRows(
        sample,
        `${quoteName(table)} (${list})`,
        rows.map((row) => columns.map((column) => row[column] ?? null)),
      )
      return rows.length
    })
    .reduce((sum, rows) => sum + rows, 0)
}

/** What follows FROM, for each run. A table without a rowid gives its first rows. */
function listRuns(source: Connection, table: string, rowsAtMost: number): string[] {
  const bounds = readRowids(source, table)
  if (bounds === null) return [`LIMIT ${rowsAtMost}`]
  const { rowid, first, last } = bounds
  const span = (last - first) / BigInt(runsPerTable) + 1n
  const rowsPerRun = Math.ceil(rowsAtMost / runsPerTable)
  return Array.from({ length: runsPerTable }, (_, run) => {
    const start = first + span * BigInt(run)
    return `WHERE ${rowid} >= ${start} AND ${rowid} < ${start} + ${span} ORDER BY ${rowid} LIMIT ${rowsPerRun}`
  })
}

function readRowids(source: Connection, table: string) {
  const shape = readTableShape(source, listSchema(source, 'main'), table)
  if (shape.rowid === null) return null
  const rowid = quoteName(shape.rowid)
  const [row] = source.all(
    `SELECT min(${rowid}) AS first, max(${rowid}) AS last FROM main.${quoteName(table)}`,
  )
  if (typeof row?.first !== 'bigint' || typeof row.last !== 'bigint') return null
  return { rowid, first: row.first, last: row.last }
}

function insertRows(sample: Connection, into: string, rows: readonly SqlValue[][]) {
  const width = rows[0]?.length ?? 0
  const rowsAtOnce = Math.max(1, Math.floor(parametersLimit / Math.max(1, width)))
  const row = `(${Array.from({ length: width }, () => '?').join(', ')})`
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const some = rows.slice(start, start + rowsAtOnce)
    // A file may hold rows that its own constraints refuse today.
    sample.all(`INSERT OR IGNORE INTO ${into} VALUES ${some.map(() => row).join(', ')}`, some.flat())
  }
}
