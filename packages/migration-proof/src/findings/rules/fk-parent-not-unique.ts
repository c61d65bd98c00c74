import { findTable } from '../../schema/model.ts'
import { attemptInsert } from '../attempt.ts'
import type { Rule } from '../finding.ts'
import { edgesOf } from '../subject.ts'
import { isUniqueKey, makeRows } from '../synthetic-rows.ts'

export const fkParentNotUnique: Rule = {
  code: 'fk-parent-not-unique',
  severity: 'error',
  reason:
    'A foreign key to columns that are neither primary key nor UNIQUE is accepted, and fails with the first row.',
  fix: 'Make the columns of the parent a key, by PRIMARY KEY, UNIQUE or a unique index over just them.',
  source: 'https://www.sqlite.org/foreignkeys.html#fk_indexes',
  find: (subject) =>
    edgesOf(subject).flatMap(({ child, key, subject: about }) => {
      const parent = findTable(subject.schema, key.parent)
      if (parent === undefined || isUniqueKey(parent, key.parentColumns)) return []
      using copy = subject.open()
      const [row] = makeRows(copy, subject.schema, child)
      if (row === undefined) return []
      const { accepted, answer } = attemptInsert(copy.connection, child.name, row)
      if (accepted) return []
      const columns = `${parent.name} (${key.parentColumns.join(', ')})`
      return [
        {
          subject: about,
          evidence: [
            { ran: `INSERT into ${child.name}, which refers to ${columns}`, happened: answer },
          ] as const,
        },
      ]
    }),
}
