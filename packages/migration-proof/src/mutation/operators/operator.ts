import type { Migrate } from '../../checks/subject.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import type { ExecutedStatement } from '../../snapshots/statements.ts'
import type { Connection } from '../../sql/connection.ts'
import type { Ground } from '../model.ts'
import { type History, type ParsedMigration, withStatements } from '../syntax/history.ts'
import type { IndexStatement, ParsedStatement, TableStatement } from '../syntax/parse.ts'

/** One way to plant a fault, wherever it fits. */
export interface Operator {
  /** The middle of the ids of its mutants. */
  readonly name: string
  readonly ground: Ground
  plant(terrain: Terrain): Iterable<Planted>
}

/** What operators plant their faults in. */
export interface Terrain {
  readonly history: History
  /** Builds the database of a version, and hands it to the work. */
  readonly atVersion: <Result>(version: number, work: (connection: Connection) => Result) => Result
  /** Whether files from before the first version hold tables that the first migration adopts. */
  readonly adoptsFiles: boolean
}

/** A fault that was planted. */
export interface Planted {
  readonly version: number
  /** The table, or what else it is planted in, for the id. */
  readonly object: string
  readonly fault: string
  readonly plan: MigrationPlan
  readonly migrate?: Migrate
}

/** A fault in the statements of one migration. */
export interface Fault {
  readonly object: string
  readonly fault: string
  readonly statements: readonly ExecutedStatement[]
}

/** An operator that plants faults in the statements of each migration. */
export function migrationOperator(
  name: string,
  plant: (migration: ParsedMigration, history: History) => Iterable<Fault>,
): Operator {
  return {
    name,
    ground: 'schema',
    *plant({ history }) {
      for (const parsed of history.migrations) {
        const { version } = parsed.migration
        for (const { object, fault, statements } of plant(parsed, history)) {
          yield { version, object, fault, plan: withStatements(history, version, statements) }
        }
      }
    },
  }
}

/** A fault in one statement, as the whole statement with the fault in it. */
export interface Rewritten {
  readonly fault: string
  readonly sql: string
}

/** An operator that plants faults in each CREATE TABLE. */
export function tableOperator(
  name: string,
  rewrite: (table: TableStatement, migration: ParsedMigration) => Iterable<Rewritten>,
): Operator {
  return migrationOperator(name, function* (migration) {
    for (const statement of migration.statements) {
      if (statement.kind !== 'table') continue
      for (const { fault, sql } of rewrite(statement, migration)) {
        yield { object: statement.name, fault, statements: replace(migration, statement, sql) }
      }
    }
  })
}

/** An operator that plants faults in each CREATE INDEX. */
export function indexOperator(
  name: string,
  rewrite: (index: IndexStatement, history: History) => Iterable<Rewritten>,
): Operator {
  return migrationOperator(name, function* (migration, history) {
    for (const statement of migration.statements) {
      if (statement.kind !== 'index') continue
      for (const { fault, sql } of rewrite(statement, history)) {
        yield { object: statement.name, fault, statements: replace(migration, statement, sql) }
      }
    }
  })
}

/** The statements of a migration with another text for one of them. */
export function replace(
  { statements }: ParsedMigration,
  statement: ParsedStatement,
  sql: string,
): readonly ExecutedStatement[] {
  return statements.map((other) => (other === statement ? { ...statement, sql } : other))
}
