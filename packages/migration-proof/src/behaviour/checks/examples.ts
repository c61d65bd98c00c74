import * as fc from 'fast-check'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { completeRows } from '../rows.ts'
import { insertRow } from '../statements.ts'
import { columnOf, modelOf, type TableModel, valueIn } from '../table-model.ts'
import { agreeIn, clash, sameValue, showValue } from '../values.ts'

/** Two complete rows of a table that differ in as many columns as possible; always the same two. */
export interface Examples {
  readonly first: SqlRow
  /** Null where the table can hold only one row. */
  readonly second: SqlRow | null
}

const SAMPLES = 200
const known = new WeakMap<TableModel, Examples>()

/** The example rows of a table. Those of a child refer to those of its parent, the first to the first. */
export function examplesOf(model: TableModel, models: readonly TableModel[]): Examples {
  const made = known.get(model)
  if (made !== undefined) return made
  const sample = fc.sample(completeRows(model), { seed: 1, numRuns: SAMPLES })
  const rows = sample.some(isReadAlike) ? sample.filter(isReadAlike) : sample
  const first = best(rows, countValues)
  const others = rows.filter((row) => !clash(model, row, first))
  const second = others.length === 0 ? null : best(others, (row) => countDifferences(row, first))
  const chosen = { first, second }
  const examples = {
    first: referTo('first', chosen, model, models) ?? first,
    second: referTo('second', chosen, model, models),
  }
  known.set(model, examples)
  return examples
}

/** Some engines, such as the sqlite3 shell, read text only up to a NUL: their files are checked with the same examples. */
function isReadAlike(row: SqlRow): boolean {
  return !Object.values(row).some((value) => typeof value === 'string' && value.includes('\u0000'))
}

/** Inserts the missing parents of a row, and their missing parents in turn. */
export function insertParents(
  connection: Connection,
  models: readonly TableModel[],
  model: TableModel,
  row: SqlRow,
): void {
  for (const { columns, parent, parentColumns } of model.references) {
    const values = columns.map((name) => valueIn(model, row, name))
    const isItself =
      parent === model.name && parentColumns.every((name, position) => row[name] === values[position])
    if (values.includes(null) || isItself) continue
    const parentModel = modelOf(models, parent)
    const key = Object.fromEntries(parentColumns.map((name, position) => [name, values[position] ?? null]))
    const parentRow = makeParent(parentModel, models, key)
    insertParents(connection, models, parentModel, parentRow)
    insertRow(connection, parent, parentRow, 'INSERT OR IGNORE')
  }
}

/** The example with this key or, if there is none, a row with this key that conflicts with no example. */
function makeParent(model: TableModel, models: readonly TableModel[], key: SqlRow): SqlRow {
  const { first, second } = examplesOf(model, models)
  const names = Object.keys(key)
  for (const example of [first, second]) {
    if (example !== null && agreeIn(model, names, example, key)) return example
  }
  const row = { ...first, ...key }
  for (const columns of [model.key, ...model.unique]) {
    const name = columns.find((candidate) => !names.includes(candidate))
    if (name === undefined || columns.some((column) => names.includes(column))) continue
    row[name] = columnOf(model, name).nullable ? null : `${name} of ${Object.values(key).map(showValue)}`
  }
  return row
}

/**
 * Links an example to its parents: the first refers to the first, the second to the second. Where a table refers
 * to itself, the second refers to the first, and the first to nothing or, if it must refer to a row, to itself.
 */
function referTo(
  which: keyof Examples,
  chosen: Examples,
  model: TableModel,
  models: readonly TableModel[],
): SqlRow | null {
  const row = chosen[which]
  if (row === null) return null
  const referring = { ...row }
  for (const { columns, parent, parentColumns } of model.references) {
    const isOwn = parent === model.name
    const candidates = isOwn ? chosen : examplesOf(modelOf(models, parent), models)
    const parentRow = isOwn ? candidates.first : (candidates[which] ?? candidates.first)
    columns.forEach((name, position) => {
      const refersToNothing = isOwn && which === 'first' && columnOf(model, name).nullable
      referring[name] = refersToNothing ? null : (parentRow[parentColumns[position] ?? ''] ?? null)
    })
  }
  return referring
}

/** The first row with the highest score. */
function best(rows: readonly SqlRow[], score: (row: SqlRow) => number): SqlRow {
  const scores = rows.map(score)
  return rows[scores.indexOf(Math.max(...scores))] ?? {}
}

/** How many distinct values a row has. */
function countValues(row: SqlRow): number {
  return new Set(Object.values(row).map((value) => (value instanceof Uint8Array ? showValue(value) : value)))
    .size
}

function countDifferences(row: SqlRow, other: SqlRow): number {
  return Object.keys(row).filter((name) => !sameValue(row[name], other[name])).length
}
