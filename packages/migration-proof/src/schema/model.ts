import { foldName } from '../sql/names.ts'

/**
 * All that a database declares. The maps are keyed by folded name (`foldName`) and hold the objects in the
 * order in which they were created. SQL keywords in values are in upper case, expressions are normalised.
 */
export interface Schema {
  readonly tables: ReadonlyMap<string, Table>
  /** Made by CREATE INDEX. Those that constraints make are found at their table. */
  readonly indexes: ReadonlyMap<string, Index>
  readonly triggers: ReadonlyMap<string, Trigger>
  readonly views: ReadonlyMap<string, View>
}

export type ObjectType = 'table' | 'index' | 'trigger' | 'view'

export interface SchemaObject {
  readonly type: ObjectType
  readonly name: string
  /** The table, or for a trigger also the view, that it belongs to; for a table and a view, itself. */
  readonly table: string
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  readonly primaryKey: PrimaryKey | null
  /** All of them, the automatic ones of UNIQUE and PRIMARY KEY included. */
  readonly indexes: readonly Index[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly checks: readonly Check[]
  readonly strict: boolean
  readonly withoutRowid: boolean
  /** What makes a virtual table, with its arguments: `fts5(title, body)`. Null for an ordinary table. */
  readonly module: string | null
  /** The normalised SQL after the table's name. */
  readonly definition: string
  /**
   * Whether the SQL was understood. Where it was not, all that pragmas hide is empty or null here, and is
   * compared as `definition`, token by token.
   */
  readonly isParsed: boolean
}

export interface Column {
  readonly name: string
  /** The declared type in upper case; empty where none is declared. */
  readonly type: string
  readonly notNull: boolean
  readonly notNullConflict: Conflict | null
  /** The normalised expression without outer parentheses; null where there is none, or it is NULL. */
  readonly default: string | null
  /** Place in the primary key, counted from 1; 0 outside of it. */
  readonly keyPosition: number
  /** In upper case; null where it is not known. */
  readonly collation: string | null
  readonly generated: GeneratedValue | null
  /** Whether `SELECT *` leaves it out, as some columns of virtual tables. */
  readonly hidden: boolean
  /** The names of constraints that carry no more than a name, such as `NOT NULL: must_be_there`. */
  readonly constraintNames: readonly string[]
}

export interface GeneratedValue {
  readonly storage: 'VIRTUAL' | 'STORED'
  /** Null where it is not known. */
  readonly expression: string | null
}

/** What a constraint does on a conflict, where that is declared and not ABORT. */
export type Conflict = 'ROLLBACK' | 'FAIL' | 'IGNORE' | 'REPLACE'

export interface PrimaryKey {
  /** Its own, and those of UNIQUE constraints over the same columns. */
  readonly constraintNames: readonly string[]
  readonly columns: readonly IndexColumn[]
  /** Whether its column is another name for the rowid: https://www.sqlite.org/lang_createtable.html#rowid */
  readonly isRowid: boolean
  readonly autoincrement: boolean
  readonly conflict: Conflict | null
}

export interface Index {
  readonly name: string
  readonly table: string
  readonly origin: 'CREATE INDEX' | 'UNIQUE' | 'PRIMARY KEY'
  readonly unique: boolean
  readonly columns: readonly IndexColumn[]
  /** The predicate of a partial index. */
  readonly where: string | null
  /** The names of the constraints that made it: SQLite makes one index of all over the same columns. */
  readonly constraintNames: readonly string[]
  readonly conflict: Conflict | null
  /** The normalised SQL after the table's name; empty for an automatic index. */
  readonly definition: string
  /** As at `Table`: where it is false, the predicate and the expressions are null. */
  readonly isParsed: boolean
}

/** A column of an index, or an expression. Both are null where an expression is not known. */
export interface IndexColumn {
  readonly column: string | null
  readonly expression: string | null
  readonly descending: boolean
  /** In upper case. */
  readonly collation: string
}

export interface ForeignKey {
  readonly name: string | null
  readonly columns: readonly string[]
  readonly parent: string
  /** Those of the parent's primary key where the SQL names none. */
  readonly parentColumns: readonly string[]
  readonly onDelete: ReferentialAction
  readonly onUpdate: ReferentialAction
  /** The word after MATCH in upper case; null without one. SQLite keeps it and does nothing with it. */
  readonly match: string | null
  /** When it is checked; null where it is not deferrable. */
  readonly deferrable: 'INITIALLY IMMEDIATE' | 'INITIALLY DEFERRED' | null
}

export type ReferentialAction = 'NO ACTION' | 'RESTRICT' | 'SET NULL' | 'SET DEFAULT' | 'CASCADE'

/** A CHECK constraint, of a column or of the table: SQLite makes no difference. */
export interface Check {
  readonly name: string | null
  readonly expression: string
}

export interface Trigger {
  readonly name: string
  readonly table: string
  readonly timing: 'BEFORE' | 'AFTER' | 'INSTEAD OF'
  readonly event: 'DELETE' | 'INSERT' | 'UPDATE'
  /** The columns after UPDATE OF; empty for all. */
  readonly columns: readonly string[]
  readonly when: string | null
  /** The normalised SQL from BEGIN to END. */
  readonly body: string
}

export interface View {
  readonly name: string
  /** The normalised SQL after the view's name. */
  readonly definition: string
}

/** Every table, index, trigger and view, automatic indexes aside. */
export function listObjects(schema: Schema): SchemaObject[] {
  const { tables, indexes, triggers, views } = schema
  return [
    ...[...tables.values()].map(({ name }) => ({ type: 'table', name, table: name }) as const),
    ...[...indexes.values()].map(({ name, table }) => ({ type: 'index', name, table }) as const),
    ...[...triggers.values()].map(({ name, table }) => ({ type: 'trigger', name, table }) as const),
    ...[...views.values()].map(({ name }) => ({ type: 'view', name, table: name }) as const),
  ]
}

/** What no two objects of a schema share: tables, indexes and views have one space of names, triggers their own. */
export function nameKeyOf({ type, name }: { readonly type: string; readonly name: string }): string {
  return `${type === 'trigger' ? 'trigger' : 'relation'} ${foldName(name)}`
}

/** The tables and indexes whose SQL was not understood, and is therefore compared token by token. */
export function listUnparsed({ tables, indexes }: Schema): SchemaObject[] {
  return [
    ...[...tables.values()]
      .filter(({ isParsed }) => !isParsed)
      .map(({ name }) => ({ type: 'table', name, table: name }) as const),
    ...[...indexes.values()]
      .filter(({ isParsed }) => !isParsed)
      .map(({ name, table }) => ({ type: 'index', name, table }) as const),
  ]
}

/** The table of that name, as SQLite finds it. */
export function findTable(schema: Schema, name: string): Table | undefined {
  return schema.tables.get(foldName(name))
}
