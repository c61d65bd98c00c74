import { countOf } from '../../count.ts'
import { quoteName } from '../../sql/names.ts'
import { attempt, attemptInsert } from '../attempt.ts'
import type { Rule } from '../finding.ts'
import { soundEdges } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const fkCheckNeeded: Rule = {
  code: 'fk-check-needed',
  severity: 'note',
  reason: 'integrity_check does not check foreign keys: a file full of orphans passes it.',
  fix: 'Also run PRAGMA foreign_key_check, and compare with the result before: old files may already hold orphans.',
  source: 'https://www.sqlite.org/pragma.html#pragma_integrity_check',
  find: (subject) => {
    // Where foreign keys are always on, no orphan comes.
    if (subject.suite.connection.foreignKeys === true) return []
    for (const { child, parent } of soundEdges(subject)) {
      using copy = subject.open()
      const { connection } = copy
      const [row] = makeRows(copy, subject.schema, child)
      if (row === undefined || !attemptInsert(connection, child.name, row).accepted) continue
      connection.exec('PRAGMA foreign_keys = OFF')
      attempt(connection, `DELETE FROM ${quoteName(parent.name)}`)
      const integrity = String(connection.all('PRAGMA integrity_check')[0]?.integrity_check)
      const orphans = connection.all('PRAGMA foreign_key_check').length
      if (integrity !== 'ok' || orphans === 0) continue
      return [
        {
          subject: { type: 'database', name: 'every check of a file' },
          evidence: [
            { ran: `PRAGMA integrity_check, with an orphan in ${child.name}`, happened: integrity },
            { ran: 'PRAGMA foreign_key_check', happened: countOf(orphans, 'violation') },
          ],
        },
      ]
    }
    return []
  },
}
