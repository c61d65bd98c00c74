import * as fc from 'fast-check'
import type { SqlRow, SqlValue } from '../../sql/connection.ts'
import { hazardousRows } from '../faults.ts'
import { validRows } from '../rows.ts'
import { columnOf, type TableModel } from '../table-model.ts'
import type { Step } from './run.ts'

/**
 * What happens to a database over time: rows are inserted, replaced, changed, purged and deleted, a deleted parent
 * cascades to its children, transactions fail, and the application restarts.
 */
export function anyStep(models: readonly TableModel[]): fc.Arbitrary<Step> {
  const keyed = models.filter(({ key }) => key.length > 0)
  const parents = keyed.filter(({ name }) =>
    models.some(({ references }) => references.some(({ parent }) => parent === name)),
  )
  return fc.oneof(
    ...weighted(12, models.map(insertStep)),
    ...weighted(2, models.map(wildInsertStep)),
    ...weighted(2, models.filter(isReplaceable).map(replaceStep)),
    ...weighted(3, keyed.map(wildUpdateStep)),
    ...weighted(3, keyed.flatMap(plainUpdateSteps)),
    ...weighted(3, keyed.map(deleteStep)),
    ...weighted(3, models.flatMap(purgeSteps)),
    ...weighted(
      3,
      parents.flatMap((model) => [insertStep(model), deleteStep(model)]),
    ),
    ...weighted(4, [transactionSteps()]),
  )
}

/** One of the choices; nothing if there are none. */
function weighted(weight: number, choices: readonly fc.Arbitrary<Step>[]) {
  return choices.length === 0 ? [] : [{ weight, arbitrary: fc.oneof(...choices) }]
}

/**
 * Where a table refers to its own row numbers, INSERT OR REPLACE accepts orphans. Seen on 3.40.1 and 3.53.2:
 * `CREATE TABLE c (id INTEGER PRIMARY KEY, r INTEGER REFERENCES c(id))` accepts `INSERT OR REPLACE INTO c VALUES (4, 2)`,
 * and `PRAGMA foreign_key_check` then names the row.
 */
function isReplaceable({ name, rowNumbers, references }: TableModel): boolean {
  return rowNumbers === undefined || !references.some(({ parent }) => parent === name)
}

/** An INSERT of a row that is valid by itself; its key may exist already, and its parents may be missing. */
function insertStep(model: TableModel): fc.Arbitrary<Step> {
  const rows = hazardousRows(model, { withoutClock: true })
  const valid = freeNumbers(model, validRows(model, { withoutClock: true }))
  const row =
    rows === null ? valid : fc.oneof({ weight: 9, arbitrary: valid }, { weight: 1, arbitrary: hazard(rows) })
  return row.map((values) => ({ do: 'insert', table: model.name, row: values }))
}

/** An INSERT of a row with any number of faults. */
function wildInsertStep(model: TableModel): fc.Arbitrary<Step> {
  return wildRows(model).map((row) => ({ do: 'insert', table: model.name, row }))
}

/** An INSERT OR REPLACE: conflicting rows are deleted first, and their children with them. */
function replaceStep(model: TableModel): fc.Arbitrary<Step> {
  const rows = fc.oneof(validRows(model, { withoutClock: true }), wildRows(model))
  return rows.map((row) => ({ do: 'insert', table: model.name, row, orReplace: true }))
}

/** An UPDATE of the row with a key. */
function updateStep(model: TableModel, set: fc.Arbitrary<SqlRow>): fc.Arbitrary<Step> {
  return fc
    .tuple(keys(model), set)
    .map(([where, changed]) => ({ do: 'update', table: model.name, where, set: changed }))
}

/** An UPDATE of one column outside the key to a value that it accepts; none for a table of key columns alone. */
function plainUpdateSteps(model: TableModel): fc.Arbitrary<Step>[] {
  const changes = Object.entries(model.columns)
    .filter(([name]) => !model.key.includes(name))
    .map(([name, { values }]) => values.map((value): SqlRow => ({ [name]: value })))
  return changes.length === 0 ? [] : [updateStep(model, fc.oneof(...changes))]
}

/** An UPDATE of any column, including the key, to any value. */
function wildUpdateStep(model: TableModel): fc.Arbitrary<Step> {
  const changes = Object.keys(model.columns).map((name) =>
    wildValue(model, name).map((value): SqlRow => ({ [name]: value })),
  )
  return updateStep(model, fc.oneof(...changes))
}

/** A DELETE of the row with a key. */
function deleteStep(model: TableModel): fc.Arbitrary<Step> {
  return keys(model).map((where) => ({ do: 'delete', table: model.name, where }))
}

/** A purge of expired rows; none for a table that is never purged. */
function purgeSteps({ name, expiry }: TableModel): fc.Arbitrary<Step>[] {
  if (expiry === undefined) return []
  return [expiry.cutoffs.map((cutoff) => ({ do: 'purge', table: name, cutoff }))]
}

/** Transactions, nested ones too, and closing and reopening the database. */
function transactionSteps(): fc.Arbitrary<Step> {
  return fc.constantFrom<Step>(
    { do: 'begin' },
    { do: 'begin' },
    { do: 'commit' },
    { do: 'roll back' },
    { do: 'reopen' },
  )
}

function keys(model: TableModel): fc.Arbitrary<SqlRow> {
  return fc
    .tuple(...model.key.map((name) => columnOf(model, name).values))
    .map((values) => Object.fromEntries(model.key.map((name, position) => [name, values[position] ?? null])))
}

/** Where the table assigns row numbers, usually leaves the number to it. */
function freeNumbers(model: TableModel, rows: fc.Arbitrary<SqlRow>): fc.Arbitrary<SqlRow> {
  const [key] = model.key
  if (model.rowNumbers === undefined || key === undefined) return rows
  return fc
    .tuple(rows, fc.nat({ max: 3 }))
    .map(([row, choice]) => (choice === 0 ? row : { ...row, [key]: null }))
}

function hazard(rows: fc.Arbitrary<{ row: SqlRow }>): fc.Arbitrary<SqlRow> {
  return rows.map(({ row }) => row)
}

function wildRows(model: TableModel): fc.Arbitrary<SqlRow> {
  const names = Object.keys(model.columns)
  return fc.tuple(...names.map((name) => wildValue(model, name, ABSENT))).map((values) => {
    const present = names.map((name, position): [string, SqlValue | typeof ABSENT] => [
      name,
      values[position] ?? null,
    ])
    return Object.fromEntries(present.filter((entry): entry is [string, SqlValue] => entry[1] !== ABSENT))
  })
}

const ABSENT = Symbol('absent')

/** Nearly always a valid value, so that a row has few faults and each of them takes effect. */
function wildValue<Extra = never>(
  model: TableModel,
  name: string,
  ...extras: Extra[]
): fc.Arbitrary<SqlValue | Extra> {
  const { absent, affinity, values } = columnOf(model, name)
  if (absent.is === 'clock') return values
  const odd: (SqlValue | Extra)[] = [null, 'odd', '12', new Uint8Array([0, 255]), 12n, ...extras]
  if (affinity !== 'TEXT') odd.push(1.5)
  return fc.oneof({ weight: 14, arbitrary: values }, { weight: 1, arbitrary: fc.constantFrom(...odd) })
}
