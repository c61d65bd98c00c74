import { DiagnosedError, errorMessage } from '../errors.ts'
import { layBase } from '../migrator/base.ts'
import { MigrationFailedError } from '../migrator/errors.ts'
import { expectedSchema } from '../migrator/expected-schema.ts'
import { migrate } from '../migrator/migrate.ts'
import type { Migration } from '../migrator/migration.ts'
import { latestVersionOf, type MigrationPlan, planUpTo } from '../migrator/plan.ts'
import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import { FixtureError, LedgerError } from '../snapshots/errors.ts'
import { loadSnapshot, openInMemory, type SnapshotImage } from '../snapshots/open.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { openCopy, type PrivateCopy } from './attempt.ts'
import { fillTables, followSamples, readSamples, type Samples } from './synthetic-rows.ts'

/** One migration, run on a copy of the version before it with rows in every table. */
export interface MigrationTrial {
  readonly migration: Migration
  /** What it executed, the statements of the migrator included, up to the one that failed. */
  readonly statements: readonly string[]
  readonly before: Schema
  /** The version before it, with the rows alone that earlier migrations inserted. */
  readonly startImage: Buffer
  readonly beforeImage: Buffer
  /** Null where it failed. */
  readonly after: Schema | null
  readonly afterImage: Buffer | null
  /** The database without rows that the migration leads to; null where it fails even there. */
  readonly emptyImage: Buffer | null
  /** Null where it worked. */
  readonly failure: TrialFailure | null
}

/** Why a migration failed. */
export interface TrialFailure {
  /** Null where no statement of it failed. */
  readonly statement: string | null
  /** What the engine said, or the migration. */
  readonly answer: string
}

/** By how much the ids that were given are beyond those that are there: what AUTOINCREMENT must remember. */
const deletedIds = 1_000

/** A migration, and the databases without rows that it starts from and leads to. */
export interface Step {
  readonly migration: Migration
  readonly startImage: Buffer
  /** Null where it fails. */
  readonly emptyImage: Buffer | null
  /** What it executed there. */
  readonly statements: readonly string[]
}

/**
 * Reaches every version of a plan without rows.
 *
 * @returns the steps, and the image of the highest version
 * @throws {MigrationFailedError} when a migration fails even on empty tables, but for what a rule explains
 */
export function reachVersions({ plan }: FixtureSuite): { steps: Step[]; image: Buffer } {
  const steps: Step[] = []
  let image = openStart(plan)
  foresee(plan)
  for (const migration of plan.migrations) {
    const statements: string[] = []
    const next = reach(plan, migration.version, image, statements)
    const emptyImage = next instanceof Buffer ? next : null
    steps.push({ migration, startImage: image, emptyImage, statements })
    if (next instanceof Buffer) image = next
    else if (next instanceof MigrationFailedError && isAddColumn(next.statement)) break
    else throw next
  }
  return { steps, image }
}

/** Builds what all versions look like in one go, and not each from nothing. What fails is reported where it is reached. */
function foresee(plan: MigrationPlan): void {
  using empty = openCopy()
  try {
    expectedSchema(empty.connection, plan, latestVersionOf(plan))
  } catch (error) {
    if (!(error instanceof DiagnosedError)) throw error
  }
}

/** Whether a statement adds a column to a table. */
export function isAddColumn(statement: string | null): statement is string {
  if (statement === null) return false
  return /^alter table (\S+) add (?!constraint\b|check\b)/.test(normaliseSql(statement))
}

/** What the first migration begins with. */
function openStart(plan: MigrationPlan): Buffer {
  using start = openCopy()
  layBase(start.connection, plan)
  return start.image()
}

/** @param executed is given the statements that ran */
function reach(plan: MigrationPlan, version: number, image: Buffer, executed: string[]): Buffer | unknown {
  using copy = openCopy(image)
  try {
    migrate(copy.connection, planUpTo(plan, version), { beforeStatement: ({ sql }) => executed.push(sql) })
    return copy.image()
  } catch (error) {
    return error
  }
}

/** Tries a migration on synthetic rows. */
export function tryMigration(suite: FixtureSuite, step: Step): MigrationTrial {
  const { migration, startImage, emptyImage } = step
  using copy = openCopy(startImage)
  const { plan } = suite
  const before = readSchema(copy.connection)
  fillTables(copy, before, plan.versions.tables, step.statements)
  followSamples(copy, before, samplesAt(suite, migration.version - 1))
  raiseWatermarks(copy)
  const beforeImage = copy.image()
  const statements: string[] = []
  const trial = { migration, statements, before, startImage, beforeImage, emptyImage }
  try {
    migrate(copy.connection, planUpTo(plan, migration.version), {
      beforeStatement: ({ sql, version }) => {
        if (version === migration.version) statements.push(sql)
      },
    })
  } catch (error) {
    return { ...trial, after: null, afterImage: null, failure: describeFailure(error, statements) }
  }
  return { ...trial, after: readSchema(copy.connection), afterImage: copy.image(), failure: null }
}

/** Runs one migration on an image of the version before it. Returns what made it fail; null where it worked. */
export function runMigration(image: Buffer, plan: MigrationPlan, version: number): string | null {
  using copy = openCopy(image)
  return runOnCopy(copy, plan, version)
}

/** Runs one migration on a copy of the version before it. Returns what made it fail; null where it worked. */
export function runOnCopy({ connection }: PrivateCopy, plan: MigrationPlan, version: number): string | null {
  try {
    migrate(connection, planUpTo(plan, version))
    return null
  } catch (error) {
    return describeFailure(error, []).answer
  }
}

/** Called before each statement of a migration. Returns what runs in its place, most often the statement itself. */
export type StatementWatcher = (sql: string, parameters: readonly SqlValue[]) => string

/** Runs one migration on a copy of the version before it, statement by statement. Returns its error; null where it worked. */
export function runWatched(
  { connection }: PrivateCopy,
  plan: MigrationPlan,
  version: number,
  watch: StatementWatcher,
): unknown {
  let isOfMigration = false
  const take = (sql: string, parameters: readonly SqlValue[]) => {
    if (!isOfMigration) return sql
    isOfMigration = false
    return watch(sql, parameters)
  }
  const watched: Connection = {
    exec: (sql) => connection.exec(take(sql, [])),
    all: (sql, parameters = []) => connection.all(take(sql, parameters), parameters),
    get inTransaction() {
      return connection.inTransaction
    },
    openMemory: connection.openMemory,
    close: connection.close,
  }
  try {
    migrate(watched, planUpTo(plan, version), {
      beforeStatement: (event) => {
        isOfMigration = event.version === version
      },
    })
    return null
  } catch (error) {
    return error
  }
}

function describeFailure(error: unknown, statements: readonly string[]): TrialFailure {
  if (!(error instanceof MigrationFailedError)) return { statement: null, answer: errorMessage(error) }
  // None ran where it fails in an empty database already.
  const statement = error.statement === null ? null : (statements.at(-1) ?? error.statement)
  return { statement, answer: errorMessage(error.cause) }
}

/** What the frozen snapshots of a version hold. */
function samplesAt({ fixtures, snapshots, plan }: FixtureSuite, version: number): Samples {
  const declared = snapshots.find((one) => one.version === version && one.form === 'versioned')
  const image = declared === undefined ? null : tryLoad(fixtures, declared.name)
  if (image === null) return new Map()
  using copy = openInMemory(image)
  const samples = new Map(readSamples(copy.connection, readSchema(copy.connection)))
  for (const table of plan.versions.tables) samples.delete(foldName(table))
  return samples
}

/** Null where nothing is frozen; fixtures that are broken are for other commands to report. */
export function tryLoad(fixtures: string, name: string): SnapshotImage | null {
  try {
    return loadSnapshot(fixtures, name)
  } catch (error) {
    if (error instanceof FixtureError || error instanceof LedgerError) return null
    throw error
  }
}

/** As if rows of higher ids had been there, and deleted: https://www.sqlite.org/autoinc.html */
function raiseWatermarks({ connection }: ReturnType<typeof openCopy>) {
  const [sequence] = connection.all(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`)
  if (sequence !== undefined) connection.exec(`UPDATE sqlite_sequence SET seq = seq + ${deletedIds}`)
}
