import { migrate } from '../../migrator/migrate.ts'

import { planUpTo } from '../../migrator/plan.ts'
import { columnSubject } from '../../problem.ts'
import { atInstant, type Surroundings } from '../../snapshots/clock.ts'
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
  find: (subject) => findVarying(subject, { ...usual, instant: 1_800_000_000_000 }, 'at two times'),
}

export const migrationStoresChance: Rule = {
  code: 'migration-stores-chance',
  severity: 'warning',
  reason:
    'The migration stores random values: no two files that it upgrades are the same, and none can be compared.',
  fix: 'Derive the value from the row, or say in a waiver why chance is meant.',
  source: 'https://www.sqlite.org/lang_corefunc.html#random',
  isOfEachMigration: true,
  find: (subject) => findVarying(subject, { ...usual, seed: 2 }, 'with other random numbers'),
}

export const migrationStoresLocalTime: Rule = {
  code: 'migration-stores-local-time',
  severity: 'warning',
  reason:
    'The migration stores the local time of the machine that it runs on: the same file gets other values in another time zone.',
  fix: "Store UTC: leave 'localtime' out in SQL, and use toISOString() or the getUTC… methods in JavaScript; or say in a waiver why local times are meant.",
  source: 'https://www.sqlite.org/lang_datefunc.html',
  isOfEachMigration: true,
  // West of UTC, where a time soon after midnight is on the day before.
  find: (subject) => findVarying(subject, { ...usual, zone: -570 }, 'in two time zones'),
}

interface World extends Surroundings {
  /** In milliseconds since 1970. */
  readonly instant: number
}

const usual: World = { instant: 1_700_000_000_000, seed: 1, zone: 0 }

/** The columns that hold other values after the same migration of the same rows, on any of the images. */
function findVarying(subject: FindingsSubject, other: World, how: string): Sighting[] {
  return subject.trials.flatMap((trial) => {
    if (trial.emptyImage === null) return []
    const found = imagesWithNulls(trial, subject.suite.plan).flatMap((image) => {
      const left = runAsUsual(image, trial, subject)
      const right = left && runIn(other, image, trial, subject)
      if (left === null || right === null) return []
      return [...left].filter(([column, { values }]) => right.get(column)?.values !== values)
    })
    return [...new Map(found).values()].map(({ table, column }) => ({
      subject: columnSubject(table, column),
      version: trial.migration.version,
      evidence: [
        {
          ran: `migration v${trial.migration.version} twice, ${how}`,
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

type Values = ReadonlyMap<string, ColumnValues>

const usualValues = new WeakMap<MigrationTrial, Map<Buffer, Values | null>>()

/** The same for each of the rules. */
function runAsUsual(image: Buffer, trial: MigrationTrial, subject: FindingsSubject): Values | null {
  const ofTrial = usualValues.get(trial) ?? new Map<Buffer, Values | null>()
  usualValues.set(trial, ofTrial)
  const known = ofTrial.get(image)
  if (known !== undefined) return known
  const values = runIn(usual, image, trial, subject)
  ofTrial.set(image, values)
  return values
}

/** The values of each column after a migration of some rows; null where it fails on them at this time. */
function runIn(
  { instant, ...surroundings }: World,
  image: Buffer,
  { migration }: MigrationTrial,
  { suite: { plan } }: FindingsSubject,
): Values | null {
  using copy = openCopy(image)
  const { connection, database } = copy
  try {
    atInstant(database, instant, () => migrate(connection, planUpTo(plan, migration.version)), surroundings)
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
