import * as fc from 'fast-check'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import { type RowOptions, validRows } from './rows.ts'
import type { TableModel } from './table-model.ts'

/** A row with one fault, and the extended result code that SQLite must return for it. */
export interface InvalidRow {
  readonly row: SqlRow
  readonly fault: string
  readonly code: string
  /** Columns whose values are copied from an existing row. */
  readonly copies: readonly string[]
}

/** A row that the table accepts although it should not. */
export interface HazardousRow {
  readonly row: SqlRow
  readonly hazard: string
}

/** Codes that SQLite raises before it checks uniqueness. */
const BEFORE_UNIQUENESS = ['SQLITE_MISMATCH', 'SQLITE_CONSTRAINT_NOTNULL', 'SQLITE_CONSTRAINT_CHECK']

/** Whether SQLite reports the fault before it checks that the key of the row is new. */
export function isMetBeforeUniqueness({ code }: InvalidRow): boolean {
  return BEFORE_UNIQUENESS.includes(code)
}

/** Rows with each fault that the table can detect. */
export function invalidRows(model: TableModel): fc.Arbitrary<InvalidRow> {
  const rows = validRows(model)
  const faults = [
    ...missingValues(model),
    ...wrongNumbers(model),
    ...brokenChecks(model),
    ...copiedColumns(model),
    ...orphans(model),
  ]
  return fc.oneof(
    ...faults.map(({ code, fault, copies = [], values = unchanged, corrupt = change }) =>
      fc.tuple(rows, values).map(([row, changed]) => ({ row: corrupt(row, changed), fault, code, copies })),
    ),
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

/** How a valid row is made invalid: by default, some of its values are replaced. */
interface RowFault extends Pick<InvalidRow, 'fault' | 'code'>, Partial<Pick<InvalidRow, 'copies'>> {
  readonly values?: fc.Arbitrary<SqlRow>
  readonly corrupt?: (row: SqlRow, changed: SqlRow) => SqlRow
}

const unchanged = fc.constant<SqlRow>({})
const change = (row: SqlRow, changed: SqlRow): SqlRow => ({ ...row, ...changed })

function missingValues(model: TableModel): RowFault[] {
  const code = 'SQLITE_CONSTRAINT_NOTNULL'
  return Object.entries(model.columns).flatMap(([name, column]) => {
    const faults: RowFault[] = []
    if (!column.nullable) {
      faults.push({ code, fault: `NULL in ${name}`, values: fc.constant({ [name]: null }) })
    }
    if (column.absent.is === 'refused') {
      faults.push({ code, fault: `no ${name}`, corrupt: (row) => without(row, name) })
    }
    return faults
  })
}

function wrongNumbers(model: TableModel): RowFault[] {
  const [name] = model.key
  if (model.rowNumbers === undefined || name === undefined) return []
  const junk = fc.constantFrom<SqlValue>('one', '', 1.5, new Uint8Array([1]))
  return [
    {
      fault: `no whole number in ${name}`,
      code: 'SQLITE_MISMATCH',
      values: junk.map((value) => ({ [name]: value })),
    },
  ]
}

function brokenChecks(model: TableModel): RowFault[] {
  const code = 'SQLITE_CONSTRAINT_CHECK'
  return model.checks.map(({ label, violations }) => {
    return { fault: `CHECK ${label}`, code, values: violations }
  })
}

function copiedColumns({ key, unique }: TableModel): RowFault[] {
  const copy = (copies: readonly string[], code: string): RowFault => {
    return { fault: `the ${copies.join(', ')} of another row`, code, copies }
  }
  const keys = key.length === 0 ? [] : [copy(key, 'SQLITE_CONSTRAINT_PRIMARYKEY')]
  return [...keys, ...unique.map((columns) => copy(columns, 'SQLITE_CONSTRAINT_UNIQUE'))]
}

function orphans(model: TableModel): RowFault[] {
  const code = 'SQLITE_CONSTRAINT_FOREIGNKEY'
  return model.references.map(({ orphans: values, parent }) => {
    return { fault: `no such row of ${parent}`, code, values }
  })
}

function without(row: SqlRow, name: string): SqlRow {
  const { [name]: _, ...rest } = row
  return rest
}
