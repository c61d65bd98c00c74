import { indexSubject } from '../../problem.ts'
import { describeIndexColumn } from '../../schema/describe.ts'
import type { Index, Table } from '../../schema/model.ts'
import { quoteName } from '../../sql/names.ts'
import type { Rule, Sighting } from '../finding.ts'
import { describeCost } from '../pages.ts'
import type { FindingsSubject } from '../subject.ts'
import { planOf } from '../visits.ts'

export const redundantIndex: Rule = {
  code: 'redundant-index',
  severity: 'note',
  reason:
    'An index whose columns are a prefix of another index finds nothing that the other one does not, and slows down every write.',
  fix: 'Drop the shorter index.',
  source: 'https://www.sqlite.org/queryplanner.html#_multi_column_indices',
  find: (subject) =>
    subject.tables.flatMap((table) =>
      table.indexes
        .filter(({ origin }) => origin === 'CREATE INDEX')
        .flatMap((index) => {
          const longer = table.indexes.find((other) => covers(table, index, other))
          return longer === undefined ? [] : tryWithout(subject, table, index, longer)
        }),
    ),
}

/** Whether another index holds the same rows and begins with the same columns; of two equal ones, the first is kept. */
function covers(table: Table, index: Index, other: Index): boolean {
  if (other === index || index.where !== other.where) return false
  const [own, others] = [textsOf(index), textsOf(other)]
  if (own.length > others.length || own.some((text, position) => text !== others[position])) return false
  const isEqual = own.length === others.length
  if (index.unique && !(isEqual && other.unique)) return false
  return (
    !isEqual || other.unique !== index.unique || table.indexes.indexOf(other) < table.indexes.indexOf(index)
  )
}

function textsOf({ columns }: Index): string[] {
  return columns.map((column) => describeIndexColumn(column))
}

function tryWithout(subject: FindingsSubject, table: Table, index: Index, longer: Index): Sighting[] {
  using copy = subject.open()
  const [first] = index.columns
  if (first?.column == null) return []
  const names = index.columns.flatMap(({ column }) => (column === null ? [] : [column]))
  const sql = `SELECT * FROM ${quoteName(table.name)} WHERE ${names.map((name) => `${quoteName(name)} = ?`).join(' AND ')}`
  const nothing = names.map(() => null)
  const before = planOf(copy.connection, sql, nothing)
  const cost = describeCost(copy, subject.schema, table, index.name)
  copy.connection.exec(`DROP INDEX ${quoteName(index.name)}`)
  const after = planOf(copy.connection, sql, nothing)
  if (!after.startsWith('search')) return []
  return [
    {
      subject: indexSubject(index.table, index.name),
      fix: `DROP INDEX ${index.name}: ${longer.name} begins with its columns.`,
      evidence: [
        {
          ran: `SELECT by ${names.join(', ')}, with and without the index`,
          happened: `${before}; without it, ${after}`,
        },
        ...(cost === null ? [] : [{ ran: 'SELECT count(*) FROM dbstat', happened: cost }]),
      ],
    },
  ]
}
