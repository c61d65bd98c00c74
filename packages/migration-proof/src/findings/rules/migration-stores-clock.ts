import { migrate } from '../../migrator/migrate.ts'
import { type MigrationPlan, planUpTo } from '../../migrator/plan.ts'
import { columnSubject } from '../../problem.ts'
import type { Table } from '../../schema/model.ts'
import { atInstant } from '../../snapshots/clock.ts'
import { ordinaryTables } from '../../snapshots/tables.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { attempt, openCopy } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { type MigrationTrial, runMigration } from '../trial.ts'

export const migrationStoresClock: Rule = {
  code: 'migration-stores-clock',
  severity: 'warning',
  reason:
    'The migration stores the time at which it runs: no two files that it upgrades are the same, and none can be compared.',
  fix: 'Write the value itself, or say in a waiver why the time of the upgrade is meant.',
  source: 'https://www.sqlite.org/lang_datefunc.html',
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
    const found = imagesOf(trial, subject.suite.plan).flatMap((image) => {
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

/** Both rules use the same ones. */
const known = new WeakMap<MigrationTrial, readonly Buffer[]>()

function imagesOf(trial: MigrationTrial, plan: MigrationPlan): readonly Buffer[] {
  const images = known.get(trial) ?? makeImages(trial, plan)
  known.set(trial, images)
  return images
}

/**
 * The synthetic rows, or none where the migration fails on them; and the same with NULLs in the tables that it names, of all
 * columns at once, or where it does not take them, of one after another.
 */
function makeImages(trial: MigrationTrial, plan: MigrationPlan): readonly Buffer[] {
  const { failure, beforeImage, startImage, before, statements, migration } = trial
  const text = foldName(statements.join(' '))
  const nullable = [...before.tables.values()]
    .filter(({ name, module }) => module === null && text.includes(foldName(name)))
    .flatMap((table) => nullableColumns(table).map((column): NullableColumn => [table.name, column]))
  const filled = failure === null ? beforeImage : startImage
  if (nullable.length === 0) return [filled]
  const withAll = withNulls(beforeImage, nullable)
  if (runMigration(withAll, plan, migration.version) === null) return [filled, withAll]
  return [filled, ...nullable.map((column) => withNulls(beforeImage, [column]))]
}

type NullableColumn = readonly [table: string, column: string]

/** Puts NULL into the first row, and into one of the others, which keeps what it has in most columns. */
function withNulls(image: Buffer, columns: readonly NullableColumn[]): Buffer {
  using copy = openCopy(image)
  for (const [index, [table, column]] of columns.entries()) {
    const from = `main.${quoteName(table)}`
    for (const place of [0, 1 + (index % 2)]) {
      const row = `rowid = (SELECT rowid FROM ${from} ORDER BY rowid LIMIT 1 OFFSET ${place})`
      attempt(copy.connection, `UPDATE ${from} SET ${quoteName(column)} = NULL WHERE ${row}`)
    }
  }
  return copy.image()
}

function nullableColumns({ columns }: Table): string[] {
  return columns.filter(({ notNull, generated }) => !notNull && generated === null).map(({ name }) => name)
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
