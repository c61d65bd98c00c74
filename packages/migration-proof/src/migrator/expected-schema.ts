import { DiagnosedError, shownPath } from '../errors.ts'
import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection } from '../sql/connection.ts'
import { explainByBase, layBase } from './base.ts'
import { blameMigration, blameStatement } from './blame.ts'
import type { Migration, MigrationConnection } from './migration.ts'
import { type MigrationPlan, wholeOf } from './plan.ts'
import { runMigration, withForeignKeysFor } from './run-migration.ts'
import { runUp } from './run-up.ts'
import { observeStatements } from './statements.ts'
import { transact } from './transaction.ts'

/** The schemas by version; those that may not be needed are read when they are. */
type Schemas = Map<number, Schema | (() => Schema)>

const schemasOfPlans = new WeakMap<MigrationPlan, Schemas>()

/**
 * The schema that the plan's own migrations build in an empty database, on its base, up to a version. It is built once
 * for each plan and version, in memory, on the engine of the connection, with those of the versions on the way.
 *
 * @throws {MigrationFailedError} when a migration fails in the empty database
 */
export function expectedSchema(connection: Connection, plan: MigrationPlan, version: number): Schema {
  const schemas = schemasOf(plan)
  const found = schemas.get(version)
  const known = typeof found === 'function' ? found() : found
  if (known !== undefined) {
    schemas.set(version, known)
    return known
  }
  const failure = failures.get(wholeOf(plan))
  if (failure !== undefined && version >= failure.version) throw failure.error
  const memory = connection.openMemory()
  try {
    layBase(memory, plan)
    let schema = readSchema(memory)
    schemas.set(0, schema)
    for (const migration of plan.migrations.slice(0, version)) {
      applyInMemory(memory, plan, migration)
      schema = readSchema(memory)
      schemas.set(migration.version, schema)
    }
    return schema
  } finally {
    memory.close()
  }
}

/** What fails in an empty database, where that is known. */
const failures = new WeakMap<MigrationPlan, { readonly version: number; readonly error: DiagnosedError }>()

function schemasOf(plan: MigrationPlan): Schemas {
  const whole = wholeOf(plan)
  const schemas: Schemas = schemasOfPlans.get(whole) ?? new Map()
  schemasOfPlans.set(whole, schemas)
  return schemas
}

/**
 * Builds what `expectedSchema` builds, from a version that two plans share: what a step makes depends on the bytes of the
 * database alone.
 *
 * @param base a plan with the same migrations up to the version
 * @param memory the database that they build in an empty one, which nothing else uses
 * @param keep called after each step, when the database is at its version; returns what reads the schema of that version later
 * @returns the error of the migration that fails there; null where none does
 */
export function continueSchemas(
  plan: MigrationPlan,
  base: MigrationPlan,
  version: number,
  memory: Connection,
  keep: (version: number) => () => Schema,
): DiagnosedError | null {
  const schemas = schemasOf(plan)
  for (let at = 0; at <= version; at++) schemas.set(at, expectedSchema(memory, base, at))
  for (const migration of plan.migrations.slice(version)) {
    try {
      applyInMemory(memory, plan, migration)
    } catch (error) {
      if (!(error instanceof DiagnosedError)) throw error
      failures.set(wholeOf(plan), { version: migration.version, error })
      return error
    }
    schemas.set(migration.version, keep(migration.version))
  }
  return null
}

/**
 * Builds a version of a plan from nothing; version 0 is its base.
 *
 * @param empty an empty database that nothing else uses
 * @throws {MigrationFailedError} when a migration fails without rows
 * @throws {MigrationRefusedError} when one returns a promise
 */
export function buildVersion(empty: Connection, plan: MigrationPlan, version: number): void {
  layBase(empty, plan)
  for (const migration of plan.migrations.slice(0, version)) applyInMemory(empty, plan, migration)
}

/**
 * Applies one migration to a database in memory that is at the version before it, or empty, the way an upgrade applies it to a
 * file: with its foreign-key setting, in a transaction of its own, and with its version row. What a version looks like is
 * known by this alone.
 *
 * @param up what the migration does; defaults to its own `up`
 * @throws {MigrationFailedError} when the migration, or what notes its version, fails
 * @throws {BaseError} when it fails because the base holds already what it makes
 * @throws {MigrationRefusedError} when it returns a promise, or controls the transaction
 */
export function applyInMemory(
  memory: Connection,
  plan: Pick<MigrationPlan, 'versions' | 'base'>,
  migration: Migration,
  up: (connection: MigrationConnection) => void = (connection) => runUp(migration, connection, memory),
): void {
  const observed = observeStatements(memory)
  const { base } = plan
  const circumstances = {
    isInEmptyDatabase: true,
    ...(base === undefined ? {} : { base: shownPath(base.file) }),
  }
  const run = () => runMigration(observed, plan.versions, migration, () => up(observed))
  const blamed = () => blameMigration(observed, migration, run, circumstances)
  memory.exec('PRAGMA foreign_keys = ON')
  layBase(memory, plan)
  const work = () => blameStatement(observed, [migration], () => transact(observed, blamed), circumstances)
  try {
    withForeignKeysFor(memory, [migration], work)
  } catch (error) {
    throw explainByBase(error, memory, plan, migration) ?? error
  }
}
