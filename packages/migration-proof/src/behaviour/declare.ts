import * as fc from 'fast-check'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import type {
  Absent,
  Affinity,
  CheckModel,
  Clock,
  ColumnModel,
  ExpiryModel,
  HazardModel,
  IndexModel,
  ReferenceModel,
  TableModel,
} from './table-model.ts'

type ListsOfModel = 'unique' | 'references' | 'checks' | 'hazards' | 'indexes'

/** What a person writes of a table: lists that would be empty may be left out. */
export type TableDeclaration = Omit<TableModel, ListsOfModel> & Partial<Pick<TableModel, ListsOfModel>>

/** Makes the model of a table. */
export function defineTable(declaration: TableDeclaration): TableModel {
  return { unique: [], references: [], checks: [], hazards: [], indexes: [], ...declaration }
}

/** A column of a type, of which is still to say what it does without a value. */
export interface ColumnDraft {
  /** NOT NULL, without a default. */
  required(): ColumnModel
  /** Takes NULL, and is NULL when it is left out. */
  optional(): ColumnModel
  /** NOT NULL, with a default that is a constant. */
  orElse(value: SqlValue): ColumnModel
  /** NOT NULL, with the time of the INSERT as default. */
  orNow(clock: Clock): ColumnModel
}

export const text = (values: fc.Arbitrary<string>) => draft('TEXT', values)
export const integer = (values: fc.Arbitrary<bigint>) => draft('INTEGER', values)
export const real = (values: fc.Arbitrary<number>) => draft('REAL', values)
export const blob = (values: fc.Arbitrary<Uint8Array>) => draft('BLOB', values)

/** The key of a table that numbers its rows. */
export function rowNumber(values: fc.Arbitrary<bigint>): ColumnModel {
  return { affinity: 'INTEGER', values, nullable: true, absent: { is: 'numbered' } }
}

/** Says that a CHECK allows only the declared values. */
export function limited(column: ColumnModel): ColumnModel {
  return { ...column, limited: true }
}

function draft(affinity: Affinity, values: fc.Arbitrary<SqlValue>): ColumnDraft {
  const make = (nullable: boolean, absent: Absent): ColumnModel => ({ affinity, values, nullable, absent })
  return {
    required: () => make(false, { is: 'refused' }),
    optional: () => make(true, { is: 'null' }),
    orElse: (value) => make(false, { is: 'value', value }),
    orNow: (clock) => make(false, { is: 'clock', clock }),
  }
}

/** `unixepoch()`: whole seconds. */
export const unixSeconds: Clock = {
  label: 'the second of the INSERT',
  at: (milliseconds) => BigInt(Math.floor(milliseconds / 1000)),
}

/** `datetime('now')`: UTC, such as `2025-11-25 08:30:00`. */
export const utcDateTime: Clock = {
  label: 'the date and time of the INSERT in UTC',
  at: (milliseconds) => new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' '),
}

/** A text column that refers to the column of the same name of its parent, and loses its rows with it. */
export function cascade(column: string, parent: string): ReferenceModel {
  return {
    columns: [column],
    parent,
    parentColumns: [column],
    onDelete: 'CASCADE',
    onUpdate: 'NO ACTION',
    orphans: fc.constantFrom('nobody', 'NOBODY', ' ').map((value) => ({ [column]: value })),
  }
}

/** An index that exists from a version on, and the order in which it gives the rows. */
export function index(name: string, order: readonly string[], since: number): IndexModel {
  return { name, order, since }
}

/** The purge of rows whose time has come: `column <= cutoff`, unless told otherwise. */
export function expiry(column: string, indexName: string, expired = `${column} <= ?`): ExpiryModel {
  return { column, index: indexName, expired }
}

/** A CHECK on one column that allows one value. */
export function onlyValue(column: string, value: bigint, others: readonly bigint[]): CheckModel {
  return {
    label: `${column} = ${value}`,
    holds: (row) => row[column] === null || row[column] === value,
    violations: fc.constantFrom(...others).map((other) => ({ [column]: other })),
  }
}

/** The key takes NULL, and takes it again and again. */
export function nullKey(column: string): HazardModel {
  return { label: `NULL as the key ${column}`, values: fc.constant<SqlRow>({ [column]: null }) }
}

/** A column of numbers takes text, which sorts after every number. */
export function textInNumber(column: string): HazardModel {
  return {
    label: `text in the number ${column}`,
    values: fc.constantFrom('never', '', '9999-12-31', '1 day').map((value) => ({ [column]: value })),
  }
}
