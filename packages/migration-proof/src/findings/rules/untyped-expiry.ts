import { columnSubject } from '../../problem.ts'
import { quoteName } from '../../sql/names.ts'
import { attempt, attemptInsert, countRows } from '../attempt.ts'
import { type ExpiryColumn, expiryColumns } from '../expiry-columns.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const untypedExpiry: Rule = {
  code: 'untyped-expiry',
  severity: 'warning',
  reason:
    'A table that is not STRICT accepts text in a numeric column. Text sorts after every number: a purge by time never finds the row.',
  fix: "Declare the table STRICT, or add CHECK (typeof(column) = 'integer').",
  source: 'https://www.sqlite.org/datatype3.html#sort_order',
  find: (subject) =>
    expiryColumns(subject)
      .filter(({ column }) => column.type.includes('INT'))
      .flatMap((expiry) => tryNever(subject, expiry)),
}

/** Later than any cutoff of a purge. */
const endOfTime = 9_223_372_036_854_775_807n

function tryNever(subject: FindingsSubject, { table, column: { name } }: ExpiryColumn): Sighting[] {
  using copy = subject.open()
  const { connection } = copy
  const [row] = makeRows(copy, subject.schema, table)
  if (row === undefined) return []
  if (!attemptInsert(connection, table.name, { ...row, [name]: 'never' }).accepted) return []
  const isText = `typeof(${quoteName(name)}) = 'text'`
  if (countRows(connection, table.name, isText) === 0) return []
  const purge = `DELETE FROM ${quoteName(table.name)} WHERE ${quoteName(name)} <= ?`
  attempt(connection, purge, [endOfTime])
  if (countRows(connection, table.name, isText) === 0) return []
  return [
    {
      subject: columnSubject(table.name, name),
      evidence: [
        { ran: `INSERT with ${name} 'never'`, happened: 'accepted, and stored as text' },
        { ran: `DELETE … WHERE ${name} <= 9223372036854775807`, happened: 'the row is still there' },
      ],
    },
  ]
}
