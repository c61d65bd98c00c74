import type { SqlRow } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import type { TableDefinition } from './definition.ts'
import type { ForeignKey, ReferentialAction, Table } from './model.ts'
import { numberOf, textOf, textOrNull } from './rows.ts'

/**
 * The foreign keys of one table in the order of its SQL. A parent column that the SQL does not name is not in
 * `parentColumns` yet: see `resolveParents`.
 *
 * @param rows of `pragma_foreign_key_list`, which counts them from the last
 */
export function readForeignKeys(rows: readonly SqlRow[], definition: TableDefinition | null): ForeignKey[] {
  const groups = new Map<number, SqlRow[]>()
  for (const row of rows) {
    const id = numberOf(row, 'id')
    groups.set(id, [...(groups.get(id) ?? []), row])
  }
  const inOrder = [...groups].sort(([a], [b]) => b - a)
  return inOrder.flatMap(([, columns], place) => {
    const [first] = columns
    if (first === undefined) return []
    const reference = definition?.references[place]
    return {
      name: reference?.name ?? null,
      columns: columns.map((row) => textOf(row, 'from')),
      parent: textOf(first, 'table'),
      parentColumns: columns.flatMap((row) => textOrNull(row, 'to') ?? []),
      onDelete: actionOf(first, 'on_delete'),
      onUpdate: actionOf(first, 'on_update'),
      match: reference?.match ?? null,
      deferrable: reference?.deferrable ?? null,
    }
  })
}

/** Fills in the parent's primary key where a foreign key names no columns of its parent. */
export function resolveParents(table: Table, tables: ReadonlyMap<string, Table>): Table {
  if (table.foreignKeys.every(({ parentColumns }) => parentColumns.length > 0)) return table
  const foreignKeys = table.foreignKeys.map((key) => {
    if (key.parentColumns.length > 0) return key
    const parent = tables.get(foldName(key.parent))
    const parentColumns = parent?.primaryKey?.columns.flatMap(({ column }) => column ?? []) ?? []
    return { ...key, parentColumns }
  })
  return { ...table, foreignKeys }
}

const actions = [
  'NO ACTION',
  'RESTRICT',
  'SET NULL',
  'SET DEFAULT',
  'CASCADE',
] as const satisfies ReferentialAction[]

function actionOf(row: SqlRow, column: string): ReferentialAction {
  const text = textOf(row, column)
  return actions.find((action) => action === text) ?? 'NO ACTION'
}
