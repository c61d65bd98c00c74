import { changedColumns, type DataChange, isWholeChange } from '../../migrator/migration.ts'
import { foldName } from '../../sql/names.ts'

/** What may happen to the rows of one table of the database before. */
export interface Survivor {
  /** The table's name before. */
  readonly table: string
  /** Its name after. */
  readonly nameAfter: string
  /** Why its rows may come, go and change; null where they must be kept. */
  readonly freeBecause: string | null
  readonly mayGainRows: boolean
  /** Whether ids of deleted rows may be given out again. */
  readonly mayReuseIds: boolean
  /** Why something of it may differ: the reasons of the changes, each once. */
  readonly reasons: readonly string[]
  /** The name after of a column, null for one whose values may change or go. */
  columnAfter(column: string): string | null
  /** The name after of any column, also of one whose values may change. */
  nameOfColumn(column: string): string
  /** Whether a column may change, and no expression says how. */
  isUnsaid(column: string): boolean
}

interface Course {
  name: string
  freeBecause: string | null
  mayGainRows: boolean
  mayReuseIds: boolean
  readonly reasons: Set<string>
  /** Folded name before → name now. */
  readonly columns: Map<string, string>
  /** Folded names before of the columns that may change, each with whether an expression always says how. */
  readonly freeColumns: Map<string, boolean>
}

/**
 * Follows the tables through the declared changes, which are given in the order of their migrations and
 * name each table and column as it was called at that moment.
 */
export function followChanges(tables: readonly string[], changes: readonly DataChange[]): Survivor[] {
  return tables.map((table) => {
    const course = startCourse(table)
    for (const change of changes) {
      if (foldName(change.table) === foldName(course.name)) applyChange(course, change)
    }
    return {
      table,
      nameAfter: course.name,
      freeBecause: course.freeBecause,
      mayGainRows: course.mayGainRows,
      mayReuseIds: course.mayReuseIds,
      reasons: [...course.reasons],
      columnAfter: (column) => (course.freeColumns.has(foldName(column)) ? null : nameNow(course, column)),
      nameOfColumn: (column) => nameNow(course, column),
      isUnsaid: (column) => course.freeColumns.get(foldName(column)) === false,
    }
  })
}

function startCourse(table: string): Course {
  return {
    name: table,
    freeBecause: null,
    mayGainRows: false,
    mayReuseIds: false,
    reasons: new Set(),
    columns: new Map(),
    freeColumns: new Map(),
  }
}

function applyChange(course: Course, change: DataChange) {
  const { columns, renamedTo, renamedColumns, rowsAdded } = change
  // Which rows go is proven of each migration by itself.
  const isWhole = isWholeChange(change) || change.rowsRemoved !== undefined
  if (isWhole) course.freeBecause = change.reason
  // A rename alone keeps everything.
  if (isWhole || columns !== undefined || rowsAdded === true) course.reasons.add(change.reason)
  for (const column of changedColumns(change)) {
    const before = nameBefore(course, column)
    if (before === null) continue
    const isSaid = !Array.isArray(columns) && course.freeColumns.get(before) !== false
    course.freeColumns.set(before, isSaid)
  }
  const renames = Object.entries(renamedColumns ?? {}).map(
    ([from, to]) => [nameBefore(course, from), to] as const,
  )
  for (const [before, to] of renames) if (before !== null) course.columns.set(before, to)
  if (rowsAdded === true) course.mayGainRows = true
  if (change.idsReused === true) course.mayReuseIds = true
  if (renamedTo !== undefined) course.name = renamedTo
}

/** The folded first name of a column; null for a new column that took the name of a renamed one. */
function nameBefore(course: Course, column: string): string | null {
  const folded = foldName(column)
  for (const [before, now] of course.columns) if (foldName(now) === folded) return before
  return course.columns.has(folded) ? null : folded
}

function nameNow({ columns }: Course, column: string): string {
  return columns.get(foldName(column)) ?? column
}
