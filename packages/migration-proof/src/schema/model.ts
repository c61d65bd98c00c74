import { foldName } from '../sql/names.ts'

/**
 * Everything that a database declares. The maps are keyed by folded name (`foldName`) and hold the objects in the order
 * in which they were created. SQL keywords in values are in upper case, expressions are normalised.
 */
export interface Schema {
  readonly tables: ReadonlyMap<string, Table>
  /** Made by CREATE INDEX. Those that constraints make are listed in their table only. */
  readonly indexes: ReadonlyMap<string, Index>
  readonly triggers: ReadonlyMap<string, Trigger>
  readonly views: ReadonlyMap<string, View>
}

export type ObjectType = 'table' | 'index' | 'trigger' | 'view'

export interface SchemaObject {
  readonly type: ObjectType
  readonly name: string
  /** The table, or the view of a trigger, that it belongs to; for a table or view, its own name. */
  readonly table: string
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  readonly primaryKey: PrimaryKey | null
  /** All indexes, including the automatic ones of UNIQUE and PRIMARY KEY. */
  readonly indexes: readonly Index[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly checks: readonly CheckConstraint[]
  readonly strict: boolean
  readonly withoutRowid: boolean
  /** The module of a virtual table, with its arguments: `fts5(title, body)`. Null for an ordinary table. */
  readonly module: string | null
  /** The normalised SQL after the table's name. */
  readonly definition: string
  /**
   * Whether the SQL could be parsed. If not, everything that pragmas do not report is empty or null here, and compared
   * as `definition`, token by token.
   */
  readonly isParsed: boolean
}

export interface Column {
  readonly name: string
  /** The declared type in upper case; empty where none is declared. */
  readonly type: string
  readonly notNull: boolean
  readonly notNullConflict: Conflict | null
  /** The normalised expression without outer parentheses; null if there is none, or it is NULL. */
  readonly default: string | null
  /** Position in the primary key, counted from 1; 0 if it is not part of it. */
  readonly keyPosition: number
  /** In upper case; null if it is not known. */
  readonly collation: string | null
  readonly generated: GeneratedValue | null
  /** Whether `SELECT *` omits it, like some columns of virtual tables. */
  readonly hidden: boolean
  /** The names of constraints of which only the name matters, such as `NOT NULL: must_be_there`. */
  readonly constraintNames: readonly string[]
}

export interface GeneratedValue {
  readonly storage: 'VIRTUAL' | 'STORED'
  /** Null if it is not known. */
  readonly expression: string | null
}

/** The ON CONFLICT action of a constraint, if it is declared and not ABORT. */
export type Conflict = 'ROLLBACK' | 'FAIL' | 'IGNORE' | 'REPLACE'

export interface PrimaryKey {
  /** Its own name, and those of UNIQUE constraints over the same columns. */
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
  /** The names of the constraints that made it: SQLite makes one index for all over the same columns. */
  readonly constraintNames: readonly string[]
  readonly conflict: Conflict | null
  /** The normalised SQL after the table's name; empty for an automatic index. */
  readonly definition: string
  /** As in `Table`: if false, the predicate and the expressions are null. */
  readonly isParsed: boolean
}

/** A column of an index, or an expression. Both are null for an expression that is not known. */
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
  /** Those of the parent's primary key if the SQL names none. */
  readonly parentColumns: readonly string[]
  readonly onDelete: ReferentialAction
  readonly onUpdate: ReferentialAction
  /** The word after MATCH in upper case; null without one. SQLite stores it and ignores it. */
  readonly match: string | null
  /** When it is checked; null if it is not deferrable. */
  readonly deferrable: 'INITIALLY IMMEDIATE' | 'INITIALLY DEFERRED' | null
}

export type ReferentialAction = 'NO ACTION' | 'RESTRICT' | 'SET NULL' | 'SET DEFAULT' | 'CASCADE'

/** A CHECK constraint, of a column or of the table: to SQLite they are the same. */
export interface CheckConstraint {
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

/** Every table, index, trigger and view, except automatic indexes. */
export function listObjects(schema: Schema): SchemaObject[] {
  const { tables, indexes, triggers, views } = schema
  return [
    ...[...tables.values()].map(({ name }) => ({ type: 'table', name, table: name }) as const),
    ...[...indexes.values()].map(({ name, table }) => ({ type: 'index', name, table }) as const),
    ...[...triggers.values()].map(({ name, table }) => ({ type: 'trigger', name, table }) as const),
    ...[...views.values()].map(({ name }) => ({ type: 'view', name, table: name }) as const),
  ]
}

/** A key that is unique in a schema: tables, indexes and views share one namespace, triggers have their own. */
export function nameKeyOf({ type, name }: { readonly type: string; readonly name: string }): string {
  return `${type === 'trigger' ? 'trigger' : 'relation'} ${foldName(name)}`
}

/** The tables and indexes whose SQL could not be parsed, and is therefore compared token by token. */
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

/** The table with a name, found as SQLite does, ignoring ASCII case. */
export function findTable(schema: Schema, name: string): Table | undefined {
  return schema.tables.get(foldName(name))
}
