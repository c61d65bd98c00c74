import * as fc from 'fast-check'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import { type RowOptions, validRows } from './rows.ts'
import type { TableModel } from './table-model.ts'

/** A row with one fault, and the extended result code that the fault must meet. */
export interface InvalidRow {
  readonly row: SqlRow
  readonly fault: string
  readonly code: string
  /** Columns whose values are to be copied from a row that is already there. */
  readonly copies: readonly string[]
}

/** A row that is taken although it should not be. */
export interface HazardousRow {
  readonly row: SqlRow
  readonly hazard: string
}

/** Codes that SQLite raises before it looks whether the row is unique. */
const BEFORE_UNIQUENESS = ['SQLITE_MISMATCH', 'SQLITE_CONSTRAINT_NOTNULL', 'SQLITE_CONSTRAINT_CHECK']

/** Whether SQLite meets the fault before it looks whether the row's key is new. */
export function isMetBeforeUniqueness({ code }: InvalidRow): boolean {
  return BEFORE_UNIQUENESS.includes(code)
}

/** Rows with each fault that the table can see. */
export function invalidRows(model: TableModel): fc.Arbitrary<InvalidRow> {
  const rows = validRows(model)
  return fc.oneof(
    ...[
      ...missingValues(model),
      ...wrongNumbers(model),
      ...brokenChecks(model),
      ...copiedColumns(model),
      ...orphans(model),
    ].map((fault) => rows.chain((row) => fault(row))),
  )
}

/** Rows with each known hazard of the table; null for a table that has none. */
export function hazardousRows(
  model: TableModel,
  options: RowOptions = {},
): fc.Arbitrary<HazardousRow> | null {
  if (model.hazards.length === 0) return null
  const rows = validRows(model, options)
  return fc.oneof(
    ...model.hazards.map(({ label, values }) =>
      fc.tuple(rows, values).map(([row, changed]) => ({ row: { ...row, ...changed }, hazard: label })),
    ),
  )
}

type Fault = (row: SqlRow) => fc.Arbitrary<InvalidRow>

function missingValues(model: TableModel): Fault[] {
  return Object.entries(model.columns).flatMap(([name, column]) => {
    const refused = { code: 'SQLITE_CONSTRAINT_NOTNULL', copies: [] }
    const faults: Fault[] = []
    if (!column.nullable) {
      faults.push((row) =>
        fc.constant({ ...refused, row: { ...row, [name]: null }, fault: `NULL in ${name}` }),
      )
    }
    if (column.absent.is === 'refused') {
      faults.push((row) => fc.constant({ ...refused, row: without(row, name), fault: `no ${name}` }))
    }
    return faults
  })
}

function wrongNumbers(model: TableModel): Fault[] {
  const [name] = model.key
  if (model.rowNumbers === undefined || name === undefined) return []
  const junk = fc.constantFrom<SqlValue>('one', '', 1.5, new Uint8Array([1]))
  return [
    (row) =>
      junk.map((value) => ({
        row: { ...row, [name]: value },
        fault: `no whole number in ${name}`,
        code: 'SQLITE_MISMATCH',
        copies: [],
      })),
  ]
}

function brokenChecks(model: TableModel): Fault[] {
  return model.checks.map(
    ({ label, violations }): Fault =>
      (row) =>
        violations.map((values) => ({
          row: { ...row, ...values },
          fault: `CHECK ${label}`,
          code: 'SQLITE_CONSTRAINT_CHECK',
          copies: [],
        })),
  )
}

function copiedColumns({ key, unique }: TableModel): Fault[] {
  const copy =
    (copies: readonly string[], code: string): Fault =>
    (row) =>
      fc.constant({ row, fault: `the ${copies.join(', ')} of another row`, code, copies })
  const keys = key.length === 0 ? [] : [copy(key, 'SQLITE_CONSTRAINT_PRIMARYKEY')]
  return [...keys, ...unique.map((columns) => copy(columns, 'SQLITE_CONSTRAINT_UNIQUE'))]
}

function orphans(model: TableModel): Fault[] {
  return model.references.map(
    ({ orphans: values, parent }): Fault =>
      (row) =>
        values.map((changed) => ({
          row: { ...row, ...changed },
          fault: `no such row of ${parent}`,
          code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
          copies: [],
        })),
  )
}

function without(row: SqlRow, name: string): SqlRow {
  const { [name]: _, ...rest } = row
  return rest
}
