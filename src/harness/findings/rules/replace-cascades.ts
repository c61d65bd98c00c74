import type { Table } from '../../schema/model.ts'
import { quoteName } from '../../sql/names.ts'
import { attemptInsert, countRows } from '../attempt.ts'
import { soundEdges } from '../edges.ts'
import type { Evidence, Rule } from '../finding.ts'
import { makeRows } from '../planted-rows.ts'
import type { FindingsSubject } from '../subject.ts'

export const replaceCascades: Rule = {
  code: 'replace-cascades',
  severity: 'warning',
  reason:
    'INSERT OR REPLACE deletes the old row first: ON DELETE CASCADE then takes its children, SET NULL unbinds them.',
  remedy: 'Never REPLACE into the table: use INSERT … ON CONFLICT DO UPDATE.',
  source: 'https://www.sqlite.org/lang_conflict.html',
  find: (subject) => {
    const edges = soundEdges(subject).filter(({ key }) => key.onDelete === 'CASCADE')
    const parents = [...new Set(edges.map(({ parent }) => parent))]
    return parents.flatMap((parent) => {
      const children = edges.filter((edge) => edge.parent === parent && edge.child !== parent)
      const [first, ...others] = children.flatMap(({ child }) => replaceParent(subject, parent, child))
      return first === undefined ? [] : [{ object: parent.name, evidence: [first, ...others] }]
    })
  },
}

function replaceParent(subject: FindingsSubject, parent: Table, child: Table): Evidence[] {
  using copy = subject.open()
  const { connection } = copy
  const rows = makeRows(copy, subject.schema, child)
  for (const row of rows) attemptInsert(connection, child.name, row)
  const before = countRows(connection, child.name)
  const same = connection.all(`SELECT * FROM ${quoteName(parent.name)}`)
  for (const row of same) attemptInsert(connection, parent.name, row, 'INSERT OR REPLACE')
  const after = countRows(connection, child.name)
  if (after >= before) return []
  return [
    {
      ran: `INSERT OR REPLACE of unchanged rows of ${parent.name}, with ${before} rows in ${child.name}`,
      happened: `${after} of ${before} rows of ${child.name} left`,
    },
  ]
}
