import * as fc from 'fast-check'
import type { SqlValue } from '../../sql/connection.ts'
import { type ColumnModel, columnOf, type TableModel, withParents } from '../table-model.ts'

const MOST_TABLES = 5
const MOST_KEYS = 3

/**
 * A few of the tables, with few keys each, so that steps meet: without this, random updates and deletes find
 * hardly a row, and random children hardly a parent. The parents of the tables come with them.
 */
export function narrow(models: readonly TableModel[]): fc.Arbitrary<TableModel[]> {
  const names = models.map(({ name }) => name)
  const columns = models.flatMap((model) => model.key.map((name) => ({ table: model.name, name, model })))
  const pools = columns.map(({ model, name }) =>
    fc.array(columnOf(model, name).values, { minLength: 1, maxLength: MOST_KEYS }),
  )
  return fc
    .tuple(
      fc.subarray(names, { minLength: 1, maxLength: Math.min(MOST_TABLES, names.length) }),
      fc.tuple(...pools),
    )
    .map(([chosen, values]) => {
      const keys = new Map(columns.map(({ table, name }, place) => [`${table}.${name}`, values[place] ?? []]))
      return withParents(models, chosen).map((model) => narrowTable(model, keys))
    })
}

type Pools = ReadonlyMap<string, readonly SqlValue[]>

function narrowTable(model: TableModel, keys: Pools): TableModel {
  const columns: Record<string, ColumnModel> = { ...model.columns }
  const limit = (name: string, pool: readonly SqlValue[] | undefined) => {
    if (pool !== undefined) columns[name] = { ...columnOf(model, name), values: fc.constantFrom(...pool) }
  }
  for (const name of model.key) limit(name, keys.get(`${model.name}.${name}`))
  for (const { columns: names, parent, parentColumns } of model.references) {
    names.forEach((name, place) => {
      limit(name, keys.get(`${parent}.${parentColumns[place]}`))
    })
  }
  return { ...model, columns }
}
