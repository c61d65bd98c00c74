import { applyInMemory } from '../migrator/expected-schema.ts'
import type { MigrationConnection } from '../migrator/migration.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { runUp } from '../migrator/run-up.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { withoutOwn } from '../sql/own-statements.ts'
import { splitStatements } from '../sql/split.ts'
import { withStillJavaScript } from './clock.ts'
import { sha256 } from './hash.ts'
import type { Executed, MigrationEntry } from './ledger.ts'

/** A statement that a migration executed, and the values that it bound. */
export interface ExecutedStatement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  /** What the migration has asked for, where this package has run another statement for it; null where it has asked for none. */
  readonly asked?: string | null
}

/** What a migration executed. */
export interface RecordedMigration {
  readonly version: number
  readonly statements: readonly ExecutedStatement[]
}

/**
 * Runs the plan's migrations one after another and records the statements that each executes. What a
 * migration does only where it finds rows is not seen if the database has none; the version rows, which are
 * the migrator's, are written but not recorded.
 *
 * @param empty an empty database; it is at the plan's latest version afterwards
 * @throws {MigrationFailedError} when a migration, or what notes its version, fails without rows
 * @throws {MigrationRefusedError} when a migration returns a promise
 */
export function recordMigrations(plan: MigrationPlan, empty: Connection): RecordedMigration[] {
  // What is pinned is the same on every day.
  return withStillJavaScript(() =>
    plan.migrations.map((migration) => {
      const statements: ExecutedStatement[] = []
      applyInMemory(empty, plan, migration, (connection) =>
        runUp(migration, recordStatements(connection, statements), empty),
      )
      return { version: migration.version, statements }
    }),
  )
}

/** What format 1 of the ledger pins of a migration: the hash of what it executes, not of how that is written. */
export function pinMigration({ version, statements }: RecordedMigration): MigrationEntry {
  return { version, ...hashStatements(statements) }
}

/** The same of the statements that the migration asks for, without those that this package runs to answer it. */
export function pinAsked(statements: readonly ExecutedStatement[]): Executed {
  const asked = statements.flatMap(({ sql, parameters, asked: own = sql }) =>
    own === null ? [] : splitStatements(own).map((statement) => ({ sql: statement, parameters })),
  )
  return hashStatements(asked)
}

function hashStatements(statements: readonly ExecutedStatement[]): Executed {
  const lines = statements.map(({ sql, parameters }) =>
    JSON.stringify([normaliseSql(sql), ...parameters.map(describeParameter)]),
  )
  return { statements: lines.length, hash: sha256(lines.join('\n')) }
}

/** Keeps each statement that goes over a connection. */
export function recordStatements(
  connection: MigrationConnection,
  statements: ExecutedStatement[],
): MigrationConnection {
  const keep = (sql: string, parameters: readonly SqlValue[]) => {
    const asked = withoutOwn(sql)
    const own = asked === sql ? {} : { asked }
    for (const statement of splitStatements(sql)) statements.push({ sql: statement, parameters, ...own })
  }
  return {
    exec: (sql) => {
      keep(sql, [])
      connection.exec(sql)
    },
    all: (sql, parameters = []) => {
      keep(sql, parameters)
      return connection.all(sql, parameters)
    },
  }
}

/** A bound value as text that shows its type: `1` as REAL and as INTEGER are two values. */
function describeParameter(value: SqlValue): string {
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return `blob ${Buffer.from(value).toString('hex')}`
  if (typeof value === 'number') return `real ${Object.is(value, -0) ? '-0' : value}`
  return `${typeof value === 'bigint' ? 'integer' : 'text'} ${value}`
}
