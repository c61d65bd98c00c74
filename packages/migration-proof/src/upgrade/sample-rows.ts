import { listSchema, readTableShape, type TableShape } from '../checks/rows/table-shape.ts'
import { errorCode } from '../migrator/errors.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import type { Survey } from './model.ts'

/** What a sample may hold, and take of its disk. */
export interface SampleRoom {
  readonly limit: RowsLimit
  /** The most that its file may hold. */
  readonly pagesLimit: number
  /** The most that the sample, its copy, its journal and its growth take of the disk together. */
  readonly neededBytes: number
  /** Whether a disk with more room would hold a larger sample. */
  readonly isCut: boolean
}

/** How many rows of each table are tried. */
const rowsPerTable = 20_000

/** How many bytes of all rows are tried. */
const bytesLimit = 32_000_000

/** The file, its copy and its journal with their indexes, and what the migrations add. */
const peakPerByte = 8

/** The tables and indexes that the migrations make take a page each, whatever the number of rows; more than any plan has. */
const newPages = 512

/** A sample of less says nothing. */
const leastBytes = 1000

/** The lock of its folder. */
const lockBytes = 16_384

/**
 * How large a sample the disk can hold.
 *
 * @param trees how many tables and indexes the schema has: each takes a page, whatever is in it
 * @returns null where there is no room for any
 */
export function findSampleRoom(
  { pageCount, pageSizeBytes }: Survey,
  trees: number,
  freeBytes: number,
): SampleRoom | null {
  const fixedBytes = 2 * trees * pageSizeBytes + lockBytes
  const wantedBytes = Math.min(bytesLimit, 2 * pageCount * pageSizeBytes)
  const bytes = Math.min(wantedBytes, Math.floor((freeBytes - fixedBytes) / peakPerByte))
  if (bytes < leastBytes) return null
  const bytesOfRows = fixedBytes + bytes * peakPerByte
  const neededBytes = bytesOfRows + Math.max(0, Math.min(newPages * pageSizeBytes, freeBytes - bytesOfRows))
  return {
    limit: { rows: rowsPerTable, bytes },
    pagesLimit: Math.ceil(neededBytes / pageSizeBytes),
    neededBytes,
    isCut: bytes < wantedBytes,
  }
}

/** How much of a table is copied at most. */
export interface RowsLimit {
  readonly rows: number
  /** Of the values, as the database stores them. */
  readonly bytes: number
}

/** How much was copied. */
export interface Copied {
  readonly rows: number
  readonly bytes: number
}

/** In how many runs of neighbours the rows of a table are copied. */
const runsPerTable = 40

/** SQLite takes 32,766 parameters in one statement: https://www.sqlite.org/limits.html#max_variable_number */
const parametersLimit = 30_000

/** An expression of more terms is too deep: https://www.sqlite.org/limits.html#max_expr_depth */
const termsLimit = 500

/** About what SQLite keeps of a row beside its values, and in its indexes. */
const rowOverheadBytes = 20

/** The rows of a table that are neighbours. */
interface Run {
  /** What follows FROM, without its limit. */
  readonly from: string
  readonly rowsAtMost: number
}

/** A table whose rows are copied. */
export interface SampledTable {
  readonly name: string
  readonly isVirtual: boolean
}

/**
 * Copies some runs of neighbouring rows from all over a table; of one without a rowid, or a virtual one, its first
 * rows. The sizes are read before the rows, so that never more than the limit is in memory.
 *
 * @param beforeRun called before each of the runs; what it throws ends the copy
 */
export function copyRows(
  source: Connection,
  target: Connection,
  { name, isVirtual }: SampledTable,
  limit: RowsLimit,
  beforeRun: () => void,
): Copied {
  const copied = { rows: 0, bytes: 0 }
  if (limit.rows === 0) return copied
  const columns = [...(isVirtual ? ['rowid'] : []), ...readColumns(source, name)]
  const runs = isVirtual
    ? [{ from: `main.${quoteName(name)}`, rowsAtMost: limit.rows }]
    : listRuns(source, name, limit.rows)
  const into = `main.${quoteName(name)} (${columns.map(quoteName).join(', ')})`
  runs.forEach((run, position) => {
    beforeRun()
    const bytesAtMost = limit.bytes - copied.bytes
    const { rows, bytes } = measureRun(
      source,
      run,
      columns,
      bytesAtMost,
      bytesAtMost / (runs.length - position),
    )
    if (rows === 0) return
    const values = source
      .all(`SELECT ${columns.map(quoteName).join(', ')} FROM ${run.from} LIMIT ${rows}`)
      .map((row) => columns.map((column) => row[column] ?? null))
    insertRows(target, into, values)
    copied.rows += rows
    copied.bytes += bytes
  })
  return copied
}

/** Those that can be written: no generated ones, and none that a virtual table hides. */
function readColumns(source: Connection, table: string): string[] {
  return source
    .all(`PRAGMA main.table_xinfo(${quoteName(table)})`)
    .filter(({ hidden }) => hidden === 0n)
    .map(({ name }) => String(name))
}

/**
 * How many rows of a run are within its share. A first row that is larger is taken where it is within the whole limit.
 */
function measureRun(
  source: Connection,
  { from, rowsAtMost }: Run,
  columns: readonly string[],
  bytesAtMost: number,
  share: number,
): Copied {
  const sums = inParts(columns).map(
    (part, position) =>
      `${part.map((column) => `coalesce(octet_length(${quoteName(column)}), 0)`).join(' + ')} AS "bytes${position}"`,
  )
  const sizes = source.all(`SELECT ${sums.join(', ')} FROM ${from} LIMIT ${rowsAtMost}`).map(sumOf)
  const copied = { rows: 0, bytes: 0 }
  for (const values of sizes) {
    const size = values + rowOverheadBytes + columns.length
    if (copied.bytes + size > (copied.rows === 0 ? bytesAtMost : share)) break
    copied.rows += 1
    copied.bytes += size
  }
  return copied
}

function inParts(columns: readonly string[]): string[][] {
  const count = Math.ceil(columns.length / termsLimit)
  return Array.from({ length: count }, (_, part) => columns.slice(part * termsLimit, (part + 1) * termsLimit))
}

function sumOf(row: SqlRow): number {
  return Object.values(row).reduce<number>((sum, bytes) => sum + Number(bytes), 0)
}

function listRuns(source: Connection, table: string, rowsAtMost: number): Run[] {
  const shape = readTableShape(source, listSchema(source, 'main'), table)
  const name = `main.${quoteName(table)}`
  const bounds = readRowids(source, name, shape)
  if (bounds === null) return [{ from: name, rowsAtMost }]
  const { rowid, first, last } = bounds
  const span = (last - first) / BigInt(runsPerTable) + 1n
  const rowsPerRun = Math.ceil(rowsAtMost / runsPerTable)
  return Array.from({ length: runsPerTable }, (_, run) => {
    const start = first + span * BigInt(run)
    const from = `${name} WHERE ${rowid} >= ${start} AND ${rowid} < ${start} + ${span} ORDER BY ${rowid}`
    return { from, rowsAtMost: rowsPerRun }
  })
}

function readRowids(source: Connection, name: string, shape: TableShape) {
  if (shape.rowid === null) return null
  const rowid = quoteName(shape.rowid)
  const [row] = source.all(`SELECT min(${rowid}) AS first, max(${rowid}) AS last FROM ${name}`)
  if (typeof row?.first !== 'bigint' || typeof row.last !== 'bigint') return null
  return { rowid, first: row.first, last: row.last }
}

function insertRows(target: Connection, into: string, rows: readonly SqlValue[][]) {
  const width = rows[0]?.length ?? 0
  const rowsAtOnce = Math.max(1, Math.floor(parametersLimit / Math.max(1, width)))
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const some = rows.slice(start, start + rowsAtOnce)
    try {
      insert(target, into, some)
    } catch (error) {
      // OR IGNORE passes over most rows that their own constraints refuse today, but not over a type of STRICT.
      if (!isConstraint(error)) throw error
      for (const row of some) insertIfAllowed(target, into, row)
    }
  }
}

function insertIfAllowed(target: Connection, into: string, row: readonly SqlValue[]) {
  try {
    insert(target, into, [row])
  } catch (error) {
    if (!isConstraint(error)) throw error
  }
}

function insert(target: Connection, into: string, rows: readonly (readonly SqlValue[])[]) {
  const width = rows[0]?.length ?? 0
  const row = `(${Array.from({ length: width }, () => '?').join(', ')})`
  target.all(`INSERT OR IGNORE INTO ${into} VALUES ${rows.map(() => row).join(', ')}`, rows.flat())
}

function isConstraint(error: unknown): boolean {
  return errorCode(error)?.startsWith('SQLITE_CONSTRAINT') === true
}
