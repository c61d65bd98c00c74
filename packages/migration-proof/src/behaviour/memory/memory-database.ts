import type { SqlRow, SqlValue } from '../../sql/connection.ts'
import { ACCEPTED, type Outcome } from '../outcome.ts'
import { type ColumnModel, columnOf, modelOf, type ReferenceModel, type TableModel } from '../table-model.ts'
import { coerce, equalIn, sameValue } from '../values.ts'
import { checkRow, findConflicts, findRows, type MemoryTable, prepareRow } from './memory-table.ts'
/** The tables by name; a value of this type never changes. */
export type State = ReadonlyMap<string, MemoryTable>

/** Thrown to abort a statement that is refused. */
class Refusal {
  readonly code: Outcome

  constructor(code: Outcome) {
    this.code = code
  }
}

function tableOf(state: State, name: string): MemoryTable {
  const table = state.get(name)
  if (table === undefined) throw new RangeError(`There is no model of the table ${name}`)
  return table
}

/** The state with other rows in a table. */
function withRows(state: State, name: string, rows: readonly SqlRow[]): State {
  return new Map(state).set(name, { ...tableOf(state, name), rows })
}

/** The outcome of a statement, and how many rows it changed, cascades aside. */
export interface StatementResult {
  readonly outcome: Outcome
  readonly changes: number
}

/**
 * A database as plain data: what SQLite should hold after the same statements. It shares no code with the engine and
 * reads no schema; it knows only the models of the tables.
 */
export interface MemoryDatabase {
  insert(table: string, row: SqlRow, options?: { orReplace?: boolean }): StatementResult
  /** Changes the rows that have the values of `where`. */
  update(table: string, where: SqlRow, set: SqlRow): StatementResult
  delete(table: string, where: SqlRow): StatementResult
  /** Deletes the rows whose expiry is at most the cutoff. */
  purge(table: string, cutoff: bigint | string): StatementResult
  begin(): void
  commit(): void
  rollBack(): void
  /** How many transactions are open, nested ones included. */
  readonly depth: number
  rows(table: string): readonly SqlRow[]
}

export function createMemoryDatabase(models: readonly TableModel[]): MemoryDatabase {
  let state: State = new Map(models.map((model) => [model.name, { model, rows: [], highest: 0n }]))
  const saved: State[] = []

  /** Runs a statement; a refused one leaves the database unchanged. */
  const attempt = (work: () => { state: State; changes: number }): StatementResult => {
    try {
      const done = work()
      state = done.state
      return { outcome: ACCEPTED, changes: done.changes }
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      return { outcome: refusal.code, changes: 0 }
    }
  }
  const remove = (name: string, rows: readonly SqlRow[]) => ({
    state: removeRows(state, name, rows),
    changes: rows.length,
  })

  return {
    insert: (name, row, { orReplace = false } = {}) =>
      attempt(() => ({ state: insertRow(state, name, row, orReplace), changes: 1 })),
    update: (name, where, set) =>
      attempt(() => {
        const rows = findRows(tableOf(state, name), where)
        return {
          state: rows.reduce((next, row) => updateRow(next, name, row, set), state),
          changes: rows.length,
        }
      }),
    delete: (name, where) => attempt(() => remove(name, findRows(tableOf(state, name), where))),
    purge: (name, cutoff) => {
      const column = modelOf(models, name).expiry?.column ?? ''
      return attempt(() =>
        remove(
          name,
          tableOf(state, name).rows.filter((row) => hasExpired(row, column, cutoff)),
        ),
      )
    },
    begin: () => {
      saved.push(state)
    },
    commit: () => {
      saved.pop()
    },
    rollBack: () => {
      state = saved.pop() ?? state
    },
    get depth() {
      return saved.length
    },
    rows: (name) => tableOf(state, name).rows,
  }
}

/**
 * Whether a purge removes a row: its expiry is at most the cutoff. Numbers come before texts, and texts compare by their
 * bytes: https://www.sqlite.org/datatype3.html#sort_order
 */
export function hasExpired(row: SqlRow, column: string, cutoff: bigint | string): boolean {
  const value = row[column]
  const isNumber = typeof value === 'bigint' || typeof value === 'number'
  if (typeof cutoff === 'bigint') return isNumber && value <= cutoff
  return (
    isNumber || (typeof value === 'string' && Buffer.compare(Buffer.from(value), Buffer.from(cutoff)) <= 0)
  )
}

function insertRow(before: State, name: string, given: SqlRow, orReplace: boolean): State {
  const table = tableOf(before, name)
  const prepared = prepareRow(table, given, orReplace)
  if ('code' in prepared) throw new Refusal(prepared.code)
  const { row } = prepared
  const conflicts = findConflicts(table, row)
  if (conflicts.rows.length > 0 && !orReplace) throw new Refusal(conflicts.code)
  const cleared = removeRows(before, name, conflicts.rows)
  const after = withRows(cleared, name, [...tableOf(cleared, name).rows, row])
  if (hasMissingParent(after, table.model, row)) throw new Refusal('SQLITE_CONSTRAINT_FOREIGNKEY')
  return noteNumber(after, table.model, row)
}

function updateRow(before: State, name: string, row: SqlRow, set: SqlRow): State {
  const table = tableOf(before, name)
  const { model } = table
  const changed = { ...row }
  for (const [column, value] of Object.entries(set)) {
    changed[column] = coerce(value, columnOf(model, column).affinity)
  }
  if (model.rowNumbers !== undefined && typeof changed[model.key[0] ?? ''] !== 'bigint') {
    throw new Refusal('SQLITE_MISMATCH')
  }
  const checked = checkRow(model, changed)
  if ('code' in checked) throw new Refusal(checked.code)
  const others = table.rows.filter((other) => other !== row)
  const conflicts = findConflicts({ ...table, rows: others }, changed)
  if (conflicts.rows.length > 0) throw new Refusal(conflicts.code)
  const rows = table.rows.map((other) => (other === row ? changed : other))
  const after = followUpdate(withRows(before, name, rows), model, row, changed)
  const moved = model.references.some(({ columns }) =>
    columns.some((column) => !sameValue(row[column], changed[column])),
  )
  if (moved && hasMissingParent(after, model, changed)) throw new Refusal('SQLITE_CONSTRAINT_FOREIGNKEY')
  return after
}

/** Records the highest row number, where numbers are never reused. */
function noteNumber(state: State, model: TableModel, row: SqlRow): State {
  const number = row[model.key[0] ?? '']
  const table = tableOf(state, model.name)
  if (model.rowNumbers !== 'never reused' || typeof number !== 'bigint' || number <= table.highest)
    return state
  return new Map(state).set(model.name, { ...table, highest: number })
}

/** Whether a row refers to a parent that does not exist. A reference that contains NULL refers to nothing. */
function hasMissingParent(state: State, model: TableModel, row: SqlRow): boolean {
  return model.references.some((reference) => {
    if (reference.columns.some((name) => row[name] === null)) return false
    const { model: parent, rows } = tableOf(state, reference.parent)
    return !rows.some((candidate) => refersTo(parent, reference, row, candidate))
  })
}

/** Deletes rows, and applies the ON DELETE actions to their children. */
function removeRows(state: State, name: string, rows: readonly SqlRow[]): State {
  if (rows.length === 0) return state
  const doomed = new Set(rows)
  const kept = tableOf(state, name).rows.filter((row) => !doomed.has(row))
  return eachChild(withRows(state, name, kept), name, rows, (next, child, reference, children) =>
    actOn(next, child, reference, children, reference.onDelete, null),
  )
}

/** Applies the ON UPDATE actions to the children of a row whose key has changed. */
function followUpdate(state: State, model: TableModel, before: SqlRow, after: SqlRow): State {
  return eachChild(state, model.name, [before], (next, child, reference, children) => {
    const { parentColumns, onUpdate } = reference
    if (parentColumns.every((name) => isUnchanged(columnOf(model, name), before[name], after[name])))
      return next
    return actOn(
      next,
      child,
      reference,
      children,
      onUpdate,
      (position) => after[parentColumns[position] ?? ''] ?? null,
    )
  })
}

/** Keys that are equal under the collation of their column count as the same. */
function isUnchanged(
  column: ColumnModel,
  before: SqlValue | undefined,
  after: SqlValue | undefined,
): boolean {
  return sameValue(before, after) || equalIn(column, before, after)
}

type Follow = (
  state: State,
  child: TableModel,
  reference: ReferenceModel,
  children: readonly SqlRow[],
) => State

function eachChild(before: State, parent: string, rows: readonly SqlRow[], follow: Follow): State {
  let state = before
  for (const { model } of before.values()) {
    for (const reference of model.references) {
      if (reference.parent !== parent) continue
      const children = tableOf(state, model.name).rows.filter((child) =>
        rows.some((row) => refersTo(tableOf(before, parent).model, reference, child, row)),
      )
      if (children.length > 0) state = follow(state, model, reference, children)
    }
  }
  return state
}

/** Whether a row refers to another, compared by the collations of the parent's columns. */
function refersTo(
  parent: TableModel,
  { columns, parentColumns }: ReferenceModel,
  child: SqlRow,
  row: SqlRow,
): boolean {
  return columns.every((name, position) => {
    const key = parentColumns[position] ?? ''
    return equalIn(columnOf(parent, key), child[name], row[key])
  })
}

function actOn(
  state: State,
  child: TableModel,
  { columns }: ReferenceModel,
  children: readonly SqlRow[],
  action: ReferenceModel['onDelete'],
  newValue: ((position: number) => SqlValue) | null,
): State {
  if (action === 'NO ACTION') throw new Refusal('SQLITE_CONSTRAINT_FOREIGNKEY')
  if (action === 'RESTRICT') throw new Refusal('SQLITE_CONSTRAINT_TRIGGER')
  if (action === 'CASCADE' && newValue === null) return removeRows(state, child.name, children)
  const changed = new Map(
    children.map((row) => {
      const values = columns.map((name, position): [string, SqlValue] => {
        if (action === 'CASCADE') return [name, newValue?.(position) ?? null]
        return [name, action === 'SET DEFAULT' ? constantDefault(child, name) : null]
      })
      return [row, changeRow(child, row, Object.fromEntries(values))]
    }),
  )
  const rows = tableOf(state, child.name).rows.map((row) => changed.get(row) ?? row)
  const after = withRows(state, child.name, rows)
  if (action === 'SET DEFAULT' && [...changed.values()].some((row) => hasMissingParent(after, child, row))) {
    throw new Refusal('SQLITE_CONSTRAINT_FOREIGNKEY')
  }
  return after
}

function changeRow(model: TableModel, row: SqlRow, set: SqlRow): SqlRow {
  const checked = checkRow(model, { ...row, ...set })
  if ('code' in checked) throw new Refusal(checked.code)
  return checked.row
}

function constantDefault(model: TableModel, name: string): SqlValue {
  const { absent } = columnOf(model, name)
  return absent.is === 'value' ? absent.value : null
}
