import type { Token } from '../sql/tokens.ts'
import type { Conflict, ForeignKey } from './model.ts'

/** What CREATE TABLE says and pragmas do not. Names are folded. */
export interface TableDefinition {
  readonly columns: Map<string, ColumnDefinition>
  readonly keys: KeyDefinition[]
  readonly checks: CheckDefinition[]
  /** In the order of the SQL. */
  readonly references: ReferenceDefinition[]
}

export interface ColumnDefinition {
  collation: string
  notNullConflict: Conflict | null
  generatedExpression: readonly Token[] | null
  readonly constraintNames: string[]
}

/** A PRIMARY KEY or UNIQUE constraint. */
export interface KeyDefinition {
  readonly name: string | null
  readonly columns: readonly string[]
  readonly isPrimary: boolean
  readonly autoincrement: boolean
  readonly conflict: Conflict | null
}

interface CheckDefinition {
  readonly name: string | null
  readonly expression: readonly Token[]
}

/** What REFERENCES says and pragmas do not. */
export interface ReferenceDefinition {
  readonly name: string | null
  readonly match: string | null
  deferrable: ForeignKey['deferrable']
}
