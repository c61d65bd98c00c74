import type { MigrationPlan } from '../migrator/plan.ts'
import { type Content, diffContent, readContent } from '../snapshots/content-hash.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import type { Failure } from './check.ts'

/** The content without the version tables, whose rows hold the time at which each version was applied. */
export function readUserContent(connection: Connection, plan: MigrationPlan): Content {
  const versionTables = new Set(plan.versions.tables.map(foldName))
  const { schemaHash, tables } = readContent(connection)
  const kept = tables.filter(({ name }) => !versionTables.has(foldName(name)))
  return { contentHash: JSON.stringify([schemaHash, kept]), schemaHash, tables: kept }
}

/** Every difference between two contents as a failure. */
export function compareContent(expected: Content, actual: Content): Failure[] {
  return diffContent(expected, actual).map((difference) => ({
    object: 'content',
    expected: 'the same schema and rows',
    actual: difference,
  }))
}
