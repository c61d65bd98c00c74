import { findTable, type Table } from '../schema/model.ts'
import { replacedTables } from '../sql/alterations.ts'
import { foldName } from '../sql/names.ts'
import type { MigrationTrial } from './trial.ts'

/** A table before and after a migration that rebuilt it. */
export interface Rebuild {
  readonly before: Table
  readonly after: Table
}

/** The tables that a migration drops or renames, and that exist again afterwards. */
export function rebuildsOf({ statements, before, after }: MigrationTrial): Rebuild[] {
  if (after === null) return []
  const gone = replacedTables(statements)
  return [...before.tables.values()].flatMap((table) => {
    const next = findTable(after, table.name)
    return gone.has(foldName(table.name)) && next !== undefined ? [{ before: table, after: next }] : []
  })
}
