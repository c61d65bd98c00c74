import { errorCode } from '../migrator/errors.ts'
import type { Connection } from '../sql/connection.ts'
import { readPragma } from './survey.ts'

/** How many lines are read: one damaged page can have thousands. */
const linesLimit = 10

/** It looks up each entry of each index in its table, and halves its time with this cache, in KiB. */
export const integrityCacheKibibytes = 32_000

/**
 * What SQLite finds wrong with the pages, trees, indexes and NOT NULL and CHECK constraints; none for a sound file.
 *
 * @param cacheKibibytes how much memory it may use for pages
 */
export function checkIntegrity(connection: Connection, cacheKibibytes = integrityCacheKibibytes): string[] {
  const cacheSize = readPragma(connection, 'cache_size')
  // A migration may have switched it on, and then the check would not look at CHECK constraints.
  connection.exec(`PRAGMA ignore_check_constraints = OFF; PRAGMA main.cache_size = -${cacheKibibytes}`)
  try {
    return (
      connection
        .all(`PRAGMA main.integrity_check(${linesLimit})`)
        // Damage of pages comes in one row of many lines, under the name of the database.
        .flatMap(({ integrity_check }) => String(integrity_check).split('\n'))
        .filter((line) => line !== 'ok' && !line.startsWith('*** in database '))
        .slice(0, linesLimit)
    )
  } catch (error) {
    // Some damage stops the check itself.
    if (errorCode(error)?.startsWith('SQLITE_CORRUPT') === true) return [`the error ${errorCode(error)}`]
    throw error
  } finally {
    connection.exec(`PRAGMA main.cache_size = ${cacheSize}; PRAGMA shrink_memory`)
  }
}
