import { foldName } from '../sql/names.ts'
import type { Token } from '../sql/tokens.ts'
import { significantTokens } from '../sql/tokens.ts'
import type { Conflict, ForeignKey, ObjectType } from './model.ts'

/** What only CREATE TABLE contains, and pragmas do not report. Names are folded. */
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

/** What only REFERENCES contains, and pragmas do not report. */
export interface ReferenceDefinition {
  readonly name: string | null
  readonly match: string | null
  deferrable: ForeignKey['deferrable']
}

/**
 * The tokens of a stored CREATE statement that follow the object's name. SQLite stores it without IF NOT
 * EXISTS and without the name of the database (https://www.sqlite.org/schematab.html); Turso keeps IF NOT EXISTS of an index.
 */
export function tokensAfterName(sql: string, type: ObjectType): readonly Token[] {
  const tokens = significantTokens(sql)
  const position = tokens.findIndex(({ kind, text }) => kind === 'word' && foldName(text) === type)
  const [first, second, third] = tokens.slice(position + 1, position + 4).map(({ text }) => foldName(text))
  const isConditional = first === 'if' && second === 'not' && third === 'exists'
  return tokens.slice(position + (isConditional ? 5 : 2))
}
