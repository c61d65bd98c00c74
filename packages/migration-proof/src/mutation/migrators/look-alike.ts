import type { Migrate } from '../../checks/subject.ts'
import { blameMigration } from '../../migrator/blame.ts'
import type { MigrateOptions, MigrationResult } from '../../migrator/migrate.ts'
import type { Migration } from '../../migrator/migration.ts'
import { latestVersionOf, type MigrationPlan } from '../../migrator/plan.ts'
import { runUp } from '../../migrator/run-up.ts'
import { type ObservedConnection, observeStatements } from '../../migrator/statements.ts'
import { readVersion } from '../../migrator/versions.ts'
import type { Connection } from '../../sql/connection.ts'

/** What a migrator does, one habit at a time. */
export interface Habits {
  /** Null for no transaction. */
  readonly begin: 'BEGIN IMMEDIATE' | 'BEGIN' | null
  /** When the version is noted: in the transaction of its migration, or committed before it, or after it. */
  readonly notes: 'with it' | 'before it' | 'after it'
  /** Whether the version is read again once the lock is held. */
  readonly rereads: boolean
  readonly swallows: 'nothing' | 'errors of a migration' | 'every error'
  readonly leavesForeignKeysOff: boolean
  readonly touchesNewer: boolean
  /** How often the statements of a version run. */
  readonly times: (version: number) => number
  /** Whether the version is noted at all. */
  readonly isNoted: (version: number) => boolean
}

const goodHabits: Habits = {
  begin: 'BEGIN IMMEDIATE',
  notes: 'with it',
  rereads: true,
  swallows: 'nothing',
  leavesForeignKeysOff: false,
  touchesNewer: false,
  times: () => 1,
  isNoted: () => true,
}

/**
 * A small migrator as applications write their own: it migrates, and checks nothing. With good habits alone
 * no check finds fault with it; each bad one is a mutant.
 */
export function lookAlike(bad: Partial<Habits> = {}): Migrate {
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
    if (applyOne(connection, observed, plan, migration, habits)) applied.push(migration.version)
    observed.enter(null)
  }
  return resultOf(plan, from, applied)
}

/** Whether it was still to be applied. */
function applyOne(
  connection: Connection,
  observed: ObservedConnection,
  plan: MigrationPlan,
  migration: Migration,
  habits: Habits,
): boolean {
  const { version } = migration
  const note = () => {
    if (habits.isNoted(version)) plan.versions.record(observed, version)
    return true
  }
  const apply = () => {
    for (let time = 0; time < habits.times(version); time++)
      swallowErrors(habits, () => blameMigration(observed, migration, () => runUp(migration, observed)))
  }
  const create = () => plan.versions.create(observed)
  if (habits.notes === 'before it')
    inTransaction(observed, habits, () => {
      create()
      return note()
    })
  const isDone = inTransaction(observed, habits, () => {
    if (habits.rereads && habits.notes !== 'before it' && readVersion(connection, plan) >= version)
      return false
    create()
    apply()
    return habits.notes === 'with it' ? note() : true
  })
  if (isDone && habits.notes === 'after it') inTransaction(observed, habits, note)
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
