import { columnSubject } from '../../problem.ts'
import type { Table } from '../../schema/model.ts'
import { quoteName } from '../../sql/names.ts'
import { attemptInsert, countRows } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

/** STRICT and WITHOUT ROWID tables refuse the NULL: the result of the engine decides. */
export const pkNullable: Rule = {
  code: 'pk-nullable',
  severity: 'warning',
  reason: 'A primary key without NOT NULL accepts NULL any number of times: two NULLs are not equal.',
  fix: 'Declare the key NOT NULL, or the table STRICT or WITHOUT ROWID.',
  source: 'https://www.sqlite.org/quirks.html#primary_keys_can_sometimes_contain_nulls',
  find: (subject) =>
    subject.tables.flatMap((table) =>
      table.columns
        .filter(
          ({ keyPosition, notNull }) => keyPosition > 0 && !notNull && table.primaryKey?.isRowid !== true,
        )
        .flatMap(({ name }) => tryNull(subject, table, name)),
    ),
}

function tryNull(subject: FindingsSubject, table: Table, column: string): Sighting[] {
  using copy = subject.open()
  const { connection } = copy
  const [first, second] = makeRows(copy, subject.schema, table)
  if (first === undefined) return []
  const attempts = [first, second ?? first].map((row) =>
    attemptInsert(connection, table.name, { ...row, [column]: null }),
  )
  if (attempts.some(({ accepted }) => !accepted)) return []
  const nulls = countRows(connection, table.name, `${quoteName(column)} IS NULL`)
  const integrity = connection.all('PRAGMA integrity_check')[0]?.integrity_check
  return [
    {
      subject: columnSubject(table.name, column),
      evidence: [
        {
          ran: `INSERT with ${column} NULL, twice`,
          happened: `accepted twice: ${nulls} rows with ${column} NULL`,
        },
        { ran: 'PRAGMA integrity_check', happened: String(integrity) },
      ],
    },
  ]
}
