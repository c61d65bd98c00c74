import { countOf } from '../../count.ts'
import type { Evidence } from '../../problem.ts'
import { storedColumns } from '../../snapshots/typed-rows.ts'
import { quoteName } from '../../sql/names.ts'
import { attemptInsert, countRows } from '../attempt.ts'
import type { Rule } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { soundEdges } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const replaceCascades: Rule = {
  code: 'replace-cascades',
  severity: 'warning',
  reason:
    'INSERT OR REPLACE deletes the old row first: ON DELETE CASCADE then deletes its children, SET NULL unlinks them.',
  fix: 'Never REPLACE into the table: use INSERT … ON CONFLICT DO UPDATE.',
  source: 'https://www.sqlite.org/lang_conflict.html',
  find: (subject) => {
    const edges = soundEdges(subject).filter(
      ({ key }) => key.onDelete.startsWith('SET') || key.onDelete === 'CASCADE',
    )
    const parents = [...new Set(edges.map(({ parent }) => parent))]
    return parents.flatMap((parent) => {
      const children = edges.filter((edge) => edge.parent === parent && edge.child !== parent)
      const [first, ...others] = children.flatMap((edge) => replaceParent(subject, edge))
      return first === undefined
        ? []
        : [{ subject: { type: 'table', name: parent.name }, evidence: [first, ...others] }]
    })
  },
}

function replaceParent(
  subject: FindingsSubject,
  { child, key, parent }: ReturnType<typeof soundEdges>[number],
): Evidence[] {
  using copy = subject.open()
  const { connection } = copy
  for (const row of makeRows(copy, subject.schema, child)) attemptInsert(connection, child.name, row)
  const pairs = key.columns.map(
    (column, position) =>
      `child.${quoteName(column)} = parent.${quoteName(key.parentColumns[position] ?? '')}`,
  )
  const bound = `SELECT count(*) AS number FROM ${quoteName(child.name)} AS child
    JOIN ${quoteName(parent.name)} AS parent ON ${pairs.join(' AND ')}`
  const countBound = () => Number(connection.all(bound)[0]?.number)
  const before = countBound()
  const columns = storedColumns(connection, parent.name).map(quoteName).join(', ')
  const same = connection.all(`SELECT ${columns} FROM ${quoteName(parent.name)}`)
  for (const row of same) attemptInsert(connection, parent.name, row, 'INSERT OR REPLACE')
  const after = countBound()
  if (after >= before) return []
  const left = `${countOf(countRows(connection, child.name), 'row')} left in ${child.name}`
  return [
    {
      ran: `INSERT OR REPLACE of unchanged rows of ${parent.name}, with ${countOf(before, 'row')} in ${child.name}`,
      happened: `${left}, ${after} with their parent`,
    },
  ]
}
