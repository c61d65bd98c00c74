import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection } from '../sql/connection.ts'
import { buildVersion } from './build-version.ts'
import type { MigrationPlan } from './plan.ts'

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
