import type { SqlRow } from '../sql/connection.ts'

/** The text in a column of a row that SQLite itself returned, such as that of a pragma. */
export function textOf(row: SqlRow, column: string): string {
  return textOrNull(row, column) ?? fail(row, column, 'a text')
}

export function textOrNull(row: SqlRow, column: string): string | null {
  const value = row[column]
  if (value === null || typeof value === 'string') return value
  return fail(row, column, 'a text or NULL')
}

/** The integer in a column, whether the binding returns a bigint or a number. */
export function numberOf(row: SqlRow, column: string): number {
  const value = row[column]
  return typeof value === 'bigint' || typeof value === 'number'
    ? Number(value)
    : fail(row, column, 'a number')
}

/** Groups rows by the text in a column, in their order. */
export function groupBy(rows: readonly SqlRow[], column: string): ReadonlyMap<string, readonly SqlRow[]> {
  const groups = new Map<string, SqlRow[]>()
  for (const row of rows) {
    const key = textOf(row, column)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}

function fail(row: SqlRow, column: string, expected: string): never {
  throw new TypeError(
    `Column ${column} of SQLite's own result: expected ${expected}, found ${String(row[column])}.`,
  )
}
