import type { Migrate } from '../../checks/subject.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import type { ExecutedStatement } from '../../snapshots/statements.ts'
import type { ChangedRows, FaultSite } from '../model.ts'
import { type ParsedHistory, type ParsedMigration, withStatements } from '../syntax/history.ts'
import type { IndexStatement, ParsedStatement, TableStatement } from '../syntax/parse.ts'

/** One way to inject a fault, wherever it fits. */
export interface Operator {
  /** The middle of the ids of its mutants. */
  readonly name: string
  readonly site: FaultSite
  inject(input: OperatorInput): Iterable<FaultyPlan>
}

/** What operators inject their faults into. */
export interface OperatorInput {
  readonly history: ParsedHistory
  /** The tables that hold rows in a version. */
  readonly tablesAt: (version: number) => readonly FilledTable[]
  readonly newerVersion: NewerVersion
  /** Whether files from before the first version hold tables that the first migration adopts. */
  readonly adoptsFiles: boolean
}

/** A table that holds rows when a migration starts. */
export interface FilledTable {
  readonly name: string
  readonly columns: readonly FilledColumn[]
  readonly indexes: readonly string[]
  readonly isParent: boolean
  readonly hasCheck: boolean
  readonly hasAutoincrement: boolean
}

export interface FilledColumn {
  readonly name: string
  readonly type: string
  readonly isKey: boolean
  readonly isReference: boolean
}

/** What a version store does with the version after the latest: it records and reads it, or refuses either. */
export type NewerVersion = 'read' | 'refused when it is read' | 'refused when it is recorded'

/** A history with an injected fault. */
export interface FaultyPlan {
  readonly version: number
  /** The table or other object that has the fault, for the id. */
  readonly object: string
  readonly fault: string
  readonly plan: MigrationPlan
  readonly migrate?: Migrate
  /** Where it is another one than that of the operator. */
  readonly site?: FaultSite
  /** The statement that is changed or left out, where it changes rows. */
  readonly changed?: ChangedRows
  /** Why it behaves like the original all the same. */
  readonly equivalentBecause?: string | undefined
}

/** A fault in the statements of one migration. */
export interface StatementFault {
  readonly object: string
  readonly fault: string
  readonly statements: readonly ExecutedStatement[]
  readonly site?: FaultSite
  readonly changed?: ChangedRows
  readonly equivalentBecause?: string | undefined
}

/** An operator that injects faults into the statements of each migration. */
export function migrationOperator(
  name: string,
  inject: (migration: ParsedMigration, history: ParsedHistory) => Iterable<StatementFault>,
): Operator {
  return {
    name,
    site: 'schema',
    *inject({ history }) {
      for (const parsed of history.migrations) {
        const { version } = parsed.migration
        for (const { statements, ...fault } of inject(parsed, history)) {
          yield { version, ...fault, plan: withStatements(history, version, statements) }
        }
      }
    },
  }
}

/** A fault in one statement, as the whole faulty statement. */
export interface Rewritten {
  readonly fault: string
  readonly sql: string
}

/** An operator that injects faults into each CREATE TABLE. */
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

/** An operator that injects faults into each CREATE INDEX. */
export function indexOperator(
  name: string,
  rewrite: (index: IndexStatement, history: ParsedHistory) => Iterable<Rewritten>,
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

/** The statements of a migration with the SQL of one of them replaced. */
export function replace(
  { statements }: ParsedMigration,
  statement: ParsedStatement,
  sql: string,
): readonly ExecutedStatement[] {
  return statements.map((other) => (other === statement ? { ...statement, sql } : other))
}
