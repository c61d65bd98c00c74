import { expectedSchema } from '../migrator/expected-schema.ts'
import { sizeOf } from '../migrator/explain-open-error.ts'
import { OtherProcessError, readStartInOtherProcess } from '../migrator/other-process.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import type { Schema } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'
import { UpgradeRefusedError } from './errors.ts'

/** The first schema format that heeds DESC: https://www.sqlite.org/fileformat2.html#schema_format_number */
const firstWithDescending = 4
const schemaFormatOffset = 44

/**
 * Refuses a file that a very old SQLite made, where the subject needs DESC in an index: in such a file every index
 * that is made is ascending, whatever its SQL says, and no version of the subject would be what it should.
 *
 * @param version the version that it is at
 * @throws {UpgradeRefusedError}
 */
export function refuseOldFormat(
  connection: Connection,
  plan: MigrationPlan,
  path: string,
  version: number,
): void {
  if (!needsDescending(connection, plan, version) || hasDescending(connection)) return
  const format = readFormat(path)
  if (format === null || format === 0 || format >= firstWithDescending) return
  throw new UpgradeRefusedError('old-format', {
    where: path,
    expected: `a file of schema format ${firstWithDescending}, which knows DESC in indexes`,
    actual: `schema format ${format}, of a SQLite from before 2006`,
    remedy: `stop whatever uses the file, copy it, rewrite it with \`sqlite3 FILE VACUUM\`, and run again`,
  })
}

function needsDescending(connection: Connection, plan: MigrationPlan, version: number): boolean {
  for (let known = version; known <= latestVersionOf(plan); known++) {
    try {
      if (listKeys(expectedSchema(connection, plan, known)).some(({ descending }) => descending)) return true
    } catch {
      // A migration that fails in an empty database fails in the file as well, and is reported from there.
      return false
    }
  }
  return false
}

function listKeys({ tables }: Schema) {
  return [...tables.values()].flatMap(({ primaryKey, indexes }) => [
    ...(primaryKey?.columns ?? []),
    ...indexes.flatMap(({ columns }) => columns),
  ])
}

/** Whether an index of the file is descending: then its format is not an old one. */
function hasDescending(connection: Connection): boolean {
  const [found] =
    connection.all(`SELECT 1 FROM main.sqlite_master AS o, pragma_index_xinfo(o.name, 'main') AS c
    WHERE o.type IN ('index', 'table') AND o.rootpage > 0 AND c."desc" LIMIT 1`)
  return found !== undefined
}

/** Null where it cannot be known: no file, or a write-ahead log that may hold another first page. */
function readFormat(path: string): number | null {
  if (sizeOf(`${path}-wal`) > 0) return null
  try {
    const start = readStartInOtherProcess(path, 100)
    return start.length < 100 ? null : start.readUInt32BE(schemaFormatOffset)
  } catch (error) {
    if (error instanceof OtherProcessError) return null
    throw error
  }
}
