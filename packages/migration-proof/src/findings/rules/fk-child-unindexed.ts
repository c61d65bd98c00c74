import { countOf } from '../../count.ts'
import type { ForeignKey, Table } from '../../schema/model.ts'
import type { SqlValue } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import type { PrivateCopy } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { type SchemaEdge, soundEdges } from '../subject.ts'
import { fillTable } from '../synthetic-rows.ts'
import { planOf, visit } from '../visits.ts'

const rowCount = 10_000

export const fkChildUnindexed: Rule = {
  code: 'fk-child-unindexed',
  severity: 'warning',
  reason:
    'Without an index on the columns of a foreign key, each DELETE of a parent reads the whole child table.',
  fix: 'Create an index that begins with the columns of the foreign key.',
  source: 'https://www.sqlite.org/foreignkeys.html#fk_indexes',
  find: (subject) =>
    soundEdges(subject)
      .filter((edge) => !hasIndex(edge))
      .flatMap((edge) => showScan(subject, edge)),
}

/** Whether an index begins with the columns, in any order, or the column is the rowid. */
function hasIndex({ child, key }: SchemaEdge): boolean {
  const wanted = key.columns.map(foldName)
  const isPrefix = (columns: readonly { readonly column: string | null }[]) =>
    wanted.every((name) =>
      columns.slice(0, wanted.length).some(({ column }) => column !== null && foldName(column) === name),
    )
  const isKey = child.primaryKey !== null && isPrefix(child.primaryKey.columns)
  return isKey || child.indexes.some(({ columns, where }) => where === null && isPrefix(columns))
}

function showScan(
  subject: FindingsSubject,
  { child, key, parent, subject: about }: SchemaEdge & { parent: Table },
): Sighting[] {
  using copy = subject.open()
  if (fillTable(copy, subject.schema, child, rowCount) === 0) return []
  const columns = key.columns.map(quoteName).join(', ')
  const deletion = `DELETE FROM ${quoteName(parent.name)} WHERE ${match(key.parentColumns)}`
  const cascade = `DELETE FROM ${quoteName(child.name)} WHERE ${match(key.columns)}`
  const childlessKey = childless(copy, child, key)
  if (childlessKey === null) return []
  const before = planOf(copy.connection, deletion, childlessKey, child.name)
  const visited = visit(copy, cascade, childlessKey).rows
  const index = `CREATE INDEX ${quoteName(`try_${child.name}`)} ON ${quoteName(child.name)} (${columns})`
  copy.connection.exec(index)
  const after = planOf(copy.connection, deletion, childlessKey, child.name)
  const visitedAfter = visit(copy, cascade, childlessKey).rows
  return [
    {
      subject: about,
      fix: `CREATE INDEX … ON ${child.name} (${key.columns.join(', ')}).`,
      evidence: [
        {
          ran: `DELETE of a row of ${parent.name} without children, beside ${countOf(rowCount, 'row')} of ${child.name}`,
          happened: `${before}; ${countOf(visited, 'row')} of ${child.name} visited`,
        },
        {
          ran: `the same with an index on ${child.name} (${key.columns.join(', ')})`,
          happened: `${after}; ${countOf(visitedAfter, 'row')} of ${child.name} visited`,
        },
      ],
    },
  ]
}

/** The key of a parent that no child has. */
function childless({ connection }: PrivateCopy, child: Table, key: ForeignKey): SqlValue[] | null {
  const own = key.parentColumns
    .map((name, position) => `parent.${quoteName(name)} AS key${position}`)
    .join(', ')
  const pairs = key.parentColumns.map(
    (name, position) => `parent.${quoteName(name)} = child.${quoteName(key.columns[position] ?? '')}`,
  )
  const [row] = connection.all(
    `SELECT ${own} FROM ${quoteName(key.parent)} AS parent
     WHERE NOT EXISTS (SELECT 1 FROM ${quoteName(child.name)} AS child WHERE ${pairs.join(' AND ')}) LIMIT 1`,
  )
  return row === undefined ? null : Object.values(row)
}

function match(columns: readonly string[]): string {
  return columns.map((name) => `${quoteName(name)} = ?`).join(' AND ')
}
