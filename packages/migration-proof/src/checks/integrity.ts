import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import { makeProblem, type Problem } from '../problem.ts'
import { readSchema } from '../schema/read.ts'
import { readVirtualTables, type VirtualTable } from '../schema/shadow.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import type { Check } from './check.ts'
import type { IntegrityScope, PartialIndex } from './integrity-scope.ts'
import { type Original, withOriginal } from './rows/prove-rows-kept.ts'

/** SQLite's own word on pages, b-trees, indexes, NOT NULL and CHECK; foreign keys are not part of it. */
export const integrity: Check = {
  name: 'integrity',
  proves: 'passes integrity_check, and those of its virtual tables',
  needs: 'file',
  run: ({ upgraded, original, scope }) => {
    const known = scope?.() ?? null
    const { failures, unchecked } = checkScope(upgraded, known)
    const virtual = readVirtualTables(upgraded)
    // Newer engines name a virtual table here as well, also one that was no better before.
    const own = failures.filter(
      ({ line }) => !virtual.some(({ name }) => line.endsWith(` table main.${name}`)),
    )
    const others = unchecked.map(({ table, reason }) => `table ${table} could not be checked (${reason})`)
    return {
      detail: [known?.detail ?? 'pages, trees and indexes are sound', ...others].join('; '),
      problems: [
        ...own.map(({ table, line }) =>
          makeProblem('integrity', {
            subject:
              table === null ? { type: 'database', name: 'database file' } : { type: 'table', name: table },
            expected: 'ok',
            actual: line,
          }),
        ),
        ...findStaleTables(
          upgraded,
          virtual.filter((table) => known === null || isInScope(table, known)),
          original,
        ),
      ],
    }
  },
}

/**
 * Checks what an upgrade wrote to, or all of a database.
 *
 * @param scope what was written to; null for everything
 * @param cacheKibibytes how much memory it may use for pages
 */
export function checkScope(
  connection: Connection,
  scope: IntegrityScope | null,
  cacheKibibytes: number = integrityCacheKibibytes,
): Soundness {
  return withCache(connection, cacheKibibytes, () =>
    scope === null ? examine(connection, 'integrity_check') : examineScope(connection, scope),
  )
}

function examineScope(connection: Connection, scope: IntegrityScope): Soundness {
  const { isWhole, inFull, quickly, counted } = scope
  const ofTable = (pragma: Pragma) => (table: string) => examineTable(connection, pragma, table)
  const parts = [
    ...(isWhole ? [examine(connection, 'quick_check')] : []),
    ...quickly.map(ofTable('quick_check')),
    ...inFull.map(ofTable('integrity_check')),
    ...(counted.length === 0 ? [] : [countEntries(connection, counted)]),
  ]
  const seen = new Set<string>()
  const isNew = (key: string) => !seen.has(key) && seen.add(key)
  return {
    failures: parts
      .flatMap(({ failures }) => failures)
      .filter(({ line }) => isNew(line))
      .slice(0, linesLimit),
    unchecked: parts.flatMap(({ unchecked }) => unchecked).filter(({ table }) => isNew(`unchecked ${table}`)),
  }
}

/** Whether a virtual table may answer otherwise: a table behind it was written to, or the one that it indexes. */
function isInScope({ shadows, contentTable }: VirtualTable, { isWhole, inFull, quickly }: IntegrityScope) {
  const written = new Set([...inFull, ...quickly].map(foldName))
  return isWhole || [...shadows, foldName(contentTable ?? '')].some((name) => written.has(name))
}

/**
 * Counts the entries of partial indexes against the rows that they are of. `quick_check` counts those of all others. One
 * with a condition that is not understood is checked in full.
 */
function countEntries(connection: Connection, counted: readonly PartialIndex[]): Soundness {
  const { indexes } = readSchema(connection)
  const parts = counted.map(({ name, table }): Soundness => {
    const where =
      [...indexes.values()].find((index) => foldName(index.name) === foldName(name))?.where ?? null
    const found =
      where === null ? 'no condition that is understood' : countIndex(connection, name, table, where)
    if (typeof found === 'string') return examineTable(connection, 'integrity_check', table)
    return { failures: found.map((line) => ({ table, line })), unchecked: [] }
  })
  return {
    failures: parts.flatMap(({ failures }) => failures),
    unchecked: parts.flatMap(({ unchecked }) => unchecked),
  }
}

/** Each entry is a cell of the tree: https://www.sqlite.org/dbstat.html */
function countIndex(connection: Connection, name: string, table: string, where: string) {
  return attempt(() => {
    const [entries] = connection.all("SELECT ncell FROM dbstat('main', 1) WHERE name = ?", [name])
    const [rows] = connection.all(
      `SELECT count(*) AS n FROM main.${quoteName(table)} NOT INDEXED WHERE ${where}`,
    )
    return entries?.ncell === rows?.n ? [] : [`wrong # of entries in index ${name}`]
  })
}

/**
 * The virtual tables that no longer fit what they index, by the check of their own module. What a file had wrong before does
 * not count.
 */
function findStaleTables(
  upgraded: Connection,
  virtual: readonly VirtualTable[],
  original: () => Original,
): Problem[] {
  const broken = virtual.flatMap((table) => {
    const answer = checkVirtualTable(upgraded, 'main', table)
    return answer === null ? [] : [{ table, answer }]
  })
  if (broken.length === 0) return []
  return withOriginal(upgraded, original(), (schema) => {
    const before = readVirtualTables(upgraded, schema)
    const wasBroken = ({ name }: VirtualTable) => {
      const own = before.find((table) => foldName(table.name) === foldName(name))
      return own !== undefined && checkVirtualTable(upgraded, schema, own) !== null
    }
    return broken
      .filter(({ table }) => !wasBroken(table))
      .map(({ table, answer }) =>
        makeProblem('integrity', {
          subject: { type: 'table', name: table.name },
          expected: `${table.family === 'rtree' ? 'a tree' : 'an index'} of the rows that are there`,
          actual: answer,
          why: 'Searches answer with rows that are gone, or not with all that are there, and no pragma says so.',
          fix: adviseRepair(upgraded, table),
        }),
      )
  })
}

/** How the table fits its rows again, as was tried. */
function adviseRepair(connection: Connection, { name, family, contentTable }: VirtualTable): string {
  if (family === 'rtree' || contentTable === '') return 'fill it again in the migration'
  const rebuild = `INSERT INTO ${quoteName(name)} (${quoteName(name)}) VALUES ('rebuild')`
  connection.exec('SAVEPOINT rebuilt')
  try {
    connection.exec(rebuild)
    return `let the migration end with ${rebuild}`
  } catch {
    const source = contentTable === null ? 'its columns' : `the columns that ${contentTable} has now`
    return `let the migration drop it, create it over ${source}, and fill it again`
  } finally {
    connection.exec('ROLLBACK TO rebuilt; RELEASE rebuilt')
  }
}

/**
 * Runs the check of the table's own module, which alone compares it with the rows of another table: with rank 1 that of FTS5,
 * https://www.sqlite.org/fts5.html#the_integrity_check_command
 *
 * @returns null where it is sound, or has no such check
 */
function checkVirtualTable(
  connection: Connection,
  schema: string,
  { name, family, contentTable }: VirtualTable,
): string | null {
  const table = quoteName(name)
  const into = `INSERT INTO ${quoteName(schema)}.${table}`
  // FTS4 can check nothing that it does not store.
  if (family === 'fts3' && contentTable === '') return null
  // The savepoint has it write what it still keeps in memory.
  connection.exec('SAVEPOINT virtual_table')
  try {
    if (family === 'rtree') {
      const [row] = connection.all('SELECT rtreecheck(?, ?) AS answer', [schema, name])
      return row?.answer === 'ok' ? null : String(row?.answer)
    }
    connection.exec(
      family === 'fts5'
        ? `${into} (${table}, rank) VALUES ('integrity-check', 1)`
        : `${into} (${table}) VALUES ('integrity-check')`,
    )
    return null
  } catch (error) {
    const code = errorCode(error) ?? ''
    if (code.startsWith('SQLITE_CORRUPT')) return 'another one, by its own integrity-check'
    if (code.startsWith('SQLITE_ERROR')) return `the error '${errorMessage(error)}'`
    // The command counts as one that writes: a database that cannot be written cannot be asked.
    if (code.startsWith('SQLITE_READONLY')) return null
    throw error
  } finally {
    connection.exec('ROLLBACK TO virtual_table; RELEASE virtual_table')
  }
}

/** How many lines are read: one damaged page can have thousands. */
const linesLimit = 10

/** It looks up each entry of each index in its table, and halves its time with this cache, in KiB. */
export const integrityCacheKibibytes = 32_000

/** SQLite's two checks: the quick one looks up no entry of an index, but counts them. */
export type Pragma = 'integrity_check' | 'quick_check'

/** Something that is wrong, and the table in which, where the question was about one. */
interface Failure {
  readonly table: string | null
  readonly line: string
}

/** A table that could not be checked, with SQLite's reason: a collation or function is not there. */
interface Unchecked {
  readonly table: string
  readonly reason: string
}

/** What is known of the soundness of a database. */
interface Soundness {
  /** What SQLite finds wrong; none for a sound database. */
  readonly failures: readonly Failure[]
  readonly unchecked: readonly Unchecked[]
}

/**
 * What SQLite finds wrong with the pages, trees, indexes and NOT NULL and CHECK constraints; none for a sound file.
 *
 * @param cacheKibibytes how much memory it may use for pages
 */
export function checkIntegrity(
  connection: Connection,
  pragma: Pragma = 'integrity_check',
  cacheKibibytes: number = integrityCacheKibibytes,
): string[] {
  const { failures } = withCache(connection, cacheKibibytes, () => examine(connection, pragma))
  return failures.map(({ line }) => line)
}

/**
 * What SQLite finds wrong with some tables of a database and their indexes.
 *
 * @param schema the name under which the database is attached
 */
export function checkTables(
  connection: Connection,
  schema: string,
  pragma: Pragma,
  tables: readonly string[],
): string[] {
  for (const table of tables) {
    const { failures } = examineTable(connection, pragma, table, schema)
    if (failures.length > 0) return failures.map(({ line }) => line)
  }
  return []
}

function withCache<Result>(connection: Connection, cacheKibibytes: number, work: () => Result): Result {
  const cacheSize = connection.all('PRAGMA main.cache_size')[0]?.cache_size
  // A migration may have switched it on, and then the check would not look at CHECK constraints.
  connection.exec(`PRAGMA ignore_check_constraints = OFF; PRAGMA main.cache_size = -${cacheKibibytes}`)
  try {
    return work()
  } finally {
    connection.exec(`PRAGMA main.cache_size = ${cacheSize}; PRAGMA shrink_memory`)
  }
}

/**
 * Checks a database. One collation or function that only another application has makes SQLite check nothing at all: then
 * each table is checked by itself, and of those that it cannot check at least the rows are read.
 */
function examine(connection: Connection, pragma: Pragma): Soundness {
  const whole = check(connection, 'main', pragma, `${linesLimit}`)
  if (typeof whole !== 'string')
    return { failures: whole.map((line) => ({ table: null, line })), unchecked: [] }
  const failures: Failure[] = []
  const unchecked: Unchecked[] = []
  for (const table of listTables(connection)) {
    const found = examineTable(connection, pragma, table)
    failures.push(...found.failures)
    unchecked.push(...found.unchecked)
    if (failures.length >= linesLimit) break
  }
  return { failures, unchecked }
}

function examineTable(connection: Connection, pragma: Pragma, table: string, schema = 'main'): Soundness {
  const found = check(connection, schema, pragma, quoteName(table))
  const lines = typeof found === 'string' ? readRows(connection, schema, table) : found
  return {
    failures: lines.map((line) => ({ table, line })),
    unchecked: typeof found === 'string' ? [{ table, reason: found }] : [],
  }
}

/** @returns what is wrong, or as a text why it cannot be checked */
function check(
  connection: Connection,
  schema: string,
  pragma: Pragma,
  argument: string,
): readonly string[] | string {
  return attempt(() =>
    connection
      .all(`PRAGMA ${quoteName(schema)}.${pragma}(${argument})`)
      // Damage of pages comes in one row of many lines, under the name of the database.
      .flatMap((row) => String(row[pragma]).split('\n'))
      .filter((line) => line !== 'ok' && !line.startsWith('*** in database '))
      .slice(0, linesLimit),
  )
}

/** Without its indexes. A table without a rowid is an index itself. */
function readRows(connection: Connection, schema: string, table: string): readonly string[] {
  const found = attempt(() => {
    connection.all(`SELECT count(*) FROM ${quoteName(schema)}.${quoteName(table)} NOT INDEXED`)
    return []
  })
  return typeof found === 'string' ? [] : found
}

function attempt(work: () => readonly string[]): readonly string[] | string {
  try {
    return work()
  } catch (error) {
    const code = errorCode(error) ?? ''
    // Some damage stops the check itself.
    if (code.startsWith('SQLITE_CORRUPT')) return [`the error ${code}`]
    if (code.startsWith('SQLITE_ERROR')) return errorMessage(error)
    throw error
  }
}

function listTables(connection: Connection): string[] {
  return connection
    .all("SELECT name FROM main.sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY rowid")
    .map(({ name }) => String(name))
}
