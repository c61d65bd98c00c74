import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import { makeProblem } from '../problem.ts'
import type { Connection } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import type { Check } from './check.ts'

/** SQLite's own word on pages, b-trees, indexes, NOT NULL and CHECK; foreign keys are not part of it. */
export const integrity: Check = {
  name: 'integrity',
  proves: 'passes integrity_check',
  needs: 'database',
  run: ({ upgraded }) => {
    const { failures, unchecked } = examineIntegrity(upgraded)
    const others = unchecked.map(({ table, reason }) => `table ${table} could not be checked (${reason})`)
    return {
      detail: ['pages, trees and indexes are sound', ...others].join('; '),
      problems: failures.map((actual) =>
        makeProblem('integrity', {
          subject: { type: 'database', name: 'database file' },
          expected: 'ok',
          actual,
        }),
      ),
    }
  },
}

/** How many lines are read: one damaged page can have thousands. */
const linesLimit = 10

/** It looks up each entry of each index in its table, and halves its time with this cache, in KiB. */
export const integrityCacheKibibytes = 32_000

/** What is known of the soundness of a database. */
export interface Soundness {
  /** What SQLite finds wrong; none for a sound database. */
  readonly failures: readonly string[]
  /** The tables that could not be checked, with SQLite's reason: a collation or function is not there. */
  readonly unchecked: readonly { readonly table: string; readonly reason: string }[]
}

/** What SQLite finds wrong with the pages, trees, indexes and NOT NULL and CHECK constraints; none for a sound file. */
export function checkIntegrity(connection: Connection, cacheKibibytes = integrityCacheKibibytes): string[] {
  return [...examineIntegrity(connection, cacheKibibytes).failures]
}

/**
 * Checks a database. One collation or function that only another application has makes SQLite check nothing at all: then
 * each table is checked by itself, and of those that it cannot check at least the rows are read.
 *
 * @param cacheKibibytes how much memory it may use for pages
 */
function examineIntegrity(
  connection: Connection,
  cacheKibibytes: number = integrityCacheKibibytes,
): Soundness {
  const cacheSize = connection.all('PRAGMA main.cache_size')[0]?.cache_size
  // A migration may have switched it on, and then the check would not look at CHECK constraints.
  connection.exec(`PRAGMA ignore_check_constraints = OFF; PRAGMA main.cache_size = -${cacheKibibytes}`)
  try {
    const whole = check(connection, `${linesLimit}`)
    return typeof whole === 'string' ? examineTables(connection) : { failures: whole, unchecked: [] }
  } finally {
    connection.exec(`PRAGMA main.cache_size = ${cacheSize}; PRAGMA shrink_memory`)
  }
}

function examineTables(connection: Connection): Soundness {
  const failures: string[] = []
  const unchecked: { readonly table: string; readonly reason: string }[] = []
  for (const table of listTables(connection)) {
    const found = check(connection, quoteName(table))
    if (typeof found === 'string') unchecked.push({ table, reason: found })
    failures.push(...(typeof found === 'string' ? readRows(connection, table) : found))
    if (failures.length >= linesLimit) break
  }
  return { failures, unchecked }
}

/** @returns what is wrong, or as a text why it cannot be checked */
function check(connection: Connection, argument: string): readonly string[] | string {
  return attempt(() =>
    connection
      .all(`PRAGMA main.integrity_check(${argument})`)
      // Damage of pages comes in one row of many lines, under the name of the database.
      .flatMap(({ integrity_check }) => String(integrity_check).split('\n'))
      .filter((line) => line !== 'ok' && !line.startsWith('*** in database '))
      .slice(0, linesLimit),
  )
}

/** Without its indexes. A table without a rowid is an index itself. */
function readRows(connection: Connection, table: string): readonly string[] {
  const found = attempt(() => {
    connection.all(`SELECT count(*) FROM main.${quoteName(table)} NOT INDEXED`)
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
