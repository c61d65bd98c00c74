import { migrate } from '../../migrator/migrate.ts'

import { planUpTo } from '../../migrator/plan.ts'
import { columnSubject } from '../../problem.ts'
import { atInstant } from '../../snapshots/clock.ts'
import { ordinaryTables } from '../../snapshots/tables.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { openCopy } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import { imagesWithNulls } from '../null-images.ts'
import type { FindingsSubject } from '../subject.ts'

import type { MigrationTrial } from '../trial.ts'

export const migrationStoresClock: Rule = {
  code: 'migration-stores-clock',
  severity: 'warning',
  reason:
    'The migration stores the time at which it runs: no two files that it upgrades are the same, and none can be compared.',
  fix: 'Write the value itself, or say in a waiver why the time of the upgrade is meant.',
  source: 'https://www.sqlite.org/lang_datefunc.html',
  isOfEachMigration: true,
  find: (subject) =>
    findVarying(subject, { instant: 1_700_000_000_000, seed: 1 }, { instant: 1_800_000_000_000, seed: 1 }),
}

export const migrationStoresChance: Rule = {
  code: 'migration-stores-chance',
  severity: 'warning',
  reason:
    'The migration stores random values: no two files that it upgrades are the same, and none can be compared.',
  fix: 'Derive the value from the row, or say in a waiver why chance is meant.',
  source: 'https://www.sqlite.org/lang_corefunc.html#random',
  isOfEachMigration: true,
  find: (subject) =>
    findVarying(subject, { instant: 1_700_000_000_000, seed: 1 }, { instant: 1_700_000_000_000, seed: 2 }),
}

interface World {
  /** In milliseconds since 1970. */
  readonly instant: number
  /** Where random numbers start. */
  readonly seed: number
}

/** The columns that hold other values after the same migration of the same rows, on any of the images. */
function findVarying(subject: FindingsSubject, one: World, other: World): Sighting[] {
  return subject.trials.flatMap((trial) => {
    if (trial.emptyImage === null) return []
    const found = imagesWithNulls(trial, subject.suite.plan).flatMap((image) => {
      const [left, right] = [one, other].map((world) => runIn(world, image, trial, subject))
      if (left == null || right == null) return []
      return [...left].filter(([column, { values }]) => right.get(column)?.values !== values)
    })
    return [...new Map(found).values()].map(({ table, column }) => ({
      subject: columnSubject(table, column),
      version: trial.migration.version,
      evidence: [
        {
          ran: `migration v${trial.migration.version} twice, ${one.instant === other.instant ? 'with other random numbers' : 'at two times'}`,
          happened: `other values in ${table}.${column}`,
        },
      ] as const,
    }))
  })
}

interface ColumnValues {
  readonly table: string
  readonly column: string
  /** All of them as one text. */
  readonly values: string
}

/** The values of each column after a migration of some rows; null where it fails on them at this time. */
function runIn(
  { instant, seed }: World,
  image: Buffer,
  { migration }: MigrationTrial,
  { suite: { plan } }: FindingsSubject,
): ReadonlyMap<string, ColumnValues> | null {
  using copy = openCopy(image)
  const { connection, database } = copy
  try {
    atInstant(database, instant, () => migrate(connection, planUpTo(plan, migration.version)), seed)
  } catch {
    return null
  }
  const versionTables = plan.versions.tables.map(foldName)
  const tables = ordinaryTables(connection).filter((table) => !versionTables.includes(foldName(table)))
  return new Map(
    tables.flatMap((table) => {
      const rows = connection.all(`SELECT * FROM main.${quoteName(table)}`)
      return Object.keys(rows[0] ?? {}).map((column) => {
        const values = JSON.stringify(rows.map((row) => [typeof row[column], String(row[column])]))
        return [`${table}.${column}`, { table, column, values }] as const
      })
    }),
  )
}
