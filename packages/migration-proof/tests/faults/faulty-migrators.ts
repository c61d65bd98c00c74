import type { Defect, JournalMode, UpgradeFunction } from '../../src/faults/index.ts'
import type { Connection, Migration, MigrationPlan } from '../../src/index.ts'

/** A migrator with one mistake. */
export interface FaultyMigrator {
  readonly mistake: string
  readonly journalMode: JournalMode
  /** What breaks it. */
  readonly sweep: 'power loss' | 'second power loss' | 'disk faults'
  /** What it is expected to leave, among other defects. */
  readonly defect: Defect
  upgrade(plan: MigrationPlan): UpgradeFunction
}

interface Settings {
  readonly journalMode: string
  readonly synchronous: string
  /** A checkpoint syncs as well, so that a low limit hides what a commit does not sync. */
  readonly autocheckpointPages?: number
}

const safe: Readonly<Record<JournalMode, Settings>> = {
  wal: { journalMode: 'wal', synchronous: 'FULL' },
  delete: { journalMode: 'delete', synchronous: 'EXTRA' },
}

/** How a migrator without a mistake applies one migration. */
const applyWhole: Apply = (connection, plan, migration) => {
  transact(connection, () => {
    migration.up(connection)
    plan.versions.record(connection, migration.version)
  })
}

type Apply = (connection: Connection, plan: MigrationPlan, migration: Migration) => void

/** The migrator without a mistake, so that each catch is due to the mistake. */
export function soundMigrator(journalMode: JournalMode): (plan: MigrationPlan) => UpgradeFunction {
  return runner(safe[journalMode], applyWhole)
}

function runner(settings: Settings, apply: Apply): (plan: MigrationPlan) => UpgradeFunction {
  return (plan) => (connection) => {
    prepare(connection, settings)
    for (const migration of pending(connection, plan)) apply(connection, plan, migration)
  }
}

function prepare(connection: Connection, { journalMode, synchronous, autocheckpointPages = 4 }: Settings) {
  connection.exec(`PRAGMA journal_mode = ${journalMode}`)
  connection.exec(`PRAGMA synchronous = ${synchronous}`)
  connection.exec('PRAGMA foreign_keys = ON')
  connection.exec(`PRAGMA wal_autocheckpoint = ${autocheckpointPages}`)
}

function pending(connection: Connection, plan: MigrationPlan): readonly Migration[] {
  return plan.migrations.slice(plan.versions.read(connection).current)
}

function transact(connection: Connection, work: () => void) {
  connection.exec('BEGIN IMMEDIATE')
  try {
    work()
    connection.exec('COMMIT')
  } catch (error) {
    if (connection.inTransaction) tryRollback(connection)
    throw error
  }
}

function tryRollback(connection: Connection) {
  try {
    connection.exec('ROLLBACK')
  } catch {
    // The error that made it roll back is the one to report.
  }
}

const withoutTransaction: Apply = (connection, plan, migration) => {
  migration.up(connection)
  plan.versions.record(connection, migration.version)
}

const versionFirst: Apply = (connection, plan, migration) => {
  plan.versions.record(connection, migration.version)
  transact(connection, () => migration.up(connection))
}

const versionLast: Apply = (connection, plan, migration) => {
  transact(connection, () => migration.up(connection))
  plan.versions.record(connection, migration.version)
}

/** All migrations, and only then, apart from them, their versions. */
function versionsApart(settings: Settings): (plan: MigrationPlan) => UpgradeFunction {
  return (plan) => (connection) => {
    prepare(connection, settings)
    const migrations = pending(connection, plan)
    transact(connection, () => {
      for (const migration of migrations) migration.up(connection)
    })
    transact(connection, () => {
      for (const { version } of migrations) plan.versions.record(connection, version)
    })
  }
}

/** Sets a mark while it works, and refuses to work where the mark is set. */
const markedDirty: Apply = (connection, plan, migration) => {
  if (connection.all('PRAGMA user_version')[0]?.user_version !== 0n) throw new Error('The mark is set.')
  connection.exec('PRAGMA user_version = 1')
  applyWhole(connection, plan, migration)
  connection.exec('PRAGMA user_version = 0')
}

/** Puts a copy of the names aside before it begins, under a name that must be free. */
const copiedAside: Apply = (connection, plan, migration) => {
  connection.exec(`CREATE TABLE copy_before_v${migration.version} AS SELECT name FROM author`)
  applyWhole(connection, plan, migration)
  connection.exec(`DROP TABLE copy_before_v${migration.version}`)
}

/**
 * Sets a mark while it works, and where it finds the mark set, does its work again without a transaction: sound as
 * long as nothing fails twice.
 */
const repairedCarelessly: Apply = (connection, plan, migration) => {
  const isMarked = connection.all('PRAGMA user_version')[0]?.user_version !== 0n
  connection.exec('PRAGMA user_version = 1')
  const apply = isMarked ? withoutTransaction : applyWhole
  apply(connection, plan, migration)
  connection.exec('PRAGMA user_version = 0')
}

const unguardedRollback: Apply = (connection, plan, migration) => {
  connection.exec('BEGIN IMMEDIATE')
  try {
    migration.up(connection)
    plan.versions.record(connection, migration.version)
    connection.exec('COMMIT')
  } catch (error) {
    connection.exec('ROLLBACK')
    throw error
  }
}

const swallowedError: Apply = (connection, plan, migration) => {
  try {
    applyWhole(connection, plan, migration)
  } catch {
    // The mistake.
  }
}

function faulty(
  mistake: string,
  journalMode: JournalMode,
  defect: Defect,
  upgrade: FaultyMigrator['upgrade'],
): FaultyMigrator {
  const sweep = ['unclear-error', 'false-success'].includes(defect) ? 'disk faults' : 'power loss'
  return { mistake, journalMode, sweep, defect, upgrade }
}

const { wal, delete: rollback } = safe

export const faultyMigrators: readonly FaultyMigrator[] = [
  faulty('no transaction', 'wal', 'half-done', runner(wal, withoutTransaction)),
  faulty('no transaction', 'delete', 'half-done', runner(rollback, withoutTransaction)),
  faulty('version row before the migration', 'wal', 'half-done', runner(wal, versionFirst)),
  faulty('version row before the migration', 'delete', 'half-done', runner(rollback, versionFirst)),
  faulty('version row after the migration', 'wal', 'half-done', runner(wal, versionLast)),
  faulty('version row after the migration', 'delete', 'half-done', runner(rollback, versionLast)),
  faulty('versions apart, after all migrations', 'wal', 'half-done', versionsApart(wal)),
  faulty('synchronous OFF', 'wal', 'acknowledged-lost', runner({ ...wal, synchronous: 'OFF' }, applyWhole)),
  faulty('synchronous OFF', 'delete', 'damaged', runner({ ...rollback, synchronous: 'OFF' }, applyWhole)),
  faulty(
    'synchronous NORMAL',
    'wal',
    'acknowledged-lost',
    runner({ ...wal, synchronous: 'NORMAL', autocheckpointPages: 1000 }, applyWhole),
  ),
  faulty(
    'synchronous NORMAL',
    'delete',
    'acknowledged-lost',
    runner({ ...rollback, synchronous: 'NORMAL' }, applyWhole),
  ),
  faulty(
    'synchronous FULL',
    'delete',
    'acknowledged-lost',
    runner({ ...rollback, synchronous: 'FULL' }, applyWhole),
  ),
  faulty(
    'journal in memory',
    'delete',
    'damaged',
    runner({ ...rollback, journalMode: 'memory' }, applyWhole),
  ),
  faulty('no rerun: a mark that says dirty', 'wal', 'rerun-failed', runner(wal, markedDirty)),
  faulty('no rerun: a copy put aside', 'delete', 'half-done', runner(rollback, copiedAside)),
  {
    ...faulty('a repair without a transaction', 'wal', 'half-done', runner(wal, repairedCarelessly)),
    sweep: 'second power loss',
  },
  {
    ...faulty('a repair without a transaction', 'delete', 'half-done', runner(rollback, repairedCarelessly)),
    sweep: 'second power loss',
  },
  faulty('unguarded ROLLBACK', 'wal', 'unclear-error', runner(wal, unguardedRollback)),
  faulty('unguarded ROLLBACK', 'delete', 'unclear-error', runner(rollback, unguardedRollback)),
  faulty('swallowed error', 'wal', 'false-success', runner(wal, swallowedError)),
  faulty('swallowed error', 'delete', 'false-success', runner(rollback, swallowedError)),
]
