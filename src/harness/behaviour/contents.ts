import * as fc from 'fast-check'
import type { SqlRow } from '../sql/connection.ts'
import { hazardousRows } from './faults.ts'
import { clash, distinctRows, type RowOptions } from './rows.ts'
import { columnOf, type ReferenceModel, type TableModel } from './table-model.ts'

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

/** Gives each row parents that are there. */
export function adoptRows(model: TableModel, rows: readonly SqlRow[], parents: Contents): readonly SqlRow[] {
  if (model.references.length === 0) return rows
  return rows.flatMap((row, place) => {
    let adopted: SqlRow | null = row
    for (const reference of model.references) {
      if (reference.parent === model.name) adopted = adopted && orphanOf(model, adopted, reference)
      else adopted = adopted && adoptRow(adopted, reference, parents[reference.parent] ?? [], place)
    }
    return adopted === null ? [] : [adopted]
  })
}

function adoptRow(row: SqlRow, reference: ReferenceModel, candidates: readonly SqlRow[], place: number) {
  const { columns, parentColumns } = reference
  const parents = candidates.filter((parent) => parentColumns.every((name) => parent[name] != null))
  if (columns.some((name) => row[name] === null || row[name] === undefined)) return row
  const parent =
    parents.find((candidate) =>
      columns.every((name, position) => row[name] === candidate[parentColumns[position] ?? '']),
    ) ?? parents[place % parents.length]
  if (parent === undefined) return null
  const values = columns.map((name, position) => [name, parent[parentColumns[position] ?? ''] ?? null])
  return { ...row, ...Object.fromEntries(values) }
}

/** A row of a table that refers to itself: it refers to nothing or, where it must, to itself. */
function orphanOf(model: TableModel, row: SqlRow, { columns, parentColumns }: ReferenceModel): SqlRow {
  const values = columns.map((name, place) => {
    const own = row[parentColumns[place] ?? ''] ?? null
    return [name, columnOf(model, name).nullable ? null : own]
  })
  return { ...row, ...Object.fromEntries(values) }
}

function tableRows(model: TableModel, { maxRows, withHazards = false, ...options }: ContentsOptions) {
  const rows: fc.Arbitrary<readonly SqlRow[]> = distinctRows(model, { ...options, maxLength: maxRows })
  const hazards = withHazards ? hazardousRows(model, options) : null
  if (hazards === null) return rows
  const sets = [model.key, ...model.unique]
  return fc.tuple(rows, fc.array(hazards, { maxLength: 2 })).map(([valid, hazardous]) => {
    const kept = [...valid]
    for (const { row } of hazardous) if (!kept.some((other) => clash(sets, row, other))) kept.push(row)
    return kept
  })
}
