import { enterRun } from '../engines/chance.ts'
import { DiagnosedError, errorMessage } from '../errors.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { layBase } from './base.ts'
import { blameMigration, blameStatement, blameUnapplied } from './blame.ts'
import { errorCode, MigrationFailedError } from './errors.ts'
import { type MigrateOptions, type MigrationResult, migrate } from './migrate.ts'
import type { Migration, MigrationConnection } from './migration.ts'
import { latestVersionOf, type MigrationPlan, mayStayHalf, type RunnerRules, type RunTool } from './plan.ts'
import { runUp } from './run-up.ts'
import { type ObservedConnection, observeStatements } from './statements.ts'
import { findPart, migratePart, type PlanParts, partsOf } from './tool-change.ts'
import { rollBackAfter } from './transaction.ts'
import type { VersionStore } from './version-store.ts'
import { readVersion } from './versions.ts'

/** What applies the migrations of a plan where it is used: the tool of the project, by its rules, or the migrator of this package. */
export function migrateOf({ runner }: MigrationPlan): typeof migrate {
  return runner === undefined ? migrate : migrateAsTool
}

/**
 * Upgrades a database as the plan's runner does, by running it or by its rules: with its transactions, its foreign keys, and its
 * notes of what was applied. Nothing is checked that the tool does not check.
 *
 * @throws {MigrationFailedError} when a statement fails; what is left is what the tool leaves
 * @throws {VersionTableError} when the notes of the database cannot be relied on
 */
function migrateAsTool(
  connection: Connection,
  plan: MigrationPlan,
  options: MigrateOptions = {},
): MigrationResult {
  const { runner } = plan
  if (runner === undefined) return migrate(connection, plan, options)
  const parts = partsOf(plan)
  if (parts !== null) return migrateByParts(connection, plan, parts, options)
  const { target = latestVersionOf(plan) } = options
  requireIdle(connection)
  const observed = observeStatements(connection, options.beforeStatement)
  // The application makes it before its tool is called.
  layBase(connection, plan, observed)
  const from = readVersion(connection, plan)
  if (from > latestVersionOf(plan))
    return { outcome: 'unknown-version', from, to: from, applied: [], extras: [] }
  const pending = plan.migrations.slice(from, target)
  const before = connection.all('PRAGMA foreign_keys')[0]?.foreign_keys === 1n ? 'ON' : 'OFF'
  connection.exec(`PRAGMA foreign_keys = ${runner.foreignKeys}`)
  try {
    if (runner.run === undefined) emulate(connection, observed, plan, runner, pending)
    else runTool(connection, observed, plan, { ...runner, run: runner.run }, pending)
  } catch (error) {
    throw error instanceof MigrationFailedError
      ? error.withVersionNow(connection.inTransaction ? null : versionNow(connection, plan))
      : error
  } finally {
    if (!connection.inTransaction) connection.exec(`PRAGMA foreign_keys = ${before}`)
  }
  const applied = pending.map(({ version }) => version)
  const outcome: MigrationResult['outcome'] = applied.length === 0 ? 'up-to-date' : 'migrated'
  return { outcome, from, to: Math.max(from, target), applied, extras: [] }
}

/** Lets each tool do its part, one after the other. A new file is made by the tool of now alone, unless the project says else. */
function migrateByParts(
  connection: Connection,
  plan: MigrationPlan,
  { before, now }: PlanParts,
  options: MigrateOptions,
): MigrationResult {
  const { target = latestVersionOf(plan) } = options
  requireIdle(connection)
  const from = readVersion(connection, plan)
  const last = latestVersionOf(before)
  const isUnknown = from > latestVersionOf(plan)
  if (isUnknown) return { outcome: 'unknown-version', from, to: from, applied: [], extras: [] }
  const applied: number[] = []
  const isByNow = findPart(connection, plan, target) !== null
  if (!isByNow && from < last) {
    const own = { ...options, target: Math.min(target, last) }
    applied.push(...migrateOf(before)(connection, before, own).applied)
  }
  const step = plan.migrations[last]
  if (!isByNow && step?.adopts !== undefined && from <= last && target > last) {
    adopt(connection, plan, step, options)
    applied.push(step.version)
  }
  if (target > last) {
    const { applied: later } = migratePart(now, { ...options, target }, (own, given) =>
      migrateOf(own)(connection, own, given),
    )
    applied.push(...later)
  }
  const outcome: MigrationResult['outcome'] = applied.length === 0 ? 'up-to-date' : 'migrated'
  return { outcome, from, to: Math.max(from, target), applied, extras: [] }
}

/** Notes what the file has had of the tool of now, in one transaction. */
function adopt(
  connection: Connection,
  plan: MigrationPlan,
  step: Migration,
  { beforeStatement, afterCommit }: MigrateOptions,
): void {
  const observed = observeStatements(connection, beforeStatement)
  const rules: RunnerRules = { tool: 'the adoption', transaction: 'each', foreignKeys: 'on' }
  try {
    applyOne(connection, observed, plan, rules, step)
  } catch (error) {
    throw error instanceof MigrationFailedError
      ? error.withVersionNow(connection.inTransaction ? null : versionNow(connection, plan))
      : error
  }
  afterCommit?.(step.version)
}

function requireIdle({ inTransaction }: Connection): void {
  if (!inTransaction) return
  throw new DiagnosedError({
    where: 'The connection',
    expected: 'no open transaction',
    actual: 'one that is open',
    fix: 'change the call of migrate',
  })
}

function emulate(
  connection: Connection,
  observed: ObservedConnection,
  plan: MigrationPlan,
  runner: RunnerRules,
  pending: readonly Migration[],
): void {
  plan.versions.create(observed)
  const apply = (migration: Migration) => applyOne(connection, observed, plan, runner, migration)
  if (runner.transaction === 'all') transactAs(observed, pending, runner.tool, () => pending.forEach(apply))
  else for (const migration of pending) apply(migration)
}

/** Lets the tool apply the migrations, and reads what it has noted: an end without an error alone proves nothing. */
function runTool(
  connection: Connection,
  observed: ObservedConnection,
  plan: MigrationPlan,
  runner: RunnerRules & { readonly run: RunTool },
  pending: readonly Migration[],
): void {
  const { tool, transaction, run } = runner
  const last = pending.at(-1)
  if (last === undefined) return
  const work = () => {
    try {
      run(followNotes(connection, observed, plan, pending), pending, connection)
    } finally {
      // What a process leaves open when it ends, SQLite rolls back.
      rollBackAfter(observed)
      enterRun(null)
    }
    const now = readVersion(connection, plan)
    if (now !== last.version) throw notesOther(tool, last.version, now)
  }
  blameUnapplied(observed, work, () => {
    const version = observed.version ?? (versionNow(connection, plan) ?? 0) + 1
    const migration = pending.find((one) => one.version === version) ?? last
    const isHalf = mayStayHalf(runner, migration)
    const isOfAll = transaction === 'all' && observed.version === null
    return { migration, ...(isOfAll ? { upTo: last.version } : {}), ...(isHalf ? { halfOf: tool } : {}) }
  })
}

/** Knows which version the statements of a tool belong to: the next one, as soon as it has noted the one before. */
function followNotes(
  connection: Connection,
  observed: ObservedConnection,
  plan: MigrationPlan,
  pending: readonly Migration[],
): Connection {
  const [notes = ''] = plan.versions.tables.map(foldName)
  const enter = (version: number | null) => {
    observed.enter(version)
    enterRun(version === null ? null : { version })
  }
  const enterNext = () => {
    // A tool that notes its lock, too, is not at its end yet.
    const { current } = plan.versions.read(connection)
    const next = pending.find(({ version }) => version > current)?.version ?? null
    if (next !== observed.version) enter(next)
  }
  const follow = <Result>(sql: string, result: Result): Result => {
    if (/^\s*(?:insert|replace|update|delete|pragma)\b/i.test(sql) && foldName(sql).includes(notes))
      enterNext()
    return result
  }
  enter(pending[0]?.version ?? null)
  return {
    exec: (sql) => follow(sql, observed.exec(sql)),
    all: (sql, parameters) => follow(sql, observed.all(sql, parameters)),
    get inTransaction() {
      return observed.inTransaction
    },
    openMemory: () => observed.openMemory(),
    close: () => observed.close(),
  }
}

function notesOther(tool: string, expected: number, actual: number) {
  return new DiagnosedError({
    where: `The notes of ${tool}`,
    expected: `version ${expected}, since it has ended without an error`,
    actual: `version ${actual}`,
    fix: `let its entry in the config say what the project says to ${tool}`,
  })
}

function applyOne(
  connection: Connection,
  observed: ObservedConnection,
  { versions }: MigrationPlan,
  runner: RunnerRules,
  migration: Migration,
): void {
  const { tool, transaction } = runner
  const isWhole = !mayStayHalf(runner, migration)
  const left: Circumstances = isWhole ? {} : { halfOf: tool }
  const apply = () => {
    const followed = follow(observed, runner, () => {
      left.halfOf = tool
    })
    versions.begin?.(observed, migration.version)
    try {
      // What its transaction allows, SQLite decides: the tool does not look at the statements either.
      runUp(migration, followed, { inTransaction: connection.inTransaction, mayControl: true })
    } catch (error) {
      noteFailure(connection, versions, migration, error)
      throw error
    }
    versions.record(observed, migration.version)
  }
  const work = () => blameMigration(observed, migration, apply, left)
  if (isWhole && transaction === 'each') transactAs(observed, [migration], tool, work)
  else work()
}

/** What a failure leaves, which a migration decides while it runs. */
interface Circumstances {
  halfOf?: string
}

/** A process that is stopped notes nothing: only an error of the engine is noted. */
function noteFailure(
  connection: Connection,
  { fail }: VersionStore,
  { version }: Migration,
  error: unknown,
): void {
  if (errorCode(error)?.startsWith('SQLITE_') !== true) return
  try {
    fail?.(connection, version, errorMessage(error))
  } catch {
    // The error that came first is the one to report.
  }
}

/** Refuses what the engine of the tool refuses, and notices a statement that ends the transaction of the tool. */
function follow(
  observed: ObservedConnection,
  { tool, refuses }: RunnerRules,
  onEnd: () => void,
): MigrationConnection {
  const run = <Result>(sql: string, work: () => Result): Result => {
    const refusal = refuses?.(sql) ?? null
    if (refusal !== null) throw new Error(`${tool}: ${refusal}`)
    const before = observed.inTransaction
    const result = work()
    if (before && !observed.inTransaction) onEnd()
    return result
  }
  return {
    exec: (sql) => run(sql, () => observed.exec(sql)),
    all: (sql, parameters) => run(sql, () => observed.all(sql, parameters)),
  }
}

function transactAs(
  observed: ObservedConnection,
  migrations: readonly Migration[],
  tool: string,
  work: () => void,
): void {
  if (migrations.length === 0) return
  const left: Circumstances = {}
  const transact = () => {
    observed.exec('BEGIN')
    try {
      work()
      // A COMMIT of a migration has ended it, so that this one fails.
      if (!observed.inTransaction) left.halfOf = tool
      observed.exec('COMMIT')
    } catch (error) {
      rollBackAfter(observed)
      throw error
    }
  }
  blameStatement(observed, migrations, transact, left)
}

function versionNow(connection: Connection, plan: MigrationPlan): number | null {
  try {
    return readVersion(connection, plan)
  } catch {
    return null
  }
}
