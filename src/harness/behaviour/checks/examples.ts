import * as fc from 'fast-check'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { clash, completeRows } from '../rows.ts'
import { insertRow } from '../statements.ts'
import { modelOf, type TableModel } from '../table-model.ts'
import { showValue } from '../values.ts'

/** Two complete rows of a table that differ in as many columns as they can; the same ones every time. */
export interface Examples {
  readonly first: SqlRow
  /** Null where the table has room for one row only. */
  readonly second: SqlRow | null
}

const SAMPLES = 60
const known = new WeakMap<TableModel, Examples>()

/** The example rows of a table. Those of a child refer to those of its parent, the first to the first. */
export function examplesOf(model: TableModel, models: readonly TableModel[]): Examples {
  const made = known.get(model)
  if (made !== undefined) return made
  const rows = fc.sample(completeRows(model), { seed: 1, numRuns: SAMPLES })
  const first = best(rows, (row) => new Set(Object.values(row).map(showValue)).size)
  const others = rows.filter((row) => !clash([model.key, ...model.unique], row, first))
  const second = others.length === 0 ? null : best(others, (row) => countDifferences(row, first))
  const examples = {
    first: referTo('first', first, model, models),
    second: second && referTo('second', second, model, models),
  }
  known.set(model, examples)
  return examples
}

/** Inserts the parents of a row, and their parents, where they are missing. */
export function placeParents(
  connection: Connection,
  models: readonly TableModel[],
  model: TableModel,
  row: SqlRow,
): void {
  for (const { columns, parent, parentColumns } of model.references) {
    const values = columns.map((name) => row[name] ?? null)
    if (values.includes(null)) continue
    const parentModel = modelOf(models, parent)
    const keys = Object.fromEntries(parentColumns.map((name, place) => [name, values[place] ?? null]))
    const parentRow = { ...examplesOf(parentModel, models).first, ...keys }
    placeParents(connection, models, parentModel, parentRow)
    insertRow(connection, parent, parentRow, 'INSERT OR IGNORE')
  }
}

function referTo(
  which: keyof Examples,
  row: SqlRow,
  model: TableModel,
  models: readonly TableModel[],
): SqlRow {
  const referring = { ...row }
  for (const { columns, parent, parentColumns } of model.references) {
    const parentRow = examplesOf(modelOf(models, parent), models)[which] ?? {}
    columns.forEach((name, place) => {
      referring[name] = parentRow[parentColumns[place] ?? ''] ?? null
    })
  }
  return referring
}

function best(rows: readonly SqlRow[], score: (row: SqlRow) => number): SqlRow {
  return rows.reduce((winner, row) => (score(row) > score(winner) ? row : winner))
}

function countDifferences(row: SqlRow, other: SqlRow): number {
  return Object.keys(row).filter((name) => showValue(row[name]) !== showValue(other[name])).length
}
