import { expectedSchema } from '../migrator/expected-schema.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { diffSchemas } from '../schema/diff.ts'
import { isExtraObject } from '../schema/difference.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'

/**
 * The later version whose schema a database has already, where a tool notes what it applied and has not noted that, and tables that
 * are new since then hold rows: the notes were lost, or the tool was stopped before it made them. To undo it would delete rows.
 *
 * @param version the one that is noted
 * @returns null where the schema is that of no later version
 */
export function findUnnoted(connection: Connection, plan: MigrationPlan, version: number): number | null {
  if (plan.runner === undefined) return null
  const actual = readSchema(connection)
  for (let later = latestVersionOf(plan); later > version; later -= 1) {
    const expected = expectedSchema(connection, plan, later)
    // One that changes rows alone leaves nothing to be seen.
    const changesSchema = diffSchemas(expectedSchema(connection, plan, later - 1), expected).length > 0
    if (changesSchema && diffSchemas(expected, actual).every(isExtraObject))
      return holdsNewRows(connection, plan, version, later) ? later : null
  }
  return null
}

function holdsNewRows(connection: Connection, plan: MigrationPlan, version: number, later: number): boolean {
  const known = expectedSchema(connection, plan, version).tables
  const own = new Set(plan.versions.tables.map(foldName))
  const added = [...expectedSchema(connection, plan, later).tables].filter(
    ([key, { module }]) => !known.has(key) && !own.has(key) && module === null,
  )
  return added.some(
    ([, { name }]) => connection.all(`SELECT 1 FROM main.${quoteName(name)} LIMIT 1`).length > 0,
  )
}

/** What to do about a database whose tool has not noted what is there. @param table where it notes that */
export function adviseOnUnnoted(version: number, later: number, table: string): string {
  return `the schema is that of v${later}, and ${table} does not note ${describeUnnoted(version, later)}: restore the file from a backup, or note by hand what was applied to its end; undo nothing, since its tables hold rows`
}

/** The versions that are not noted, such as `v1 to v3`. */
export function describeUnnoted(version: number, later: number): string {
  return later - version === 1 ? `v${later}` : `v${version + 1} to v${later}`
}
