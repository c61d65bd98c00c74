import * as fc from 'fast-check'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { describeDefault } from '../checks/columns.ts'
import { adoptRows, type DatabaseRows, databaseRows } from '../database-rows.ts'
import {
  type HazardousRow,
  hazardousRows,
  type InvalidRow,
  invalidRows,
  isMetBeforeUniqueness,
} from '../faults.ts'
import { ACCEPTED, inSavepoint, outcomeOf } from '../outcome.ts'
import { validRows } from '../rows.ts'
import { countRows, emptyTables, insertRow, insertRows, matchColumns, pick, valuesOf } from '../statements.ts'
import { modelOf, type TableModel, withParents } from '../table-model.ts'
import { agreeIn, clash, coerce, sameValue, shareIdentity, showRow, showValue } from '../values.ts'
import { defineProperty, type Property } from './property.ts'

/** Rows for one table: some that it accepts, and some that it then refuses. */
interface Case {
  readonly parents: DatabaseRows
  readonly valid: readonly SqlRow[]
  readonly hazardous: readonly HazardousRow[]
  readonly invalid: readonly InvalidRow[]
}

/** What the property of a table is called. */
export const constraintsName = (table: string) => `constraints of ${table}`

/**
 * A table accepts valid rows and returns them unchanged; it refuses each invalid row with its error code and
 * stays unchanged; and it accepts its known hazards.
 */
export function constraintsProperty(
  connection: Connection,
  models: readonly TableModel[],
  table: string,
): Property {
  const model = modelOf(models, table)
  return defineProperty(constraintsName(table), cases(models, model), (value) =>
    inSavepoint(connection, () => {
      emptyTables(connection, models)
      return checkCase(connection, model, value)
    }),
  )
}

function cases(models: readonly TableModel[], model: TableModel): fc.Arbitrary<Case> {
  const ancestors = withParents(models, [model.name]).filter(({ name }) => name !== model.name)
  const hazards = hazardousRows(model)
  return fc
    .record({
      parents: databaseRows(ancestors, { maxRows: 4 }),
      valid: fc.array(validRows(model), { minLength: 1, maxLength: 12, size: 'max' }),
      hazardous: hazards === null ? noHazards : fc.array(hazards, { maxLength: 2 }),
      invalid: fc.array(invalidRows(model), { minLength: 1, maxLength: 12, size: 'max' }),
    })
    .map(({ parents, valid, hazardous, invalid }) => {
      const kept = adoptRows(model, valid, parents)
      const taken = [...kept]
      const isNew = (row: SqlRow) => !taken.some((other) => clash(model, row, other))
      const taking = hazardous.flatMap(({ row, hazard }) =>
        adoptRows(model, [row], parents)
          .filter((adopted) => isNew(adopted) && taken.push(adopted) > 0)
          .map((adopted) => ({ row: adopted, hazard })),
      )
      return {
        parents,
        valid: kept,
        hazardous: taking,
        invalid: invalid.filter((fault) => kept.length > 0 && isSingle(model, fault, taken)),
      }
    })
}

/** Whether a row has no other fault than its own: any key that it does not copy must be new, where that matters. */
function isSingle(model: TableModel, fault: InvalidRow, taken: readonly SqlRow[]): boolean {
  if (isMetBeforeUniqueness(fault)) return true
  const others = [model.key, ...model.unique].filter((columns) => columns !== fault.copies)
  return !taken.some(
    (row) =>
      others.some((columns) => agreeIn(model, columns, fault.row, row)) ||
      shareIdentity(model, fault.row, row),
  )
}

const noHazards = fc.constant<HazardousRow[]>([])

function checkCase(connection: Connection, model: TableModel, value: Case): Problem[] {
  const failures: Problem[] = []
  const report = (expected: string, actual: string) => {
    failures.push(
      makeProblem('constraints', { subject: { type: 'table', name: model.name }, expected, actual }),
    )
  }
  for (const [parent, rows] of Object.entries(value.parents)) insertRows(connection, parent, rows)
  const taken = [...value.valid, ...value.hazardous.map(({ row }) => row)]
  const before = Date.now()
  for (const row of taken) {
    const outcome = outcomeOf(() => insertRow(connection, model.name, row))
    if (outcome !== ACCEPTED) report(`the row ${showRow(row)} to be accepted`, outcome)
  }
  const after = Date.now()
  if (failures.length > 0) return failures
  for (const [position, fault] of value.invalid.entries()) {
    const others = taken.filter((other) => fault.copies.every((name) => (other[name] ?? null) !== null))
    const other = others[position % others.length]
    if (other === undefined) continue
    const row = fault.copies.length === 0 ? fault.row : { ...fault.row, ...pick(other, fault.copies) }
    const outcome = outcomeOf(() => insertRow(connection, model.name, row))
    if (outcome !== fault.code) report(`${fault.code} for ${fault.fault} in ${showRow(row)}`, outcome)
  }
  if (failures.length > 0) return failures
  // One read shows both: accepted rows are stored unchanged, and refused ones left no trace.
  const stored = readInserted(connection, model, taken)
  for (const [position, row] of taken.entries())
    compareStored(model, row, stored[position], [before, after], report)
  const count = countRows(connection, [model.name]).get(model.name)
  if (count !== taken.length) report(`${taken.length} rows`, `${count}`)
  return failures
}

/** The stored rows in the order in which they were inserted: by rowid, or looked up by key. */
function readInserted(
  connection: Connection,
  model: TableModel,
  inserted: readonly SqlRow[],
): readonly SqlRow[] {
  const all = `SELECT * FROM ${quoteName(model.name)}`
  if (!model.withoutRowid && model.rowNumbers === undefined) return connection.all(`${all} ORDER BY _rowid_`)
  const byKey = `${all} WHERE ${matchColumns(model.key)}`
  return inserted.map((row) => connection.all(byKey, valuesOf(row, model.key))[0] ?? {})
}

function compareStored(
  model: TableModel,
  given: SqlRow,
  stored: SqlRow = {},
  [before, after]: readonly [number, number],
  report: (expected: string, actual: string) => void,
): void {
  for (const [name, column] of Object.entries(model.columns)) {
    const value = given[name]
    const actual = stored[name]
    if (value === undefined) {
      const wrong = describeDefault(column, actual, before, after)
      if (wrong !== null) report(`the default ${wrong} in ${name}`, showValue(actual))
    } else if (!sameValue(coerce(value, column.affinity), actual)) {
      report(`${showValue(value)} in ${name}`, showValue(actual))
    }
  }
}
