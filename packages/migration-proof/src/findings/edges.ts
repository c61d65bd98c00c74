import type { ForeignKey, Table } from '../schema/model.ts'
import { findTable } from '../schema/model.ts'
import { isUniqueKey } from './planted-rows.ts'
import type { FindingsSubject } from './subject.ts'

/** A foreign key with its table. */
export interface Edge {
  readonly child: Table
  readonly key: ForeignKey
  /** `child (column)`, as findings name it. */
  readonly object: string
}

/** Every foreign key of the latest version. */
export function edgesOf({ tables }: FindingsSubject): Edge[] {
  return tables.flatMap((child) =>
    child.foreignKeys.map((key) => ({ child, key, object: `${child.name} (${key.columns.join(', ')})` })),
  )
}

/** The foreign keys whose parent is there, with a key of its own. */
export function soundEdges(subject: FindingsSubject): (Edge & { readonly parent: Table })[] {
  return edgesOf(subject).flatMap((edge) => {
    const parent = findTable(subject.schema, edge.key.parent)
    return parent !== undefined && isUniqueKey(parent, edge.key.parentColumns) ? [{ ...edge, parent }] : []
  })
}
