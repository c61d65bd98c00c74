import { findTable } from '../../schema/model.ts'
import { attemptInsert } from '../attempt.ts'
import type { Rule } from '../finding.ts'
import { edgesOf } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const fkMissingParent: Rule = {
  code: 'fk-missing-parent',
  severity: 'error',
  reason:
    'A foreign key to a table that does not exist is accepted, and fails only when the first row arrives.',
  fix: 'Create the parent, or let the foreign key name the table that exists.',
  source: 'https://www.sqlite.org/foreignkeys.html#fk_indexes',
  find: (subject) =>
    edgesOf(subject)
      .filter(({ key }) => findTable(subject.schema, key.parent) === undefined)
      .flatMap(({ child, key, subject: about }) => {
        using copy = subject.open()
        const [row] = makeRows(copy, subject.schema, child)
        if (row === undefined) return []
        const { accepted, answer } = attemptInsert(copy.connection, child.name, row)
        if (accepted) return []
        return [
          {
            subject: about,
            evidence: [
              { ran: `INSERT into ${child.name}, which refers to ${key.parent}`, happened: answer },
            ] as const,
          },
        ]
      }),
}
