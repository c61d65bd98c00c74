import type { SqlRow, SqlValue } from '../sql/connection.ts'

/** A value as an SQL literal would show it: `NULL`, `12`, `1.5`, `"text"`, `x'00ff'`. */
export function showValue(value: SqlValue | undefined): string {
  if (value === undefined) return 'no value'
  if (value === null) return 'NULL'
  if (typeof value === 'bigint') return `${value}`
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}.0` : `${value}`
  if (typeof value === 'string') return JSON.stringify(value)
  return `x'${Buffer.from(value).toString('hex')}'`
}

/** A row as text. Two rows show the same only if they hold the same columns, types and values. */
export function showRow(row: SqlRow): string {
  const known = shownRows.get(row)
  if (known !== undefined) return known
  let text = ''
  for (const name of Object.keys(row)) text += `${text === '' ? '' : ', '}${name} ${showValue(row[name])}`
  shownRows.set(row, text)
  return text
}

/** Rows never change once they are made, so that the text of each is made once. */
const shownRows = new WeakMap<SqlRow, string>()

/** Whether two values are the same in type and content. */
export function sameValue(left: SqlValue | undefined, right: SqlValue | undefined): boolean {
  return left === right || (left instanceof Uint8Array && showValue(left) === showValue(right))
}

/** Whether two rows hold the same columns, in the same order, with the same values. */
function sameRow(left: SqlRow, right: SqlRow | undefined): boolean {
  if (right === undefined) return false
  const names = Object.keys(left)
  const others = Object.keys(right)
  return (
    names.length === others.length &&
    names.every((name, place) => name === others[place] && sameValue(left[name], right[name]))
  )
}

/** The first row that only one of two tables holds, whatever their order; null when they hold the same. */
export function firstDifference(
  expected: readonly SqlRow[],
  actual: readonly SqlRow[],
): RowDifference | null {
  if (expected.length === actual.length && expected.every((row, place) => sameRow(row, actual[place])))
    return null
  const wanted = expected.map(showRow)
  const found = actual.map(showRow)
  wanted.sort()
  found.sort()
  for (let place = 0; place < Math.max(wanted.length, found.length); place++) {
    if (wanted[place] !== found[place]) return describeDifference(wanted, found, place)
  }
  return null
}

export interface RowDifference {
  readonly expected: string
  readonly actual: string
}

function describeDifference(
  wanted: readonly string[],
  found: readonly string[],
  place: number,
): RowDifference {
  const missing = wanted[place]
  const extra = found[place]
  if (extra === undefined || (missing !== undefined && missing < extra)) {
    return {
      expected: `the row ${missing} among ${wanted.length}`,
      actual: `no such row among ${found.length}`,
    }
  }
  return { expected: `no row ${extra} among ${wanted.length}`, actual: `it, among ${found.length}` }
}
