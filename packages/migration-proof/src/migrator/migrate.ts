import { DiagnosedError } from '../errors.ts'
import type { SchemaObject } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'
import type { MigrationLog } from './apply.ts'
import { applyAll, applyEach, type Progress, type Run } from './apply.ts'
import { layBase } from './base.ts'
import { DatabaseBusyError, isBusy, MigrationFailedError } from './errors.ts'
import { expectedSchema } from './expected-schema.ts'
import { latestVersionOf, type MigrationPlan, shown } from './plan.ts'
import { type Preflight, preflight } from './preflight.ts'
import { observeStatements, type StatementObserver } from './statements.ts'
import { findPart, migratePart, type PlanPart } from './tool-change.ts'
import { readVersion, readVersionText, refuseVersionTrigger } from './versions.ts'

export interface MigrateOptions {
  /** The version to stop at; defaults to the latest. */
  readonly target?: number
  /**
   * `'each'`, the default: each migration commits with its version row, by itself.
   * `'all'`: one transaction for all of them, a savepoint a version; nothing is kept until all succeeded.
   */
  readonly transaction?: 'each' | 'all'
  readonly log?: MigrationLog
  /** Called before each statement, those of the migrator itself included; what it throws stops the migration. */
  readonly beforeStatement?: StatementObserver
  /** With `'each'`: called with each version that this call has committed. */
  readonly afterCommit?: (version: number) => void
  /** With `'all'`: called inside the transaction, right before COMMIT; what it throws undoes everything. */
  readonly beforeCommit?: (connection: Connection) => void
}

export interface MigrationResult {
  /** `'unknown-version'`: newer software made the database, and nothing was changed. */
  readonly outcome: 'migrated' | 'up-to-date' | 'unknown-version'
  readonly from: number
  readonly to: number
  /** The versions that this call applied. */
  readonly applied: readonly number[]
  /** Objects that no version creates: the user's own. They were kept. */
  readonly extras: readonly SchemaObject[]
}

/**
 * Upgrades a database to a version of the plan; an empty one begins with the base of that. It checks the database before it
 * changes anything, takes the write lock before it decides what to do, and before it commits it compares the result with what
 * the same migrations build in an empty database.
 *
 * @throws {MigrationFailedError} when a statement or a migration fails; the database is at a whole version
 * @throws {MigrationRefusedError} when a migration must not be committed: it returns a promise, controls the transaction, would
 *   fire a trigger or lose an object of the user, or its version is missing when it is read back
 * @throws {DatabaseBusyError} when another connection holds the lock for longer than the busy timeout
 * @throws {SchemaDriftError} when the schema before or after is not what its version says
 * @throws {VersionTableError} when the version cannot be read, or there is a trigger on the table of the versions
 *
 * @example
 * ```js
 * import Database from 'better-sqlite3'
 * import { betterSqliteConnection, migrate } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const { from, to } = migrate(betterSqliteConnection(new Database('notes.db')), config.plan)
 * console.log(`from version ${from} to ${to}`) // from version 1 to 3
 * ```
 */
export function migrate(
  connection: Connection,
  plan: MigrationPlan,
  options: MigrateOptions = {},
): MigrationResult {
  const part = findPartOf(connection, plan, options)
  if (part !== null) return migratePart(part, options, (own, given) => migrate(connection, own, given))
  const run = startRun(connection, plan, options)
  const { version: from, isUnknown, extras } = look(run)
  run.log.info(`Current schema version: ${shown(plan, from)}`)
  const start: Progress = { version: from, applied: [] }
  const { version: to, applied } = isUnknown ? start : applyPending(run, start, options)
  return { outcome: conclude(run, { version: to, applied }), from, to, applied, extras }
}

function findPartOf(
  connection: Connection,
  plan: MigrationPlan,
  { target }: MigrateOptions,
): PlanPart | null {
  try {
    return findPart(connection, plan, target)
  } catch (error) {
    throw isBusy(error) ? new DatabaseBusyError(null, error) : error
  }
}

function startRun(connection: Connection, plan: MigrationPlan, options: MigrateOptions): Run {
  const latest = latestVersionOf(plan)
  const { target = latest, log = { info: () => {}, error: () => {} } } = options
  if (!Number.isInteger(target) || target < 0 || target > latest) {
    throw misuse('The target version', `a whole number from 0 to ${latest}`, `${target}`)
  }
  if (connection.inTransaction) throw misuse('The connection', 'no open transaction', 'one that is open')
  return { connection, observed: observeStatements(connection, options.beforeStatement), plan, target, log }
}

function misuse(where: string, expected: string, actual: string) {
  return new DiagnosedError({ where, expected, actual, fix: 'change the call of migrate' })
}

function conclude(run: Run, { version, applied }: Progress): MigrationResult['outcome'] {
  const latest = latestVersionOf(run.plan)
  if (version > latest) {
    run.log.error(`Unknown schema version: ${readVersionText(run.connection, run.plan)}`)
    return 'unknown-version'
  }
  if (applied.length > 0) return 'migrated'
  if (version === latest) run.log.info(`Schema is up to date (v${shown(run.plan, version)})`)
  return 'up-to-date'
}

function applyPending(run: Run, start: Progress, options: MigrateOptions): Progress {
  if (run.target === 0) layBase(run.connection, run.plan, run.observed)
  foreseeVersions(run, start)
  try {
    if (options.transaction === 'all') return applyAll(run, start, options.beforeCommit ?? (() => {}))
    return applyEach(run, start, options.afterCommit ?? (() => {}))
  } catch (error) {
    throw error instanceof MigrationFailedError ? error.withVersionNow(readVersionNow(run)) : error
  }
}

/** Builds what all versions on the way look like in one go. A migration that fails there is reported when its turn comes. */
function foreseeVersions({ connection, plan, target }: Run, { version }: Progress): void {
  if (version >= target) return
  try {
    expectedSchema(connection, plan, target)
  } catch (error) {
    if (!(error instanceof DiagnosedError)) throw error
  }
}

/** The version that a failure has left: where COMMIT fails, it may be the new one. Null where it cannot be read. */
function readVersionNow({ connection, plan }: Run): number | null {
  // A transaction that could not be rolled back shows what may not stay.
  if (connection.inTransaction) return null
  try {
    return readVersion(connection, plan)
  } catch {
    return null
  }
}

function look(run: Run): Preflight {
  try {
    const seen = preflight(run.connection, run.plan, run.target)
    refuseVersionTrigger(run.plan, seen.extras)
    return seen
  } catch (error) {
    throw isBusy(error) ? new DatabaseBusyError(null, error) : error
  }
}
