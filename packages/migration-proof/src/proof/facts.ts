import type { SqlRow, SqlValue } from '../sql/connection.ts'

/**
 * What each version must hold, written by hand from its specification. Facts are an independent oracle: they are never
 * derived from a migration, a golden schema or the result of `readSchema`.
 */
export interface Facts {
  readonly tables: readonly TableDeclaration[]
  /** Statements that the application runs, each with the index it must use. */
  readonly contracts: readonly Contract[]
  /** Columns in which the application stores a secret in plain text. */
  readonly secrets?: readonly SecretFacts[]
  /** Columns that refer to rows of another table without a foreign key. */
  readonly references?: readonly ReferenceFacts[]
}

/** The versions in which something exists: from `since` to the one before `until`. */
export interface Lifetime {
  readonly since: number
  /** The version whose migration removed it; without it, it still exists. */
  readonly until?: number
}

/** Whether something exists in a version. */
export function existsIn(version: number, { since = 0, until }: Partial<Lifetime>): boolean {
  return since <= version && (until === undefined || version < until)
}

/**
 * The declaration of one table: its schema, how it handles rows, and which values are tried. It is plain data, so that
 * loading it needs no library.
 *
 * @example
 * const note: TableDeclaration = {
 *   name: 'note',
 *   since: 1,
 *   columns: {
 *     id: { type: 'TEXT', notNull: true, examples: ['monday', 'tuesday'] },
 *     author: { type: 'INTEGER', notNull: true },
 *     stars: { type: 'INTEGER', notNull: true, default: '0', since: 2 },
 *   },
 *   key: ['id'],
 *   foreignKeys: [{ columns: ['author'], parent: 'author', parentColumns: ['id'], onDelete: 'CASCADE' }],
 *   indexes: { note_author: ['author'] },
 * }
 */
export interface TableDeclaration extends Lifetime, TableShape {
  readonly name: string
  /** The changes of later versions, in order: a rebuild with another type, key or constraint. */
  readonly changes?: readonly TableChange[]
}

/** The shape of a table in a version. */
export interface TableShape {
  /** By name, in the order of the table. */
  readonly columns: Readonly<Record<string, ColumnDeclaration>>
  /** The columns of the primary key, in its order; none for a table without one. */
  readonly key?: readonly string[]
  /** Sets of columns under a UNIQUE constraint. */
  readonly unique?: readonly (readonly string[])[]
  /** By name: the columns in order, a descending one as `indexed_at DESC`, or a full declaration. */
  readonly indexes?: Readonly<Record<string, readonly string[] | IndexDeclaration>>
  readonly foreignKeys?: readonly ForeignKeyDeclaration[]
  /** References that only the application knows, without a foreign key. */
  readonly references?: readonly ReferenceDeclaration[]
  readonly checks?: readonly CheckDeclaration[]
  /** The column by which the application purges expired rows, and the index that serves the purge. */
  readonly expiry?: { readonly column: string; readonly index: string }
  readonly autoincrement?: boolean
  readonly strict?: boolean
  readonly withoutRowid?: boolean
}

/** Replaces the fields that it names, from a version on. Columns and indexes are replaced by name, or added. */
export interface TableChange extends Partial<TableShape> {
  readonly since: number
}

export interface ColumnDeclaration extends Partial<Lifetime> {
  readonly type: string
  readonly notNull?: boolean
  /**
   * The default expression as SQLite shows it, without outer parentheses: a literal, or the time of the INSERT such as
   * `CURRENT_TIMESTAMP`, `datetime('now')` and `unixepoch()`. For any other expression, declare its value as well.
   */
  readonly default?: string | DefaultDeclaration
  readonly collate?: 'NOCASE' | 'RTRIM'
  /** Whether the application stores a secret in it, neither hashed nor encrypted. */
  readonly secret?: boolean
  /**
   * The only values that are tried; or their kind: integer `seconds` of the Unix epoch around the times of purges, dates
   * and times as text, or JSON documents.
   */
  readonly values?: readonly SqlValue[] | 'seconds' | 'date-time' | 'json'
  /**
   * Typical texts: mostly these are tried, and sometimes any text; for a key, these and slightly different texts. Without
   * examples and values, any values of the type are tried; for a column that refers to another, those of that column.
   */
  readonly examples?: readonly string[]
}

/** A default that is not a literal: its value, or its value at a time in milliseconds of the Unix epoch. */
export type DefaultDeclaration =
  | { readonly sql: string; readonly value: SqlValue }
  | { readonly sql: string; readonly at: (milliseconds: number) => bigint | string }

export interface IndexDeclaration extends Partial<Lifetime> {
  readonly columns: readonly string[]
  readonly unique?: boolean
  /** The condition of a partial index. */
  readonly where?: string
  /**
   * For a UNIQUE index on some rows, or on an expression, which is written as `expression` among the columns: the values
   * that must be unique, or null for a row that the index excludes.
   */
  readonly identity?: (row: SqlRow) => readonly SqlValue[] | null
}

/** The parent columns default to the same names, and both actions to NO ACTION. */
export interface ForeignKeyDeclaration extends ReferenceDeclaration {
  readonly onDelete?: ForeignKeyAction
  readonly onUpdate?: ForeignKeyAction
  /** Values that no parent has, to replace those of the harness if, for instance, a CHECK refuses them. */
  readonly orphans?: readonly SqlRow[]
}

export interface ReferenceDeclaration {
  readonly columns: readonly string[]
  readonly parent: string
  readonly parentColumns?: readonly string[]
}

export interface CheckDeclaration {
  /** The boolean expression, as written. */
  readonly sql: string
  /** The same in JavaScript; as in SQL, NULL violates nothing. */
  readonly holds: (row: SqlRow) => boolean
  /** Values that violate this constraint and no other. For these columns, only declared values are tried. */
  readonly refuses: readonly SqlRow[]
}

export type ForeignKeyAction = 'NO ACTION' | 'RESTRICT' | 'SET NULL' | 'SET DEFAULT' | 'CASCADE'

/** The schema that a table must have in one version. */
export interface TableFacts extends Lifetime {
  readonly name: string
  /** In the order of the table. */
  readonly columns: readonly ColumnFacts[]
  readonly unique: readonly (readonly string[])[]
  readonly indexes: readonly IndexFacts[]
  readonly foreignKeys: readonly ForeignKeyFacts[]
  /** The boolean expressions of its CHECK constraints, as written. */
  readonly checks: readonly string[]
  readonly autoincrement?: true
  readonly strict?: true
  readonly withoutRowid?: true
  readonly expiry?: ExpiryFacts
}

export interface ColumnFacts {
  readonly name: string
  readonly type: string
  readonly notNull?: true
  /** The default expression as SQLite shows it, without outer parentheses. */
  readonly default?: string
  readonly collate?: 'NOCASE' | 'RTRIM'
  /** Position in the primary key, counted from 1. */
  readonly key?: number
}

export interface IndexFacts {
  readonly name: string
  /** Columns in order; a descending one is written `indexed_at DESC`. */
  readonly columns: readonly string[]
  readonly unique?: true
  readonly where?: string
}

export interface ForeignKeyFacts {
  readonly columns: readonly string[]
  readonly parent: string
  readonly parentColumns: readonly string[]
  readonly onDelete: ForeignKeyAction
  readonly onUpdate: ForeignKeyAction
}

/** A column that holds a secret in plain text, neither hashed nor encrypted. */
export interface SecretFacts extends Partial<Lifetime> {
  readonly table: string
  readonly column: string
}

/** A reference that only the application knows. */
export interface ReferenceFacts extends Partial<Lifetime> {
  readonly table: string
  readonly columns: readonly string[]
  readonly parent: string
  readonly parentColumns: readonly string[]
}

export interface ExpiryFacts {
  readonly column: string
  readonly index: string
  /** Whether a row without an expiry never expires. */
  readonly nullNeverExpires?: true
}

/** A contract as declared: by default it exists as long as its table. */
export type ContractDeclaration = Omit<Contract, keyof Lifetime> & Partial<Lifetime>

/** An access pattern of the application as SQL, and how SQLite must find the rows. */
export interface Contract extends Lifetime {
  readonly name: string
  readonly table: string
  /** One statement; its parameters are `?`. */
  readonly sql: string
  readonly parameters: readonly (string | number | bigint | null)[]
  readonly access: ContractAccess
  /** Why SQLite may sort the rows; without it, an index must return them in order. */
  readonly sorts?: string
}

/**
 * How SQLite finds the rows of the contract's table.
 *
 * `index`: it searches with this index (an automatic one by its name, `rowid` for the rowid); `or` is another index that
 * SQLite may choose instead.
 * `scan`: no index serves it, and this is why that is accepted; `through` names the index whose order the scan follows.
 * `write`: it looks up no rows, like a plain INSERT.
 */
export type ContractAccess =
  | { readonly index: string; readonly or?: string }
  | { readonly scan: string; readonly through?: string }
  | { readonly write: true }
