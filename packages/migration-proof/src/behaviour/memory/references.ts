import type { SqlRow, SqlValue } from '../../sql/connection.ts'
import { equalIn } from '../collation.ts'
import { type ColumnModel, columnOf, type ReferenceModel, type TableModel } from '../table-model.ts'
import { sameValue } from '../values.ts'
import { checkRow } from './memory-table.ts'
import { Refusal, type State, tableOf, withRows } from './state.ts'

/** Whether a row refers to a parent that is not there. A reference with a NULL in it refers to nothing. */
export function refersToNobody(state: State, model: TableModel, row: SqlRow): boolean {
  return model.references.some((reference) => {
    if (reference.columns.some((name) => row[name] === null)) return false
    const { model: parent, rows } = tableOf(state, reference.parent)
    return !rows.some((candidate) => refersTo(parent, reference, row, candidate))
  })
}

/** Deletes rows, and does to their children what the references say. */
export function removeRows(state: State, name: string, rows: readonly SqlRow[]): State {
  if (rows.length === 0) return state
  const doomed = new Set(rows)
  const kept = tableOf(state, name).rows.filter((row) => !doomed.has(row))
  return eachChild(withRows(state, name, kept), name, rows, (next, child, reference, children) =>
    actOn(next, child, reference, children, reference.onDelete, null),
  )
}

/** Does to the children of a row what the references say when the row's key has changed. */
export function followUpdate(state: State, model: TableModel, before: SqlRow, after: SqlRow): State {
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
      (place) => after[parentColumns[place] ?? ''] ?? null,
    )
  })
}

/** A key that differs only as its collation does not see counts as the same. */
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

/** Whether a row refers to another: the parent's columns say what is equal. */
function refersTo(
  parent: TableModel,
  { columns, parentColumns }: ReferenceModel,
  child: SqlRow,
  row: SqlRow,
): boolean {
  return columns.every((name, place) => {
    const key = parentColumns[place] ?? ''
    return equalIn(columnOf(parent, key), child[name], row[key])
  })
}

function actOn(
  state: State,
  child: TableModel,
  { columns }: ReferenceModel,
  children: readonly SqlRow[],
  action: ReferenceModel['onDelete'],
  newValue: ((place: number) => SqlValue) | null,
): State {
  if (action === 'NO ACTION') throw new Refusal('SQLITE_CONSTRAINT_FOREIGNKEY')
  if (action === 'RESTRICT') throw new Refusal('SQLITE_CONSTRAINT_TRIGGER')
  if (action === 'CASCADE' && newValue === null) return removeRows(state, child.name, children)
  const changed = new Map(
    children.map((row) => {
      const values = columns.map((name, place): [string, SqlValue] => {
        if (action === 'CASCADE') return [name, newValue?.(place) ?? null]
        return [name, action === 'SET DEFAULT' ? constantDefault(child, name) : null]
      })
      return [row, changeRow(child, row, Object.fromEntries(values))]
    }),
  )
  const rows = tableOf(state, child.name).rows.map((row) => changed.get(row) ?? row)
  const after = withRows(state, child.name, rows)
  if (action === 'SET DEFAULT' && [...changed.values()].some((row) => refersToNobody(after, child, row))) {
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
