import type { SchemaObject } from '../schema/model.ts'
import { foldName } from '../sql/names.ts'
import { VersionTableError } from './errors.ts'
import type { MigrationPlan } from './plan.ts'

/**
 * A trigger on a table of the versions. A version row that a trigger changes, or that fires other changes, cannot be
 * trusted.
 *
 * @param extras the objects that no version of the plan makes
 */
export function findVersionTrigger(
  { versions }: MigrationPlan,
  extras: readonly SchemaObject[],
): SchemaObject | undefined {
  const tables = new Set(versions.tables.map(foldName))
  return extras.find(({ type, table }) => type === 'trigger' && tables.has(foldName(table)))
}

/** @throws {VersionTableError} when one of the objects is a trigger on a table of the versions */
export function refuseVersionTrigger(plan: MigrationPlan, extras: readonly SchemaObject[]): void {
  const trigger = findVersionTrigger(plan, extras)
  if (trigger === undefined) return
  throw new VersionTableError({
    where: `Table ${trigger.table}`,
    expected: 'no trigger on the table of the versions',
    actual: `the trigger ${trigger.name}`,
    remedy: 'drop the trigger, and run again',
  })
}
