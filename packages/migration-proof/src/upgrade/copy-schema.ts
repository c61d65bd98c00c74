import { expectedSchema } from '../migrator/expected-schema.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { listStored, type StoredObject } from '../migrator/stored-objects.ts'
import { listObjects, nameKeyOf } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'

/** An object, and whether a version of the plan makes it; all others are a person's own. */
export interface PlannedObject extends StoredObject {
  readonly isOfPlan: boolean
}

/** More tables of a person's own than these are left out, with all that may need them: each takes its time. */
const ownTablesLimit = 200

/**
 * What a copy of the schema needs, as {@link listStored} lists it.
 *
 * @param version the version that the database has
 */
export function listForCopy(source: Connection, plan: MigrationPlan, version: number): PlannedObject[] {
  const known = namesOfPlan(source, plan, version)
  const objects = listStored(source).map((object) => ({ ...object, isOfPlan: known.has(nameKeyOf(object)) }))
  const ownTables = objects.filter(({ type, isOfPlan }) => type === 'table' && !isOfPlan)
  return ownTables.length > ownTablesLimit ? objects.filter(({ isOfPlan }) => isOfPlan) : objects
}

/** What its version has, and what a later one adopts. */
function namesOfPlan(source: Connection, plan: MigrationPlan, version: number): ReadonlySet<string> {
  const schemas = [expectedSchema(source, plan, version), tryLatestSchema(source, plan)]
  return new Set(schemas.flatMap((schema) => (schema === null ? [] : listObjects(schema))).map(nameKeyOf))
}

/** A migration that fails in an empty database fails in the sample as well, and is reported from there. */
function tryLatestSchema(source: Connection, plan: MigrationPlan) {
  try {
    return expectedSchema(source, plan, latestVersionOf(plan))
  } catch {
    return null
  }
}
