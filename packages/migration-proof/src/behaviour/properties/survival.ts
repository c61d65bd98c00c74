import type { Connection } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { contents } from '../contents.ts'
import { insertRows } from '../statements.ts'
import type { TableModel } from '../table-model.ts'
import { firstDifference } from '../values.ts'
import { defineProperty, type Property } from './property.ts'

/** How an old database is made and brought to a later version. */
export interface Upgrade {
  /** A new database of the old version, without rows of the user. The property closes it. */
  open(): Connection
  upgrade(connection: Connection): void
}

/**
 * Whatever rows a database of an old version holds, hazards among them, the upgrade keeps every table, row and
 * column of them that still exists.
 *
 * @param models the tables of the old version; leave out those that hold the version itself
 * @param later the tables of the version that the upgrade leads to
 */
export function survivalProperty(
  name: string,
  { open, upgrade }: Upgrade,
  models: readonly TableModel[],
  later: readonly TableModel[],
): Property {
  const kept = models.flatMap((model) => readKept(model, later))
  return defineProperty(name, contents(models, { maxRows: 16, withHazards: true }), (rows) => {
    const connection = open()
    try {
      connection.exec('BEGIN')
      for (const [table, values] of Object.entries(rows)) insertRows(connection, table, values)
      connection.exec('COMMIT')
      const before = kept.map((query) => connection.all(query))
      upgrade(connection)
      return kept.flatMap((query, place) => {
        const difference = firstDifference(before[place] ?? [], connection.all(query))
        return difference === null ? [] : [{ check: 'old data', object: query, ...difference }]
      })
    } finally {
      connection.close()
    }
  })
}

/** A query for the columns of a table that a later version still has. */
function readKept(model: TableModel, later: readonly TableModel[]): string[] {
  const heir = later.find(({ name }) => name === model.name)
  const columns = Object.keys(model.columns).filter((name) => heir?.columns[name] !== undefined)
  return columns.length === 0
    ? []
    : [`SELECT ${columns.map(quoteName).join(', ')} FROM ${quoteName(model.name)}`]
}
