import type { Connection } from '../sql/connection.ts'
import { VersionTableError } from './errors.ts'
import { latestVersionOf, type MigrationPlan } from './plan.ts'

/**
 * The version of a database: 0 where no version was ever noted. A version above the latest of the plan is
 * returned as it is: the database was made by newer software.
 *
 * @throws {VersionTableError} when the versions cannot be read, or one below the current one is missing
 */
export function readVersion(connection: Connection, plan: MigrationPlan): number {
  const versions = plan.versions.read(connection)
  const current = versions.at(-1) ?? 0
  if (current > latestVersionOf(plan)) return current
  const gap = versions.findIndex((version, position) => version !== position + 1)
  if (gap === -1) return current
  throw new VersionTableError({
    where: `The versions of the database (${versions.join(', ')})`,
    expected: `version ${gap + 1} below version ${current}`,
    actual: 'a gap',
    remedy: 'restore the file from a backup, or find out which migrations were really applied',
  })
}
