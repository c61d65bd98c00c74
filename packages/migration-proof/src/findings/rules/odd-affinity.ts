import { columnSubject } from '../../problem.ts'
import type { Column, Table } from '../../schema/model.ts'
import { quoteName } from '../../sql/names.ts'
import { attemptInsert } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const oddAffinity: Rule = {
  code: 'odd-affinity',
  severity: 'warning',
  reason:
    'A type that SQLite does not know, such as STRING or DATETIME, stores text that looks like a number as a number.',
  fix: 'Declare TEXT for text, INTEGER for seconds, REAL or NUMERIC for numbers.',
  source: 'https://www.sqlite.org/datatype3.html#determination_of_column_affinity',
  find: (subject) =>
    subject.tables.flatMap((table) =>
      table.columns.filter((column) => isOdd(column)).flatMap((column) => tryText(subject, table, column)),
    ),
}

/** NUMERIC affinity that the type does not name. */
function isOdd({ type, generated }: Column): boolean {
  const isKnown = /INT|CHAR|CLOB|TEXT|BLOB|REAL|FLOA|DOUB|^NUM|^DEC|^BOOL|^ANY$|^$/.test(type)
  return !isKnown && generated === null
}

function tryText(subject: FindingsSubject, table: Table, { name, type }: Column): Sighting[] {
  using copy = subject.open()
  const [row] = makeRows(copy, subject.schema, table)
  if (row === undefined) return []
  if (!attemptInsert(copy.connection, table.name, { ...row, [name]: '0012' }).accepted) return []
  const [stored] = copy.connection.all(
    `SELECT ${quoteName(name)} AS value, typeof(${quoteName(name)}) AS type FROM ${quoteName(table.name)}
     WHERE ${quoteName(name)} IN (12, '0012')`,
  )
  if (stored?.value === '0012') return []
  return [
    {
      subject: columnSubject(table.name, name),
      evidence: [
        {
          ran: `INSERT with ${name} ${type} '0012'`,
          happened: `it reads back as ${String(stored?.value)}, of type ${String(stored?.type)}`,
        },
      ],
    },
  ]
}
