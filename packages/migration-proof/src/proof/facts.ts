import type { SqlRow, SqlValue } from '../sql/connection.ts'

/**
 * What each version must hold, written by hand from its specification. Facts are an oracle of their own: they
 * are never derived from a migration, from a golden schema or from what `readSchema` finds.
 */
export interface Facts {
  readonly tables: readonly TableDeclaration[]
  /** Statements that the application runs, each with the index it must use. */
  readonly contracts: readonly Contract[]
  /** Columns in which the application stores a secret as it is. */
  readonly secrets?: readonly SecretFacts[]
  /** Columns that refer to rows of another table without a foreign key. */
  readonly references?: readonly ReferenceFacts[]
}

/** The versions in which a thing exists: from `since` on, up to the one before `until`. */
export interface Lifetime {
  readonly since: number
  /** The version whose migration removed it; without it, it still exists. */
  readonly until?: number
}

/** Whether a thing exists in a version. */
export function existsIn(version: number, { since = 0, until }: Partial<Lifetime>): boolean {
  return since <= version && (until === undefined || version < until)
}

/**
 * All that is known of one table: what SQLite must hold of it, what it does with rows, and which values are tried.
 * It is plain data, so that loading it needs no library.
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
  /** What later versions made different, in their order: a rebuild with another type, key or constraint. */
  readonly changes?: readonly TableChange[]
}

/** What a table is in some version. */
export interface TableShape {
  /** By name, in the order of the table. */
  readonly columns: Readonly<Record<string, ColumnDeclaration>>
  /** The columns of the primary key, in its order; none for a table without one. */
  readonly key?: readonly string[]
  /** Sets of columns under a UNIQUE constraint. */
  readonly unique?: readonly (readonly string[])[]
  /** By name: the columns in order, a descending one as `indexed_at DESC`, or more where they do not say it all. */
  readonly indexes?: Readonly<Record<string, readonly string[] | IndexDeclaration>>
  readonly foreignKeys?: readonly ForeignKeyDeclaration[]
  /** References that only the application knows of, without a foreign key. */
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
   * `CURRENT_TIMESTAMP`, `datetime('now')` and `unixepoch()`. Of any other expression it must be said what it gives.
   */
  readonly default?: string | DefaultDeclaration
  readonly collate?: 'NOCASE' | 'RTRIM'
  /** Whether the application stores a secret in it, neither hashed nor encrypted. */
  readonly secret?: boolean
  /**
   * The only values that are tried; or what they are: whole `seconds` of the Unix epoch around the time of purges,
   * dates and times as text, or documents of JSON.
   */
  readonly values?: readonly SqlValue[] | 'seconds' | 'date-time' | 'json'
  /**
   * Typical texts: mostly they are tried, and sometimes any text; of a key, they and texts that differ in little. Without
   * examples and values, any values of the type are tried; of a column that refers to another, those of that column.
   */
  readonly examples?: readonly string[]
}

/** A default that is no literal: the value that it gives, or the value for an instant in milliseconds of the Unix epoch. */
export type DefaultDeclaration =
  | { readonly sql: string; readonly value: SqlValue }
  | { readonly sql: string; readonly at: (milliseconds: number) => bigint | string }

export interface IndexDeclaration extends Partial<Lifetime> {
  readonly columns: readonly string[]
  readonly unique?: boolean
  /** The condition of a partial index. */
  readonly where?: string
  /**
   * Of a UNIQUE index on some rows, or on an expression, which is written as `expression` among the columns: what no two
   * rows share, or null for a row that the index leaves out.
   */
  readonly identity?: (row: SqlRow) => readonly SqlValue[] | null
}

/** The columns of the parent have the same names, and nothing follows the parent, where nothing else is said. */
export interface ForeignKeyDeclaration extends ReferenceDeclaration {
  readonly onDelete?: ForeignKeyAction
  readonly onUpdate?: ForeignKeyAction
  /** Values that no parent has, where those of the harness will not do: a CHECK may refuse them. */
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
  /** The same in JavaScript; as in SQL, NULL breaks nothing. */
  readonly holds: (row: SqlRow) => boolean
  /** Values that break this check and nothing else. No other values of these columns are tried than theirs. */
  readonly refuses: readonly SqlRow[]
}

export type ForeignKeyAction = 'NO ACTION' | 'RESTRICT' | 'SET NULL' | 'SET DEFAULT' | 'CASCADE'

/** What SQLite must hold of a table in one version. */
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

/** A column that holds a secret, neither hashed nor encrypted. */
export interface SecretFacts extends Partial<Lifetime> {
  readonly table: string
  readonly column: string
}

/** A reference that only the application knows of. */
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

/** A contract as it is written: it exists as long as its table does, where nothing else is said. */
export type ContractDeclaration = Omit<Contract, keyof Lifetime> & Partial<Lifetime>

/** An access pattern of the application as SQL, and how SQLite must find the rows. */
export interface Contract extends Lifetime {
  readonly name: string
  readonly table: string
  /** One statement; its parameters are `?`. */
  readonly sql: string
  readonly parameters: readonly (string | number | bigint | null)[]
  readonly access: ContractAccess
  /** Why SQLite may sort what it found; without it, an index must give the rows in their order. */
  readonly sorts?: string
}

/**
 * How SQLite finds the rows of the contract's table.
 *
 * `index`: it searches with this index (an automatic one by its name, `rowid` for the row's number); `or` is
 * one that serves as well, where SQLite may choose either.
 * `scan`: no index serves it, and this is why that is accepted; `through` names the index whose order the
 * scan follows.
 * `write`: it looks for no row at all, as a plain INSERT.
 */
export type ContractAccess =
  | { readonly index: string; readonly or?: string }
  | { readonly scan: string; readonly through?: string }
  | { readonly write: true }
