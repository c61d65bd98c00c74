import { DiagnosedError } from '../../errors.ts'
import { columnSubject, type Evidence } from '../../problem.ts'
import type { SecretFacts } from '../../proof/facts.ts'
import { existsIn } from '../../proof/facts.ts'
import { findTable } from '../../schema/model.ts'
import { quoteName } from '../../sql/names.ts'
import { attempt, attemptInsert } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

/** The schema does not show which columns hold a secret in plain text: the facts declare it. */
export const secretInPlainText: Rule = {
  code: 'secret-in-plain-text',
  severity: 'warning',
  reason: 'SQLite does not encrypt: anyone who can read the file, a backup or a copy can read its secrets.',
  fix: 'Store a hash of what is only compared; encrypt what must be read again; restrict file and backups to their owner.',
  source: 'https://www.sqlite.org/fileformat2.html#record_format',
  find: (subject) =>
    (subject.suite.facts.secrets ?? [])
      .filter((secret) => existsIn(subject.suite.plan.migrations.length, secret))
      .flatMap((secret) => tryMarker(subject, secret)),
}

function tryMarker(subject: FindingsSubject, { table: name, column }: SecretFacts): Sighting[] {
  const table = findTable(subject.schema, name)
  if (table === undefined) throw unknown(name, column)
  using copy = subject.open()
  const [row] = makeRows(copy, subject.schema, table)
  if (row === undefined) return []
  if (!(column in row)) throw unknown(name, column)
  const marker = `synthetic secret of ${name} ${column}`
  if (!attemptInsert(copy.connection, table.name, { ...row, [column]: marker }).accepted) return []
  if (!copy.image().includes(marker)) return []
  attempt(copy.connection, `DELETE FROM ${quoteName(table.name)}`)
  const left: Evidence = {
    ran: 'DELETE of the row, then the same search',
    happened: copy.image().includes(marker) ? 'still found, in free space' : 'no longer found',
  }
  return [
    {
      subject: columnSubject(name, column),
      evidence: [
        {
          ran: `INSERT of a synthetic ${column}, then a search of the bytes of the file`,
          happened: 'found, in plain text',
        },
        left,
      ],
    },
  ]
}

function unknown(table: string, column: string) {
  return new DiagnosedError({
    where: `The facts, secret ${table}.${column}`,
    expected: 'a column of the latest version',
    actual: 'none of that name',
    fix: 'fix the name, or declare with until the version that removed it',
  })
}
