import * as fc from 'fast-check'
import type { SqlRow } from '../sql/connection.ts'
import { hazardousRows } from './faults.ts'
import { type RowOptions, validRows } from './rows.ts'
import { columnOf, type ReferenceModel, type TableModel, valueIn } from './table-model.ts'
import { clash, sameValue } from './values.ts'
/** The rows of a whole database, by table. */
export type DatabaseRows = Readonly<Record<string, readonly SqlRow[]>>

export interface DatabaseRowsOptions extends RowOptions {
  readonly maxRows: number
  /** Whether to include hazards: rows that the tables accept although they should not. */
  readonly withHazards?: boolean
}

/**
 * The rows of a whole database. Every reference is satisfied: a row whose parent is missing is given another parent,
 * or dropped if there is none.
 *
 * @param models the tables, each after those it refers to
 */
export function databaseRows(
  models: readonly TableModel[],
  options: DatabaseRowsOptions,
): fc.Arbitrary<DatabaseRows> {
  return fc.tuple(...models.map((model) => tableRows(model, options))).map((tables) => {
    const all: Record<string, readonly SqlRow[]> = {}
    models.forEach((model, position) => {
      all[model.name] = adoptRows(model, tables[position] ?? [], all)
    })
    return all
  })
}

/** Links each row to parents that exist, and drops rows that then conflict with an earlier one. */
export function adoptRows(
  model: TableModel,
  rows: readonly SqlRow[],
  parents: DatabaseRows,
): readonly SqlRow[] {
  const adopted = rows.flatMap((row, position) => adoptAll(model, row, parents, position))
  return adopted.filter(
    (row, position) => !adopted.slice(0, position).some((other) => clash(model, row, other)),
  )
}

function adoptAll(model: TableModel, row: SqlRow, parents: DatabaseRows, position: number): SqlRow[] {
  let adopted: SqlRow | null = row
  for (const reference of model.references) {
    if (adopted === null) return []
    const candidates = parents[reference.parent] ?? []
    adopted =
      reference.parent === model.name
        ? orphanOf(model, adopted, reference)
        : adoptRow(model, adopted, reference, candidates, position)
  }
  return adopted === null ? [] : [adopted]
}

function adoptRow(
  model: TableModel,
  row: SqlRow,
  { columns, parentColumns }: ReferenceModel,
  candidates: readonly SqlRow[],
  position: number,
): SqlRow | null {
  const values = columns.map((name) => valueIn(model, row, name))
  if (values.includes(null)) return row
  const keyOf = (parent: SqlRow) => parentColumns.map((name) => parent[name] ?? null)
  const keys = candidates.map(keyOf).filter((key) => !key.includes(null))
  const isMet = keys.some((key) => key.every((value, column) => sameValue(value, values[column])))
  if (isMet) return row
  const key = keys[position % keys.length]
  if (key === undefined) return null
  return { ...row, ...Object.fromEntries(columns.map((name, column) => [name, key[column] ?? null])) }
}

/** A row of a table that refers to itself: it refers to nothing or, if it must refer to a row, to itself. */
function orphanOf(model: TableModel, row: SqlRow, { columns, parentColumns }: ReferenceModel): SqlRow {
  const values = columns.map((name, position) => {
    const own = row[parentColumns[position] ?? ''] ?? null
    return [name, columnOf(model, name).nullable ? null : own]
  })
  return { ...row, ...Object.fromEntries(values) }
}

function tableRows(
  model: TableModel,
  { maxRows, withHazards = false, ...options }: DatabaseRowsOptions,
): fc.Arbitrary<readonly SqlRow[]> {
  const rows = fc.array(validRows(model, options), { maxLength: maxRows, size: 'max' })
  const hazards = withHazards ? hazardousRows(model, options) : null
  if (hazards === null) return rows
  return fc
    .tuple(rows, fc.array(hazards, { maxLength: 2 }))
    .map(([valid, hazardous]) => [...valid, ...hazardous.map(({ row }) => row)])
}
