import { applyInMemory } from '../migrator/expected-schema.ts'
import type { MigrationConnection } from '../migrator/migration.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { runUp } from '../migrator/run-up.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { splitStatements } from '../sql/split.ts'
import { withStillJavaScript } from './clock.ts'
import { sha256 } from './hash.ts'
import type { MigrationEntry } from './ledger.ts'

/** A statement that a migration executed, and the values that it bound. */
export interface ExecutedStatement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
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

/** The ledger's entry of a migration: the hash of what it executes, not of how that is written. */
export function pinMigration({ version, statements }: RecordedMigration): MigrationEntry {
  const lines = statements.map(({ sql, parameters }) =>
    JSON.stringify([normaliseSql(sql), ...parameters.map(describeParameter)]),
  )
  return { version, statements: lines.length, hash: sha256(lines.join('\n')) }
}

function recordStatements(
  connection: MigrationConnection,
  statements: ExecutedStatement[],
): MigrationConnection {
  const keep = (sql: string, parameters: readonly SqlValue[]) =>
    statements.push(...splitStatements(sql).map((statement) => ({ sql: statement, parameters })))
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
