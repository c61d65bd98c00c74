import { listObjects, type SchemaObject } from '../schema/model.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { layBase } from './base.ts'
import { blameMigration, blameStatement } from './blame.ts'
import { MigrationRefusedError, VersionTableError } from './errors.ts'
import { expectedSchema } from './expected-schema.ts'
import type { Migration } from './migration.ts'
import { keepOwnObjects } from './own-objects.ts'
import { type MigrationPlan, shown } from './plan.ts'
import { findExtras } from './preflight.ts'
import { runMigration, withForeignKeysFor } from './run-migration.ts'
import { runUp } from './run-up.ts'
import type { ObservedConnection } from './statements.ts'
import { savepointOf, transact } from './transaction.ts'
import { readVersion, refuseVersionTrigger } from './versions.ts'

/** One call of `migrate`: what its steps share. */
export interface Run {
  readonly connection: Connection
  /** The same connection, for all that changes the database. */
  readonly observed: ObservedConnection
  readonly plan: MigrationPlan
  readonly target: number
  readonly log: MigrationLog
}

/** How far a run has come: the version that the database is at, and which versions this run applied. */
export interface Progress {
  readonly version: number
  readonly applied: readonly number[]
  /** What `PRAGMA data_version` said in the last transaction. */
  readonly dataVersion?: SqlValue
  /** The objects that the version does not know, where they are still those that were seen. */
  readonly extras?: readonly SchemaObject[]
}

/** Commits the pending migrations one by one. Each pass brings the version further, or ends the run. */
export function applyEach(run: Run, start: Progress, afterCommit: (version: number) => void): Progress {
  let progress = start
  for (let next = nextMigration(run, progress); next !== undefined; next = nextMigration(run, progress)) {
    progress = commitNext(run, next, progress)
    if (!progress.applied.includes(next.version)) continue
    logApplied(run, next)
    afterCommit(next.version)
  }
  return progress
}

/** Commits one migration, unless another process was faster: then the version that it has left is the news. */
function commitNext(run: Run, migration: Migration, progress: Progress): Progress {
  return transactFor(run, [migration], () => {
    const now = lookAgain(run, progress)
    return now.version === progress.version ? applyMigration(run, migration, now) : now
  })
}

/** Commits all pending migrations together, each behind a savepoint of its own. */
export function applyAll(
  run: Run,
  start: Progress,
  beforeCommit: (connection: Connection) => void,
): Progress {
  const pending = run.plan.migrations.slice(start.version, run.target)
  if (pending.length === 0) return start
  return transactFor(run, pending, () => {
    const progress = applyBehindSavepoints(run, lookAgain(run, start))
    if (progress.applied.length > 0) beforeCommit(run.connection)
    return progress
  })
}

/**
 * How far the database is once the lock is held: another process may have brought it further, but none takes it back. An empty
 * one gets its base. Where no
 * other connection has committed since the last transaction, nothing is read again:
 * https://www.sqlite.org/pragma.html#pragma_data_version
 */
function lookAgain({ connection, observed, plan }: Run, progress: Progress): Progress {
  const [{ data_version: dataVersion = null } = {}] = connection.all('PRAGMA main.data_version')
  if (dataVersion !== null && dataVersion === progress.dataVersion) return progress
  layBase(connection, plan, observed)
  const version = readVersion(connection, plan)
  if (version >= progress.version) return { version, applied: progress.applied, dataVersion }
  throw new VersionTableError({
    where: 'The versions of the database',
    expected: `version ${progress.version} or a later one, as before the lock was taken`,
    actual: `version ${version}`,
    fix: 'find out which other process or trigger changes them, and run again',
  })
}

function applyBehindSavepoints(run: Run, start: Progress): Progress {
  let progress = start
  for (let next = nextMigration(run, progress); next !== undefined; next = nextMigration(run, progress)) {
    run.observed.exec(`SAVEPOINT ${savepointOf(next.version)}`)
    progress = applyMigration(run, next, progress)
    run.observed.exec(`RELEASE ${savepointOf(next.version)}`)
    logApplied(run, next)
  }
  return progress
}

/** One migration, its version row, and the proof that both arrived. Runs inside the transaction. */
function applyMigration(run: Run, migration: Migration, progress: Progress): Progress {
  const { connection, observed, plan } = run
  const { version } = migration
  run.log.info(`Running migration v${shown(plan, version)} (${migration.name})...`)
  const extras = progress.extras ?? findExtras(connection, plan, version - 1)
  refuseVersionTrigger(plan, extras)
  blameMigration(observed, migration, () => {
    const own = keepOwnObjects(connection, observed, migration, extras)
    runMigration(observed, plan.versions, migration, () => runUp(migration, own.connection, connection))
    own.restore(listObjects(expectedSchema(connection, plan, version)))
  })
  requireNoted(run, migration)
  return {
    ...progress,
    version,
    applied: [...progress.applied, version],
    extras: findExtras(connection, plan, version),
  }
}

/** What was written is read back: a trigger may have kept it out, or a store of versions may forget. */
function requireNoted({ connection, plan }: Run, migration: Migration) {
  const { version } = migration
  const { current, missing } = plan.versions.read(connection)
  if (current === version && missing === null) return
  throw new MigrationRefusedError('version-not-noted', migration, {
    expected: `version ${version} to be read back from where versions are kept`,
    actual: missing === null ? `version ${current}` : `version ${current} without ${missing}`,
    fix: 'find out what keeps it from being written',
  })
}

/**
 * A transaction for these migrations, with foreign keys off where one of them needs it. What they build in an empty
 * database is known before it begins: one that fails there fails before the file is changed by it.
 */
function transactFor(run: Run, migrations: readonly Migration[], work: () => Progress): Progress {
  for (const { version } of migrations) expectedSchema(run.connection, run.plan, version)
  const inTransaction = () => blameStatement(run.observed, migrations, () => transact(run.observed, work))
  return withForeignKeysFor(run.connection, migrations, inTransaction)
}

function nextMigration(run: Run, { version }: Progress): Migration | undefined {
  return version < run.target ? run.plan.migrations[version] : undefined
}

function logApplied(run: Run, { version }: Migration) {
  run.log.info(`Applied migration v${shown(run.plan, version)}`)
}

/** Where the migrator writes what it does, a line at a time. */
export interface MigrationLog {
  info(line: string): void
  error(line: string): void
}
