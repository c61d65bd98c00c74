import type { Arbitrary } from 'fast-check'
import type { ForeignKeyFacts } from '../proof/facts.ts'
import type { SqlRow, SqlValue } from '../sql/connection.ts'

/**
 * How a table of one version handles rows, derived from its declaration: which values its columns accept, what it fills
 * in, what it refuses and with which code. It knows nothing of golden schemas and migrations, and reads no schema.
 */
export interface TableModel {
  readonly name: string
  /** In the order of the table. */
  readonly columns: Readonly<Record<string, ColumnModel>>
  /** The primary key. */
  readonly key: readonly string[]
  /**
   * For a key that is the row's number (https://www.sqlite.org/lang_createtable.html#rowid): whether the
   * number of a deleted row is reused. With AUTOINCREMENT it never is.
   */
  readonly rowNumbers?: 'reused' | 'never reused'
  /** Other sets of columns that must be unique. */
  readonly unique: readonly (readonly string[])[]
  /** What must be unique, where it is more than plain columns or applies to some rows only. */
  readonly identities: readonly IdentityModel[]
  readonly references: readonly ReferenceModel[]
  readonly checks: readonly CheckModel[]
  readonly hazards: readonly HazardModel[]
  readonly indexes: readonly IndexModel[]
  readonly expiry?: ExpiryModel
  readonly strict?: true
  readonly withoutRowid?: true
}

export type Affinity = 'TEXT' | 'INTEGER' | 'REAL' | 'NUMERIC' | 'BLOB' | 'ANY'

export interface ColumnModel {
  readonly affinity: Affinity
  /** What the application stores; never NULL. */
  readonly values: Arbitrary<SqlValue>
  readonly nullable: boolean
  readonly absent: Absent
  readonly collation?: 'NOCASE' | 'RTRIM'
  /** Set where a CHECK constraint allows only some values, so that no others are tried. */
  readonly limited?: true
}

/** What the table stores when a row omits the column. */
export type Absent =
  | { readonly is: 'refused' }
  | { readonly is: 'null' }
  | { readonly is: 'numbered' }
  | { readonly is: 'value'; readonly value: SqlValue }
  | { readonly is: 'clock'; readonly clock: Clock }

/** A default that is the time of the INSERT. */
export interface Clock {
  readonly label: string
  /** What the column holds at a time, given in milliseconds of the Unix epoch. */
  at(milliseconds: number): bigint | string
}

export interface ReferenceModel extends ForeignKeyFacts {
  /** Values that no parent ever has. */
  readonly orphans: Arbitrary<SqlRow>
}

export interface CheckModel {
  readonly label: string
  holds(row: SqlRow): boolean
  /** Values that violate this constraint and no other. */
  readonly violations: Arbitrary<SqlRow>
}

export interface IdentityModel {
  readonly columns: readonly string[]
  /** Null for a row that the index excludes. */
  of(row: SqlRow): readonly SqlValue[] | null
}

/** Values that the table accepts although it should not: documented rather than hidden. */
export interface HazardModel {
  readonly label: string
  readonly values: Arbitrary<SqlRow>
}

export interface IndexModel {
  readonly name: string
  /** The order in which the index returns the rows, such as `indexed_at DESC`. */
  readonly order: readonly string[]
  /** The condition of a partial index. */
  readonly where?: string
}

export interface ExpiryModel {
  readonly column: string
  /** The index that serves the purge. */
  readonly index: string
  /** The condition of the purge; its one parameter is the cutoff, `?`. */
  readonly expired: string
  /** Cutoffs of purges: the values of the column, and those just before and after them. */
  readonly cutoffs: Arbitrary<bigint | string>
}

/** A column of a table. @throws {RangeError} when the model declares no such column */
export function columnOf(model: TableModel, name: string): ColumnModel {
  const column = model.columns[name]
  if (column === undefined) throw new RangeError(`The model of ${model.name} has no column ${name}`)
  return column
}

/** What a row holds in a column: its value or, if it omits the column, a constant default. */
export function valueIn(model: TableModel, row: SqlRow, name: string): SqlValue {
  const value = row[name]
  if (value !== undefined) return value
  const { absent } = columnOf(model, name)
  return absent.is === 'value' ? absent.value : null
}

/** The model of a table. @throws {RangeError} when there is none */
export function modelOf(models: readonly TableModel[], name: string): TableModel {
  const model = models.find((candidate) => candidate.name === name)
  if (model === undefined) throw new RangeError(`There is no model of the table ${name}`)
  return model
}

/** The chosen tables and all tables that they refer to, in the order of the models. */
export function withParents(models: readonly TableModel[], chosen: readonly string[]): TableModel[] {
  const wanted = new Set(chosen)
  for (const { name, references } of [...models].reverse()) {
    if (wanted.has(name)) for (const { parent } of references) wanted.add(parent)
  }
  return models.filter(({ name }) => wanted.has(name))
}
