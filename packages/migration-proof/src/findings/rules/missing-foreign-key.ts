import { countOf } from '../../count.ts'
import { DiagnosedError } from '../../errors.ts'
import type { ReferenceFacts } from '../../proof/facts.ts'
import { existsIn } from '../../proof/facts.ts'
import { findTable } from '../../schema/model.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { attemptInsert, countRows } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

/** The schema does not show which columns refer to rows of other tables: the facts declare it. */
export const missingForeignKey: Rule = {
  code: 'missing-foreign-key',
  severity: 'warning',
  reason:
    'Columns that refer to rows of another table without a foreign key accept values that no row of it has.',
  fix: 'Declare a foreign key, or explain why the rows may outlive each other.',
  source: 'https://www.sqlite.org/foreignkeys.html',
  find: (subject) =>
    (subject.suite.facts.references ?? [])
      .filter((reference) => existsIn(subject.suite.plan.migrations.length, reference))
      .flatMap((reference) => tryOrphan(subject, reference)),
}

function tryOrphan(subject: FindingsSubject, reference: ReferenceFacts): Sighting[] {
  const { table: name, columns, parent, parentColumns } = reference
  const table = findTable(subject.schema, name)
  const object = `${name} (${columns.join(', ')})`
  if (table === undefined || findTable(subject.schema, parent) === undefined) throw unknown(object)
  using copy = subject.open()
  const { connection } = copy
  const [row] = makeRows(copy, subject.schema, table)
  if (row === undefined || columns.some((column) => !(column in row))) throw unknown(object)
  const orphan = Object.fromEntries(
    columns.map((column) => [column, typeof row[column] === 'bigint' ? 987_654_321n : 'no such row']),
  )
  const parents = countRows(
    connection,
    parent,
    parentColumns.map((column) => `${quoteName(column)} = ?`).join(' AND '),
    columns.map((column) => orphan[column] ?? null),
  )
  if (parents > 0 || !attemptInsert(connection, table.name, { ...row, ...orphan }).accepted) return []
  const violations = connection.all('PRAGMA foreign_key_check').length
  return [
    {
      subject: { type: 'foreign key', name: object, table: table.name },
      fix: `Declare FOREIGN KEY (${columns.join(', ')}) REFERENCES ${parent} (${parentColumns.join(', ')}).`,
      evidence: [
        {
          ran: `INSERT with ${columns.join(', ')} that no row of ${parent} (${parentColumns.join(', ')}) has, foreign keys on`,
          happened: 'accepted',
        },
        { ran: 'PRAGMA foreign_key_check', happened: countOf(violations, 'violation') },
      ],
    },
  ]
}

function unknown(object: string) {
  return new DiagnosedError({
    where: `The facts, reference ${foldName(object)}`,
    expected: 'tables and columns of the latest version',
    actual: 'one that is not there',
    fix: 'fix the reference, or declare with until the version that removed it',
  })
}
