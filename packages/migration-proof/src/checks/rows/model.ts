import { columnSubject, makeProblem, type Problem, type UndeclaredChange } from '../../problem.ts'

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
  /** What of the table changes, where it was made on purpose; defaults to the column, if any. Null where it cannot be meant. */
  readonly change?: Partial<UndeclaredChange> | null
}

/** What was not kept as a problem. */
export function problemOfRows({
  table,
  column,
  expected,
  actual,
  rows = [],
  change = column === undefined ? {} : { columns: [column] },
}: LostContent): Problem {
  const undeclared = change === null ? null : { ...noChange, table, ...change }
  return makeProblem('rows', {
    fix: undeclared === null ? '' : adviseDeclaration(undeclared),
    subject: column === undefined ? { type: 'table', name: table } : columnSubject(table, column),
    expected,
    actual: rows.length === 0 ? actual : `${actual}: ${rows.join('; ')}`,
    undeclared,
  })
}

const noChange = {
  columns: null,
  renamedTo: null,
  renamedColumns: null,
  hasRemoved: false,
  hasAdded: false,
  reusesIds: false,
}

/** What a person does who means a change. */
export function adviseDeclaration(change: UndeclaredChange): string {
  return `if the change is intended, declare it on the migration: dataChanges: [${describeDeclaration(change)}]`
}

/** The declaration of a change, as a config has it: `…` is what a person has still to write. */
export function describeDeclaration(change: UndeclaredChange): string {
  const { table, columns, renamedTo, renamedColumns, hasRemoved, hasAdded, reusesIds } = change
  const renames = Object.entries(renamedColumns ?? {}).map(
    ([from, to]) => `${quoteKey(from)}: ${quoteText(to)}`,
  )
  const fields = [
    `table: ${quoteText(table)}`,
    ...(renamedTo === null ? [] : [`renamedTo: ${quoteText(renamedTo)}`]),
    ...(renames.length === 0 ? [] : [`renamedColumns: { ${renames.join(', ')} }`]),
    ...(hasRemoved ? ["rowsRemoved: 'a condition over the old rows'"] : []),
    ...(columns === null ? [] : [`columns: [${columns.map(quoteText).join(', ')}]`]),
    ...(hasAdded ? ['rowsAdded: true'] : []),
    ...(reusesIds ? ['idsReused: true'] : []),
    "reason: '…'",
  ]
  return `{ ${fields.join(', ')} }`
}

function quoteKey(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quoteText(name)
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
