import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { migrate } from '../migrator/migrate.ts'
import { describeDataChange } from '../migrator/migration.ts'
import { everyStepOf, type MigrationPlan } from '../migrator/plan.ts'
import { diffSchemas } from '../schema/diff.ts'
import { type Difference, wholeObject } from '../schema/difference.ts'
import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'

/**
 * What a version brings, as a line of a changelog: "Migration v2 (tags): new table `tag`; changes table `note`."
 *
 * @throws {MigrationFailedError} when a migration fails on an empty database
 */
export function describeMigration(plan: MigrationPlan, version: number): string {
  const migration = plan.migrations.find((each) => each.version === version)
  const { name = '', dataChanges = [] } = migration ?? {}
  const differences = diffSchemas(schemaAt(plan, version - 1), schemaAt(plan, version))
  const added = nameAll(differences.filter(({ kind, aspect }) => kind === 'extra' && aspect === wholeObject))
  const removed = nameAll(
    differences.filter(({ kind, aspect }) => kind === 'missing' && aspect === wholeObject),
  )
  const changed = nameAll(differences.filter(({ aspect }) => aspect !== wholeObject))
  const parts = [
    ...(added === '' ? [] : [`adds ${added}`]),
    ...(removed === '' ? [] : [`removes ${removed}`]),
    ...(changed === '' ? [] : [`changes ${changed}`]),
  ]
  const schema = parts.length === 0 ? 'no change of the schema' : parts.join('; ')
  const rows = dataChanges.map(
    (change) => ` Rows of \`${change.table}\`: ${describeDataChange(change)} (${change.reason}).`,
  )
  return `Migration v${version} (${name}): ${schema}.${rows.join('')}`
}

function nameAll(differences: readonly Difference[]): string {
  return [...new Set(differences.map(({ object: { type, name } }) => `${type} \`${name}\``))].join(', ')
}

function schemaAt(plan: MigrationPlan, target: number): Schema {
  const memory = betterSqliteConnection(openMemory())
  try {
    migrate(memory, everyStepOf(plan), { target })
    return readSchema(memory)
  } finally {
    memory.close()
  }
}
