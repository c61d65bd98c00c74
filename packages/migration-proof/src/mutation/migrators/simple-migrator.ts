import type { Migrate } from '../../checks/subject.ts'
import { layBase } from '../../migrator/base.ts'
import { blameMigration } from '../../migrator/blame.ts'
import type { MigrateOptions, MigrationResult } from '../../migrator/migrate.ts'
import type { Migration } from '../../migrator/migration.ts'
import { latestVersionOf, type MigrationPlan } from '../../migrator/plan.ts'
import { withForeignKeysOff } from '../../migrator/run-migration.ts'
import { runUp } from '../../migrator/run-up.ts'
import { type ObservedConnection, observeStatements } from '../../migrator/statements.ts'
import { readVersion } from '../../migrator/versions.ts'
import type { Connection } from '../../sql/connection.ts'

/** How a migrator works. */
export interface Habits {
  /** Null for no transaction. */
  readonly begin: 'BEGIN IMMEDIATE' | 'BEGIN' | null
  /** When the version is recorded: in the transaction of its migration, or committed before or after it. */
  readonly records: 'with it' | 'before it' | 'after it'
  /** Whether the version is read again once the lock is held. */
  readonly rereads: boolean
  readonly swallows: 'nothing' | 'errors of a migration' | 'every error'
  readonly leavesForeignKeysOff: boolean
  readonly touchesNewer: boolean
  /** How often the statements of a version run. */
  readonly times: (version: number) => number
  /** Whether the version is recorded at all. */
  readonly isRecorded: (version: number) => boolean
}

const goodHabits: Habits = {
  begin: 'BEGIN IMMEDIATE',
  records: 'with it',
  rereads: true,
  swallows: 'nothing',
  leavesForeignKeysOff: false,
  touchesNewer: false,
  times: () => 1,
  isRecorded: () => true,
}

/**
 * A small migrator like those that applications write themselves: it migrates, and checks nothing. With good habits alone
 * every check passes; each bad habit makes a mutant.
 */
export function simpleMigrator(bad: Partial<Habits> = {}): Migrate {
  const habits = { ...goodHabits, ...bad }
  return (connection, plan, options = {}) => {
    try {
      return run(connection, plan, options, habits)
    } catch (error) {
      if (habits.swallows !== 'every error') throw error
      return resultOf(plan, readVersion(connection, plan), [])
    }
  }
}

function run(
  connection: Connection,
  plan: MigrationPlan,
  options: MigrateOptions,
  habits: Habits,
): MigrationResult {
  const observed = observeStatements(connection, options.beforeStatement)
  layBase(connection, plan)
  const from = readVersion(connection, plan)
  if (from > latestVersionOf(plan) && !habits.touchesNewer) return resultOf(plan, from, [])
  if (habits.touchesNewer) plan.versions.create(observed)
  if (from > latestVersionOf(plan)) plan.versions.record(observed, from + 1)
  if (habits.leavesForeignKeysOff) connection.exec('PRAGMA foreign_keys = OFF')
  const applied: number[] = []
  const target = options.target ?? latestVersionOf(plan)
  for (let version = from; version < target; version++) {
    const migration = plan.migrations[version]
    if (migration === undefined) break
    observed.enter(migration.version)
    const apply = () => applyOne(connection, observed, plan, migration, habits)
    const isDone = migration.foreignKeys === 'off' ? withForeignKeysOff(connection, apply) : apply()
    if (isDone) applied.push(migration.version)
    observed.enter(null)
  }
  return resultOf(plan, from, applied)
}

/** Returns whether the migration was still pending. */
function applyOne(
  connection: Connection,
  observed: ObservedConnection,
  plan: MigrationPlan,
  migration: Migration,
  habits: Habits,
): boolean {
  const { version } = migration
  const record = () => {
    if (habits.isRecorded(version)) plan.versions.record(observed, version)
    return true
  }
  const apply = () => {
    for (let time = 0; time < habits.times(version); time++)
      swallowErrors(habits, () => blameMigration(observed, migration, () => runUp(migration, observed)))
  }
  const create = () => plan.versions.create(observed)
  if (habits.records === 'before it')
    inTransaction(observed, habits, () => {
      create()
      return record()
    })
  const isDone = inTransaction(observed, habits, () => {
    if (habits.rereads && habits.records !== 'before it' && readVersion(connection, plan) >= version)
      return false
    create()
    apply()
    return habits.records === 'with it' ? record() : true
  })
  if (isDone && habits.records === 'after it') inTransaction(observed, habits, record)
  return isDone
}

function inTransaction(observed: ObservedConnection, { begin }: Habits, work: () => boolean): boolean {
  if (begin === null) return work()
  observed.exec(begin)
  try {
    const isDone = work()
    observed.exec('COMMIT')
    return isDone
  } catch (error) {
    if (observed.inTransaction) observed.exec('ROLLBACK')
    throw error
  }
}

function swallowErrors({ swallows }: Habits, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (swallows !== 'errors of a migration') throw error
  }
}

function resultOf(plan: MigrationPlan, from: number, applied: readonly number[]): MigrationResult {
  const to = applied.at(-1) ?? from
  const quiet = to > latestVersionOf(plan) ? 'unknown-version' : 'up-to-date'
  return { outcome: applied.length > 0 ? 'migrated' : quiet, from, to, applied, extras: [] }
}
