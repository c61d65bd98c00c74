import { followChanges, type Survivor } from '../../checks/rows/survivors.ts'
import type { DataChange } from '../../migrator/migration.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { databaseRows } from '../database-rows.ts'
import { insertRows } from '../statements.ts'
import type { TableModel } from '../table-model.ts'
import { firstDifference, showRow } from '../values.ts'
import { defineProperty, type Property } from './property.ts'

/** How a database of an old version is created and upgraded. */
export interface OldDataUpgrade {
  /** Opens a new database of the old version, without user data. The property closes it. */
  open(): Connection
  upgrade(connection: Connection): void
  /** The declared data changes of the migrations, in their order. */
  readonly dataChanges?: readonly DataChange[]
}

/**
 * Whatever rows a database of an old version holds, hazards included, the upgrade keeps every table, row and column
 * except for the changes that it declares.
 *
 * @param models the tables of the old version, without those of the version store
 */
export function survivalProperty(
  name: string,
  { open, upgrade, dataChanges = [] }: OldDataUpgrade,
  models: readonly TableModel[],
): Property {
  const survivors = followChanges(
    models.map((model) => model.name),
    dataChanges,
  )
  const kept = survivors.flatMap((survivor, position) => keptOf(survivor, models[position]))
  return defineProperty(name, databaseRows(models, { maxRows: 16, withHazards: true }), (rows) => {
    const connection = open()
    try {
      connection.exec('BEGIN')
      for (const [table, values] of Object.entries(rows)) insertRows(connection, table, values)
      connection.exec('COMMIT')
      const before = kept.map((each) => connection.all(each.before))
      upgrade(connection)
      return kept.flatMap((each, position) =>
        compareKept(each, before[position] ?? [], connection.all(each.after)),
      )
    } finally {
      connection.close()
    }
  })
}

/** What is kept of a table: the same rows, read by one query before the upgrade and another after it. */
interface Kept {
  readonly table: string
  readonly before: string
  readonly after: string
  readonly mayGainRows: boolean
}

function keptOf(survivor: Survivor, model: TableModel | undefined): Kept[] {
  const columns = Object.keys(model?.columns ?? {}).flatMap((name) => {
    const after = survivor.columnAfter(name)
    return after === null ? [] : [{ name, after }]
  })
  if (survivor.freeBecause !== null || columns.length === 0) return []
  const names = columns.map(({ name }) => quoteName(name))
  const renamed = columns.map(({ name, after }) => `${quoteName(after)} AS ${quoteName(name)}`)
  return [
    {
      table: survivor.nameAfter,
      before: `SELECT ${names.join(', ')} FROM ${quoteName(survivor.table)}`,
      after: `SELECT ${renamed.join(', ')} FROM ${quoteName(survivor.nameAfter)}`,
      mayGainRows: survivor.mayGainRows,
    },
  ]
}

function compareKept(
  { table, mayGainRows }: Kept,
  before: readonly SqlRow[],
  after: readonly SqlRow[],
): Problem[] {
  const shown = new Set(before.map(showRow))
  const difference = firstDifference(
    before,
    mayGainRows ? after.filter((row) => shown.has(showRow(row))) : after,
  )
  return difference === null
    ? []
    : [makeProblem('old data', { subject: { type: 'table', name: table }, ...difference })]
}
