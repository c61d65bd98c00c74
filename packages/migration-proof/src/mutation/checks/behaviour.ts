import { examplesOf } from '../../behaviour/checks/examples.ts'
import { checkBehaviour } from '../../behaviour/checks/index.ts'
import type { TableModels } from '../../behaviour/models.ts'
import { insertRow, readRows } from '../../behaviour/statements.ts'
import type { TableModel } from '../../behaviour/table-model.ts'
import { firstDifference, showValue } from '../../behaviour/values.ts'
import { followChanges, type Survivor } from '../../checks/rows/survivors.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import { ordinaryTables } from '../../snapshots/tables.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import type { Mutant } from '../model.ts'
import type { Databases } from './databases.ts'
import { tryUpgrade } from './databases.ts'
import type { MutantCheck } from './mutant-check.ts'
import { isOutcome, problemOfError } from './mutant-check.ts'

/** Runs statements, and compares only their rows, error codes and query plans. */
export const behaviour: MutantCheck = {
  name: 'behaviour',
  lacks: ({ facts }) => (facts.tables.length === 0 ? 'no tables declared' : null),
  keptBecause: 'it reads no schema, so that it does not depend on reading one correctly',
  run: (mutant, { subject: { suite, models }, databases }) => [
    ...[...new Set([mutant.version, latestVersionOf(mutant.plan)])].flatMap((version) =>
      databases.withFresh(mutant, version, (connection) =>
        checkBehaviour({ connection, facts: suite.facts, version, models }),
      ),
    ),
    ...checkSurvival(mutant, models, databases),
  ],
}

/**
 * Checks of an upgrade with statements alone: rows written before it are read after it, a trigger that a user added
 * still fires, and an AUTOINCREMENT number is not reused.
 */
function checkSurvival(mutant: Mutant, models: TableModels, databases: Databases): readonly Problem[] {
  if (mutant.version > 1 && mutant.site !== 'migrator') {
    return databases.withPrefix(mutant, (connection) =>
      follow(mutant, mutant.version - 1, models, connection),
    )
  }
  // The fault is in the first migration: the file is one from before versioning, with the same tables.
  return databases.withFresh(mutant, 1, (connection) => {
    const made = new Set(ordinaryTables(connection).map(foldName))
    for (const table of mutant.plan.versions.tables.filter((name) => made.has(foldName(name))))
      connection.exec(`DELETE FROM ${quoteName(table)}`)
    return follow(mutant, 1, models, connection)
  })
}

function follow(
  mutant: Mutant,
  before: number,
  { at }: TableModels,
  connection: Connection,
): readonly Problem[] {
  const versionTables = new Set(mutant.plan.versions.tables.map(foldName))
  const models = at(before)
  const filled = models.filter(({ name }) => !versionTables.has(foldName(name)))
  try {
    const { dataChanges = [] } = mutant.plan.migrations[mutant.version - 1] ?? {}
    const survivors = followChanges(
      filled.map(({ name }) => name),
      dataChanges,
    )
    // What a declared change makes of rows is proven by the check of conversions.
    const kept = filled.filter(({ name }) =>
      survivors.some((one) => one.table === name && one.freeBecause === null),
    )
    for (const model of filled) insertExamples(connection, model, models)
    const numbers = new Map(kept.flatMap((model) => fill(connection, model, models)))
    const rows = new Map(kept.map(({ name }) => [name, readRows(connection, name)]))
    tryUpgrade(mutant, connection, mutant.version)
    return kept.flatMap((model) => [
      ...compareRows(connection, survivors, model, rows.get(model.name) ?? []),
      ...checkTrigger(connection, model),
      ...checkNumber(connection, model, numbers),
    ])
  } catch (error) {
    if (!isOutcome(error)) throw error
    return [problemOfError('behaviour', 'statements before and after the upgrade', error)]
  }
}

function insertExamples(connection: Connection, model: TableModel, models: readonly TableModel[]): void {
  const { first, second } = examplesOf(model, models)
  for (const row of second === null ? [first] : [first, second]) insertRow(connection, model.name, row)
}

/** Adds a trigger, and a row that is deleted again, whose number must not be reused. */
function fill(
  connection: Connection,
  model: TableModel,
  models: readonly TableModel[],
): [string, SqlValue][] {
  const { first } = examplesOf(model, models)
  const isNumbered = model.rowNumbers === 'never reused'
  const numbers: [string, SqlValue][] = isNumbered
    ? [[model.name, insertAndDelete(connection, model, first)]]
    : []
  connection.exec(`CREATE TABLE ${logOf(model)} (row_number INTEGER)`)
  connection.exec(
    `CREATE TRIGGER ${quoteName(`own_${model.name}`)} AFTER UPDATE ON ${quoteName(model.name)}
     BEGIN INSERT INTO ${logOf(model)} VALUES (1); END`,
  )
  return numbers
}

function compareRows(
  connection: Connection,
  survivors: readonly Survivor[],
  { name }: TableModel,
  before: readonly SqlRow[],
): Problem[] {
  const survivor = survivors.find(({ table }) => table === name)
  const kept = Object.keys(before[0] ?? {}).flatMap((column) => {
    const after = survivor?.columnAfter(column) ?? null
    return after === null ? [] : [{ column, after }]
  })
  const after = readRows(connection, survivor?.nameAfter ?? name)
  const difference = firstDifference(
    before.map((row) => Object.fromEntries(kept.map(({ column }) => [column, row[column] ?? null]))),
    after.map((row) => Object.fromEntries(kept.map((pair) => [pair.column, row[pair.after] ?? null]))),
  )
  return difference === null ? [] : [afterUpgrade(name, difference)]
}

function afterUpgrade(name: string, compared: Pick<Problem, 'expected' | 'actual'>): Problem {
  return makeProblem('behaviour', {
    subject: { type: 'table', name, aspect: 'after the upgrade' },
    ...compared,
  })
}

function checkTrigger(connection: Connection, model: TableModel): Problem[] {
  const [column] = Object.keys(model.columns).map(quoteName)
  connection.exec(`DELETE FROM ${logOf(model)}`)
  connection.exec(`UPDATE ${quoteName(model.name)} SET ${column} = ${column}`)
  const expected = `a trigger that fires for ${readRows(connection, model.name).length} rows`
  const actual = `a trigger that fires for ${connection.all(`SELECT * FROM ${logOf(model)}`).length} rows`
  return expected === actual ? [] : [afterUpgrade(model.name, { expected, actual })]
}

function checkNumber(
  connection: Connection,
  model: TableModel,
  numbers: ReadonlyMap<string, SqlValue>,
): Problem[] {
  const before = numbers.get(model.name)
  if (before === undefined) return []
  const { first } = examplesOf(model, [model])
  const after = insertAndDelete(connection, model, first)
  if (typeof before === 'bigint' && typeof after === 'bigint' && after > before) return []
  const expected = `a number above ${showValue(before)}`
  return [afterUpgrade(model.name, { expected, actual: showValue(after) })]
}

/** Inserts a row and deletes it; returns the number that the table assigned. */
function insertAndDelete(connection: Connection, model: TableModel, row: SqlRow): SqlValue {
  const table = quoteName(model.name)
  const [key = ''] = model.key
  const { [key]: _, ...numberless } = row
  insertRow(connection, model.name, numberless)
  const number = connection.all('SELECT last_insert_rowid() AS number')[0]?.number ?? null
  connection.exec(`DELETE FROM ${table} WHERE _rowid_ = last_insert_rowid()`)
  return number
}

function logOf({ name }: TableModel): string {
  return quoteName(`own_log_of_${name}`)
}
