import type { Connection } from '../sql/connection.ts'

/** A value in an example: a whole number is an INTEGER, any other number a REAL. */
export type ExampleValue = string | number | bigint | Uint8Array | null

/** What becomes of one row, written by hand: its values afterwards, or that the migration refuses it. */
export type Example = {
  /** The values of some columns; the others have typical ones. */
  readonly before: Readonly<Record<string, ExampleValue>>
} & (
  | {
      /** The values of some columns afterwards; null where the row goes. */
      readonly after: Readonly<Record<string, ExampleValue>> | null
      /** The table that holds these values afterwards, where it is another one, as after a split or a merge. */
      readonly intoTable?: string
    }
  | {
      /** A part of the error with which the migration refuses the row, and the file stays as it is. */
      readonly error: string
    }
)

/** What a migration may do with the database: run statements. The transaction is the migrator's. */
export type MigrationConnection = Pick<Connection, 'exec' | 'all'>

/**
 * A change of existing rows that a migration makes on purpose. Whatever is not declared must be kept. Tables
 * and columns have the names they have when the migration starts. With a table and a reason alone, the
 * table may go, and its rows may come, go and change.
 */
export interface DataChange {
  readonly table: string
  /**
   * The columns whose values change, and those that are dropped; all others are kept. As an object, each with the SQL
   * expression over the old row that is its new value: `{ seen: 'seen / 1000' }`.
   */
  readonly columns?: readonly string[] | Readonly<Record<string, string>>
  /** A SQL condition over the old rows: those that meet it go, and no others. */
  readonly rowsRemoved?: string
  /** Rows before the migration, and what it makes of each. */
  readonly examples?: readonly Example[]
  /** The table's new name; its rows are kept under it. */
  readonly renamedTo?: string
  /** New names of columns, by their old ones; their values are kept. */
  readonly renamedColumns?: Readonly<Record<string, string>>
  /** Rows are added; the old ones are kept. */
  readonly rowsAdded?: true
  /** A rebuild forgets the highest id that AUTOINCREMENT gave out, so that ids of deleted rows are given out again. */
  readonly idsReused?: true
  readonly reason: string
}

/** The names of the columns that a change names, with or without an expression. */
export function changedColumns({ columns }: DataChange): readonly string[] {
  return columns === undefined || Array.isArray(columns) ? (columns ?? []) : Object.keys(columns)
}

/** What a change says of its table, in words: `at becomes datetime(at); rows go where title IS NULL`. */
export function describeDataChange(change: DataChange): string {
  const { columns, rowsRemoved, renamedTo, renamedColumns, rowsAdded, idsReused } = change
  if (isWholeChange(change)) return 'it may go, and its rows may come, go and change'
  const changed =
    columns === undefined || Array.isArray(columns)
      ? (columns ?? []).map((column) => `${column} changes or goes`)
      : Object.entries(columns).map(([column, expression]) => `${column} becomes ${expression}`)
  return [
    ...(renamedTo === undefined ? [] : [`it is called ${renamedTo}`]),
    ...Object.entries(renamedColumns ?? {}).map(([from, to]) => `${from} is called ${to}`),
    ...changed,
    ...(rowsRemoved === undefined ? [] : [`rows go where ${rowsRemoved}`]),
    ...(rowsAdded === undefined ? [] : ['rows are added']),
    ...(idsReused === undefined ? [] : ['ids of deleted rows are given out again']),
  ].join('; ')
}

/** Whether a change says nothing of what becomes of the table, which may go with all its rows. */
export function isWholeChange({
  columns,
  renamedTo,
  renamedColumns,
  rowsAdded,
  rowsRemoved,
  idsReused,
}: DataChange): boolean {
  return [columns, renamedTo, renamedColumns, rowsAdded, rowsRemoved, idsReused].every(
    (part) => part === undefined,
  )
}

/** A checksum that the tool of a project keeps of the file of a migration. */
export interface ToolChecksum {
  /** Such as `sha384`. */
  readonly algorithm: string
  /** In hexadecimal digits. */
  readonly value: string
  /** What the tool does about another one, as a sentence without its end. */
  readonly consequence: string
}

/**
 * One version's change.
 *
 * A migration that has been released is never edited: files in the field were made by it as it was. It uses
 * no clock and no randomness, so that it does the same on every file.
 */
export interface Migration {
  /** 1 for the first, then one more for each. */
  readonly version: number
  /** What the migration is about, in a few words, as the log shows it. */
  readonly name: string
  up(connection: MigrationConnection): void
  /** What the tool of the project calls it: a number, a timestamp or a name; defaults to the version. */
  readonly id?: string
  /** The SQL that `up` runs, where it runs nothing else. */
  readonly sql?: string
  /** The file that it comes from. */
  readonly file?: string
  /** What the tool of the project notes of its file, to compare it later. */
  readonly checksum?: ToolChecksum
  /** `'none'` where it asks the tool of the project for no transaction. */
  readonly transaction?: 'none'
  readonly dataChanges?: readonly DataChange[]
  /**
   * `'off'` for a migration that rebuilds a table which others refer to: the migrator switches foreign keys
   * off before BEGIN (inside a transaction the pragma does nothing), proves before COMMIT that no new
   * violation arose, and switches them on again. See https://www.sqlite.org/lang_altertable.html#otheralter
   */
  readonly foreignKeys?: 'off'
  /**
   * The migrations of a tool that this one notes without running them, for a file that has had the same from the tool before. A
   * new file is made by them.
   */
  readonly adopts?: readonly Migration[]
  /** `'possible'`: the program of the version before can go on with a file of this one. The check `rollback` proves it. */
  readonly rollback?: 'possible'
}

/** What the tool of the project calls a migration; its version, where it has no other id. */
export function idOf({ id, version }: Pick<Migration, 'id' | 'version'>): string {
  return id ?? `${version}`
}
