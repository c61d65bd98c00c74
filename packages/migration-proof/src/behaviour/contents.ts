import * as fc from 'fast-check'
import type { SqlRow } from '../sql/connection.ts'
import { hazardousRows } from './faults.ts'
import { type RowOptions, validRows } from './rows.ts'
import { columnOf, type ReferenceModel, type TableModel, valueIn } from './table-model.ts'
import { clash, sameValue } from './values.ts'
/** The rows of a whole database, by table. */
export type Contents = Readonly<Record<string, readonly SqlRow[]>>

export interface ContentsOptions extends RowOptions {
  readonly maxRows: number
  /** Puts rows among them that the tables take although they should not. */
  readonly withHazards?: boolean
}

/**
 * The rows of a whole database. Every reference is met: where a row's parent is not there, the row gets
 * another parent, and where there is none at all, the row goes.
 *
 * @param models the tables, each after those it refers to
 */
export function contents(models: readonly TableModel[], options: ContentsOptions): fc.Arbitrary<Contents> {
  return fc.tuple(...models.map((model) => tableRows(model, options))).map((tables) => {
    const all: Record<string, readonly SqlRow[]> = {}
    models.forEach((model, place) => {
      all[model.name] = adoptRows(model, tables[place] ?? [], all)
    })
    return all
  })
}

/** Gives each row parents that are there, and leaves out those that then clash with an earlier one. */
export function adoptRows(model: TableModel, rows: readonly SqlRow[], parents: Contents): readonly SqlRow[] {
  const adopted = rows.flatMap((row, place) => adoptAll(model, row, parents, place))
  return adopted.filter((row, place) => !adopted.slice(0, place).some((other) => clash(model, row, other)))
}

function adoptAll(model: TableModel, row: SqlRow, parents: Contents, place: number): SqlRow[] {
  let adopted: SqlRow | null = row
  for (const reference of model.references) {
    if (adopted === null) return []
    const candidates = parents[reference.parent] ?? []
    adopted =
      reference.parent === model.name
        ? orphanOf(model, adopted, reference)
        : adoptRow(model, adopted, reference, candidates, place)
  }
  return adopted === null ? [] : [adopted]
}

function adoptRow(
  model: TableModel,
  row: SqlRow,
  { columns, parentColumns }: ReferenceModel,
  candidates: readonly SqlRow[],
  place: number,
): SqlRow | null {
  const values = columns.map((name) => valueIn(model, row, name))
  if (values.includes(null)) return row
  const keyOf = (parent: SqlRow) => parentColumns.map((name) => parent[name] ?? null)
  const keys = candidates.map(keyOf).filter((key) => !key.includes(null))
  const isMet = keys.some((key) => key.every((value, position) => sameValue(value, values[position])))
  if (isMet) return row
  const key = keys[place % keys.length]
  if (key === undefined) return null
  return { ...row, ...Object.fromEntries(columns.map((name, position) => [name, key[position] ?? null])) }
}

/** A row of a table that refers to itself: it refers to nothing or, where it must, to itself. */
function orphanOf(model: TableModel, row: SqlRow, { columns, parentColumns }: ReferenceModel): SqlRow {
  const values = columns.map((name, place) => {
    const own = row[parentColumns[place] ?? ''] ?? null
    return [name, columnOf(model, name).nullable ? null : own]
  })
  return { ...row, ...Object.fromEntries(values) }
}

function tableRows(
  model: TableModel,
  { maxRows, withHazards = false, ...options }: ContentsOptions,
): fc.Arbitrary<readonly SqlRow[]> {
  const rows = fc.array(validRows(model, options), { maxLength: maxRows, size: 'max' })
  const hazards = withHazards ? hazardousRows(model, options) : null
  if (hazards === null) return rows
  return fc
    .tuple(rows, fc.array(hazards, { maxLength: 2 }))
    .map(([valid, hazardous]) => [...valid, ...hazardous.map(({ row }) => row)])
}
