import type { Connection } from '../sql/connection.ts'
import { blameMigration, blameStatement } from './blame.ts'
import { keepForeignKeys, withForeignKeysOff } from './foreign-keys.ts'
import type { MigrationLog } from './log.ts'
import type { Migration } from './migration.ts'
import type { MigrationPlan } from './plan.ts'
import { findExtras } from './preflight.ts'
import type { ObservedConnection } from './statements.ts'
import { transact } from './transaction.ts'
import { readVersion } from './versions.ts'

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
}

/** Commits the pending migrations one by one. */
export function applyEach(run: Run, start: Progress): Progress {
  let progress = start
  for (let next = nextMigration(run, progress); next !== undefined; next = nextMigration(run, progress)) {
    progress = commitNext(run, next, progress)
    if (progress.applied.includes(next.version)) logApplied(run, next)
  }
  return progress
}

/** Commits one migration, unless another process was faster: then the version that it has left is the news. */
function commitNext(run: Run, migration: Migration, progress: Progress): Progress {
  return transactFor(run, [migration], () => {
    const version = readVersion(run.connection, run.plan)
    if (version !== progress.version) return { ...progress, version }
    applyMigration(run, migration)
    return advance(progress, migration)
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
    const version = readVersion(run.connection, run.plan)
    const progress = applyBehindSavepoints(run, { ...start, version })
    if (progress.applied.length > 0) beforeCommit(run.connection)
    return progress
  })
}

function applyBehindSavepoints(run: Run, start: Progress): Progress {
  let progress = start
  for (let next = nextMigration(run, progress); next !== undefined; next = nextMigration(run, progress)) {
    run.observed.exec(`SAVEPOINT v${next.version}`)
    applyMigration(run, next)
    run.observed.exec(`RELEASE v${next.version}`)
    progress = advance(progress, next)
    logApplied(run, next)
  }
  return progress
}

/** One migration, its version row, and the proof that both arrived. Runs inside the transaction. */
function applyMigration(run: Run, migration: Migration) {
  run.log.info(`Running migration v${migration.version} (${migration.name})...`)
  blameMigration(run.observed, migration, () => {
    run.plan.versions.create(run.observed)
    if (migration.foreignKeys === 'off') keepForeignKeys(run.connection, () => migration.up(run.observed))
    else migration.up(run.observed)
    run.plan.versions.record(run.observed, migration.version)
  })
  findExtras(run.connection, run.plan, migration.version)
}

/** A transaction for these migrations, with foreign keys off where one of them needs it. */
function transactFor(run: Run, migrations: readonly Migration[], work: () => Progress): Progress {
  const inTransaction = () => blameStatement(run.observed, migrations, () => transact(run.observed, work))
  const needsForeignKeysOff = migrations.some(({ foreignKeys }) => foreignKeys === 'off')
  return needsForeignKeysOff ? withForeignKeysOff(run.connection, inTransaction) : inTransaction()
}

function nextMigration(run: Run, { version }: Progress): Migration | undefined {
  return version < run.target ? run.plan.migrations[version] : undefined
}

function advance({ applied }: Progress, { version }: Migration): Progress {
  return { version, applied: [...applied, version] }
}

function logApplied(run: Run, { version }: Migration) {
  run.log.info(`Applied migration v${version}`)
}
