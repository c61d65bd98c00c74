import type { Index, Table } from '../../schema/model.ts'
import { foldName } from '../../sql/names.ts'
import { attemptInsert } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const uniqueNullable: Rule = {
  code: 'unique-nullable',
  severity: 'warning',
  reason:
    'UNIQUE over several columns accepts the same values twice if one of them is NULL: two NULLs are not equal.',
  fix: 'Declare the columns NOT NULL, or add a unique index on the others WHERE the column IS NULL.',
  source: 'https://www.sqlite.org/lang_createtable.html#unique_constraints',
  find: (subject) =>
    subject.tables.flatMap((table) =>
      table.indexes
        .filter(({ unique, origin, columns }) => unique && origin !== 'PRIMARY KEY' && columns.length > 1)
        .flatMap((index) => tryTwice(subject, table, index)),
    ),
}

/** Inserts two rows that differ in all other keys, and share the values of this index. */
function tryTwice(subject: FindingsSubject, table: Table, { columns }: Index): Sighting[] {
  const names = columns.flatMap(({ column }) => (column === null ? [] : [column]))
  // A NULL in an INTEGER PRIMARY KEY becomes the next number.
  const nullable = table.columns.find(
    ({ name, notNull, keyPosition }) =>
      !notNull &&
      !(table.primaryKey?.isRowid === true && keyPosition > 0) &&
      names.some((other) => foldName(other) === foldName(name)),
  )
  if (nullable === undefined) return []
  using copy = subject.open()
  const [first, second] = makeRows(copy, subject.schema, table)
  if (first === undefined || second === undefined) return []
  const shared = Object.fromEntries(
    names.map((name) => [name, name === nullable.name ? null : (first[name] ?? null)]),
  )
  const attempts = [first, second].map((row) =>
    attemptInsert(copy.connection, table.name, { ...row, ...shared }),
  )
  if (attempts.some(({ accepted }) => !accepted)) return []
  return [
    {
      subject: { type: 'constraint', name: `${table.name} (${names.join(', ')})`, table: table.name },
      evidence: [
        {
          ran: `INSERT with the same ${names.filter((name) => name !== nullable.name).join(', ')} and ${nullable.name} NULL, twice`,
          happened: 'accepted twice',
        },
      ],
    },
  ]
}
