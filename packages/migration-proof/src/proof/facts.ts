/**
 * What a version must hold, written by hand from its specification. Facts are an oracle of their own: they
 * are never derived from a migration, from a golden schema or from what `readSchema` finds.
 */
export interface Facts {
  readonly tables: readonly TableFacts[]
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

export interface TableFacts extends Lifetime {
  readonly name: string
  /** In the order of the table. */
  readonly columns: readonly ColumnFacts[]
  readonly indexes: readonly IndexFacts[]
  readonly foreignKeys: readonly ForeignKeyFacts[]
  /** The boolean expressions of its CHECK constraints, as written. */
  readonly checks: readonly string[]
  readonly autoincrement?: true
  readonly strict?: true
  readonly withoutRowid?: true
  /** The column by which the application purges expired rows, and the index that serves the purge. */
  readonly expiry?: ExpiryFacts
}

export interface ColumnFacts extends Partial<Lifetime> {
  readonly name: string
  readonly type: string
  readonly notNull?: true
  /** The default expression as SQLite shows it, without outer parentheses. */
  readonly default?: string
  /** Place in the primary key, counted from 1. */
  readonly key?: number
}

export interface IndexFacts extends Lifetime {
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
  readonly onDelete: 'NO ACTION' | 'RESTRICT' | 'SET NULL' | 'SET DEFAULT' | 'CASCADE'
  readonly onUpdate: 'NO ACTION' | 'RESTRICT' | 'SET NULL' | 'SET DEFAULT' | 'CASCADE'
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
