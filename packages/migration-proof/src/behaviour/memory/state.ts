import type { SqlRow } from '../../sql/connection.ts'
import type { Outcome } from '../outcome.ts'
import type { MemoryTable } from './memory-table.ts'

/** The tables by name; a value of this type never changes. */
export type State = ReadonlyMap<string, MemoryTable>

/** Ends a statement that is refused. */
export class Refusal {
  readonly code: Outcome

  constructor(code: Outcome) {
    this.code = code
  }
}

export function tableOf(state: State, name: string): MemoryTable {
  const table = state.get(name)
  if (table === undefined) throw new RangeError(`There is no model of the table ${name}`)
  return table
}

/** The state with other rows in a table. */
export function withRows(state: State, name: string, rows: readonly SqlRow[]): State {
  return new Map(state).set(name, { ...tableOf(state, name), rows })
}
