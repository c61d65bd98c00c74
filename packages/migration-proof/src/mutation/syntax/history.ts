import type { Migration } from '../../migrator/migration.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { type ExecutedStatement, recordMigrations } from '../../snapshots/statements.ts'
import type { Connection } from '../../sql/connection.ts'
import { type ParsedStatement, parseStatement } from './parse.ts'

/** A migration as the statements that it executes in an empty database. */
export interface ParsedMigration {
  readonly migration: Migration
  readonly statements: readonly ParsedStatement[]
}

/** A whole history as statements. */
export interface ParsedHistory {
  readonly plan: MigrationPlan
  readonly migrations: readonly ParsedMigration[]
}

/** Records and parses what each migration of a plan executes. @param empty an empty database, which is migrated */
export function parseHistory(plan: MigrationPlan, empty: Connection): ParsedHistory {
  const recorded = recordMigrations(plan, empty)
  return {
    plan,
    migrations: plan.migrations.map((migration, index) => ({
      migration,
      statements: (recorded[index]?.statements ?? []).map(parseStatement),
    })),
  }
}

/** The plan with other statements in one of its migrations. */
export function withStatements(
  { plan }: ParsedHistory,
  version: number,
  statements: readonly ExecutedStatement[],
): MigrationPlan {
  const migrations = plan.migrations.map((migration) =>
    migration.version === version ? { ...migration, up: replay(statements) } : migration,
  )
  return { ...plan, migrations }
}

/** An `up` function that executes the statements. */
function replay(statements: readonly ExecutedStatement[]): Migration['up'] {
  return (connection) => {
    for (const { sql, parameters } of statements) {
      if (parameters.length === 0) connection.exec(sql)
      else connection.all(sql, parameters)
    }
  }
}
