import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection } from '../sql/connection.ts'
import { blameMigration } from './blame.ts'
import type { Migration, MigrationConnection } from './migration.ts'
import type { MigrationPlan } from './plan.ts'
import { runUp } from './run-up.ts'
import { observeStatements } from './statements.ts'

const schemasOfPlans = new WeakMap<MigrationPlan, Map<number, Schema>>()

/**
 * The schema that the plan's own migrations build in an empty database, up to a version. It is built once
 * for each plan and version, in memory, on the engine of the connection.
 *
 * @throws {MigrationFailedError} when a migration fails in the empty database
 */
export function expectedSchema(connection: Connection, plan: MigrationPlan, version: number): Schema {
  const schemas = schemasOfPlans.get(plan) ?? new Map<number, Schema>()
  schemasOfPlans.set(plan, schemas)
  const known = schemas.get(version)
  if (known !== undefined) return known
  const schema = buildSchema(connection, plan, version)
  schemas.set(version, schema)
  return schema
}

function buildSchema(connection: Connection, plan: MigrationPlan, version: number): Schema {
  const memory = connection.openMemory()
  try {
    buildVersion(memory, plan, version)
    return readSchema(memory)
  } finally {
    memory.close()
  }
}

/**
 * Builds a version of a plan from nothing, without its version rows.
 *
 * @param empty an empty database that nothing else uses
 * @throws {MigrationFailedError} when a migration fails without rows
 * @throws {MigrationRefusedError} when one returns a promise
 */
export function buildVersion(empty: Connection, plan: MigrationPlan, version: number): void {
  if (version > 0) plan.versions.create(empty)
  for (const migration of plan.migrations.slice(0, version)) runInEmpty(empty, migration)
}

/** Runs one migration in a database without rows; a failure says that it was one. */
export function runInEmpty(
  empty: Connection,
  migration: Migration,
  run: (connection: MigrationConnection) => void = (connection) => runUp(migration, connection),
): void {
  const observed = observeStatements(empty)
  blameMigration(observed, migration, () => run(observed), { isInEmptyDatabase: true })
}
