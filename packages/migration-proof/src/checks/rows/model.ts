import { columnSubject, makeProblem, type Problem } from '../../problem.ts'

/** How the rows of a table were matched with their rows before. */
export type Matching = 'rowid' | 'key' | 'multiset'

/** A table whose rows were compared. */
export interface ComparedTable {
  /** Its name before. */
  readonly table: string
  readonly rowsBefore: number
  readonly rowsAfter: number
  readonly matchedBy: Matching
}

/** A table whose rows were not compared, and why that is right. */
export interface UncomparedTable {
  readonly table: string
  readonly reason: string
}

/** What may differ in a table because a migration declares that it changes it: nothing of it was compared. */
export interface NotCompared {
  /** Its name before. */
  readonly table: string
  /** `'rows'`: all of it. `'columns'`: the values of those columns. `'new rows'`: rows that came. */
  readonly what: 'rows' | 'columns' | 'new rows'
  /** Names before; none unless it is about columns. */
  readonly columns: readonly string[]
  /** Null where the rows cannot be counted. */
  readonly rowsBefore: number | null
  /** Null where the table is gone, or its rows cannot be counted. */
  readonly rowsAfter: number | null
  /** As the migrations declare them. */
  readonly reasons: readonly string[]
}

/** What was not kept: a table, or one of its columns, by the names before. */
export interface LostContent {
  readonly table: string
  readonly column?: string
  readonly expected: string
  readonly actual: string
  /** The first rows that it is about, such as `rowid 12` or `row 3 in key order`: no value of a row ever leaves. */
  readonly rows?: readonly string[]
  /**
   * What declares it, beside the table and the reason, where it was made on purpose; defaults to the column, if any. Null
   * where it cannot be meant.
   */
  readonly declaration?: string | null
}

/** What was not kept as a problem. */
export function problemOfRows({
  table,
  column,
  expected,
  actual,
  rows = [],
  declaration = column === undefined ? '' : declareColumns([column]),
}: LostContent): Problem {
  const change = `dataChanges: [{ table: ${quoteText(table)}, ${declaration}reason: '…' }]`
  return makeProblem('rows', {
    fix: declaration === null ? '' : `if the change is intended, declare it on the migration: ${change}`,
    subject: column === undefined ? { type: 'table', name: table } : columnSubject(table, column),
    expected,
    actual: rows.length === 0 ? actual : `${actual}: ${rows.join('; ')}`,
  })
}

/** The declaration that some columns change. */
export function declareColumns(names: readonly string[]): string {
  return `columns: [${names.map(quoteText).join(', ')}], `
}

/** A name as it is written in a config. */
export function quoteText(name: string): string {
  return `'${name.replaceAll(/['\\]/g, '\\$&')}'`
}

/** What the comparison of two databases found. */
export interface RowsProof {
  readonly problems: readonly Problem[]
  readonly compared: readonly ComparedTable[]
  readonly uncompared: readonly UncomparedTable[]
  /** The declared changes, of those tables that can have changed at all. */
  readonly notCompared: readonly NotCompared[]
}

/** How many rows a problem names at most. */
export const namedRowsLimit = 10
