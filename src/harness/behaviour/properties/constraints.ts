import * as fc from 'fast-check'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { describeDefault } from '../checks/columns.ts'
import { coerce } from '../coercion.ts'
import { agreeIn, clash } from '../collation.ts'
import { adoptRows, type Contents, contents } from '../contents.ts'
import type { BehaviourFailure } from '../failure.ts'
import {
  type HazardousRow,
  hazardousRows,
  type InvalidRow,
  invalidRows,
  isMetBeforeUniqueness,
} from '../faults.ts'
import { ACCEPTED, inSavepoint, outcomeOf } from '../outcome.ts'
import { validRows } from '../rows.ts'
import { emptyTables, insertRow, insertRows, matchColumns, pick, readRows, valuesOf } from '../statements.ts'
import { modelOf, type TableModel, withParents } from '../table-model.ts'
import { firstDifference, sameValue, showRow, showValue } from '../values.ts'
import { defineProperty, type Property } from './property.ts'

/** Rows for one table: some that it takes, and some that it refuses while the first are there. */
interface Case {
  readonly parents: Contents
  readonly valid: readonly SqlRow[]
  readonly hazardous: readonly HazardousRow[]
  readonly invalid: readonly InvalidRow[]
}

/**
 * A table takes valid rows and gives them back as they were; it meets each invalid row with its code and
 * stays as it was; and it takes its known hazards.
 */
export function constraintsProperty(
  connection: Connection,
  models: readonly TableModel[],
  table: string,
): Property {
  const model = modelOf(models, table)
  return defineProperty(`constraints of ${table}`, cases(models, model), (value) =>
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
      parents: contents(ancestors, { maxRows: 4 }),
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

/** Whether a row has no other fault than its own: what it does not copy must be new, where that matters. */
function isSingle(model: TableModel, fault: InvalidRow, taken: readonly SqlRow[]): boolean {
  if (isMetBeforeUniqueness(fault)) return true
  const others = [model.key, ...model.unique].filter((columns) => columns !== fault.copies)
  return !taken.some((row) => others.some((columns) => agreeIn(model, columns, fault.row, row)))
}

const noHazards = fc.constant<HazardousRow[]>([])

function checkCase(connection: Connection, model: TableModel, value: Case): BehaviourFailure[] {
  const failures: BehaviourFailure[] = []
  const report = (expected: string, actual: string) => {
    failures.push({ check: 'constraints', object: model.name, expected, actual })
  }
  for (const [parent, rows] of Object.entries(value.parents)) insertRows(connection, parent, rows)
  const before = Date.now()
  const taken = [...value.valid, ...value.hazardous.map(({ row }) => row)]
  for (const row of taken) {
    const outcome = outcomeOf(() => insertRow(connection, model.name, row))
    if (outcome === ACCEPTED) compareStored(model, row, readInserted(connection, model, row), before, report)
    else report(`the row ${showRow(row)} to be accepted`, outcome)
  }
  const stored = readRows(connection, model.name)
  if (stored.length !== taken.length) report(`${taken.length} rows`, `${stored.length}`)
  if (failures.length > 0) return failures
  for (const [place, fault] of value.invalid.entries()) {
    const others = stored.filter((candidate) => fault.copies.every((name) => candidate[name] !== null))
    const other = others[place % others.length]
    if (other === undefined) continue
    const row = { ...fault.row, ...pick(other, fault.copies) }
    const outcome = outcomeOf(() => insertRow(connection, model.name, row))
    if (outcome !== fault.code) report(`${fault.code} for ${fault.fault} in ${showRow(row)}`, outcome)
  }
  const difference = firstDifference(stored, readRows(connection, model.name))
  if (difference !== null) report(`after refused rows ${difference.expected}`, difference.actual)
  return failures
}

function readInserted(connection: Connection, model: TableModel, row: SqlRow): SqlRow {
  const table = quoteName(model.name)
  const [stored = {}] = model.withoutRowid
    ? connection.all(`SELECT * FROM ${table} WHERE ${matchColumns(model.key)}`, valuesOf(row, model.key))
    : connection.all(`SELECT * FROM ${table} WHERE _rowid_ = last_insert_rowid()`)
  return stored
}

function compareStored(
  model: TableModel,
  given: SqlRow,
  stored: SqlRow,
  before: number,
  report: (expected: string, actual: string) => void,
): void {
  for (const [name, column] of Object.entries(model.columns)) {
    const value = given[name]
    const actual = stored[name]
    if (value === undefined) {
      const wrong = describeDefault(column, actual, before, Date.now())
      if (wrong !== null) report(`the default ${wrong} in ${name}`, showValue(actual))
    } else if (!sameValue(coerce(value, column.affinity), actual)) {
      report(`${showValue(value)} in ${name}`, showValue(actual))
    }
  }
}
