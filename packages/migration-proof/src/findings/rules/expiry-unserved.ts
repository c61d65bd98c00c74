import { countOf } from '../../count.ts'
import { columnSubject, type Evidence } from '../../problem.ts'
import type { Contract } from '../../proof/facts.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { significantTokens, unquote } from '../../sql/tokens.ts'
import { attempt, attemptInsert, countRows } from '../attempt.ts'
import { type ExpiryColumn, expiryColumns } from '../expiry-columns.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { fillTable, makeRows } from '../synthetic-rows.ts'
import { visit } from '../visits.ts'

const rowCount = 10_000

export const expiryUnserved: Rule = {
  code: 'expiry-unserved',
  severity: 'warning',
  reason: 'Expired rows that are never purged accumulate; a purge without an index reads the whole table.',
  fix: 'Purge expired rows with a statement of the application, and create an index on the column.',
  source: 'https://www.sqlite.org/queryplanner.html',
  find: (subject) =>
    expiryColumns(subject)
      .filter((expiry) => !hasIndex(expiry))
      .flatMap((expiry) => showScan(subject, expiry)),
}

function hasIndex({ table, column }: ExpiryColumn): boolean {
  return table.indexes.some(({ columns }) => foldName(columns[0]?.column ?? '') === foldName(column.name))
}

function showScan(subject: FindingsSubject, expiry: ExpiryColumn): Sighting[] {
  const { table, column } = expiry
  using copy = subject.open()
  const filledRows = fillTable(copy, subject.schema, table, rowCount)
  if (filledRows === 0) return []
  const sql = `DELETE FROM ${quoteName(table.name)} WHERE ${quoteName(column.name)} <= ?`
  const { plan, rows } = visit(copy, sql, [0n])
  return [
    {
      subject: columnSubject(table.name, column.name),
      fix: `Purge by the column and create an index on ${table.name} (${column.name}), or do not keep it.`,
      evidence: [
        {
          ran: `DELETE FROM ${table.name} WHERE ${column.name} <= 0`,
          happened: `${plan}; ${countOf(rows, 'row')} visited`,
        },
        ...showLeftover(subject, expiry),
      ],
    },
  ]
}

/** Runs every declared DELETE of the table that names the column, on a row that expired long ago. */
function showLeftover(subject: FindingsSubject, { table, column }: ExpiryColumn): Evidence[] {
  if (subject.contracts.length === 0) return []
  using copy = subject.open()
  const [row] = makeRows(copy, subject.schema, table)
  if (
    row === undefined ||
    !attemptInsert(copy.connection, table.name, { ...row, [column.name]: 1n }).accepted
  )
    return []
  const purges = subject.contracts.filter((contract) => isPurge(contract, table.name, column.name))
  for (const { sql, parameters } of purges) attempt(copy.connection, sql, parameters)
  if (countRows(copy.connection, table.name, `${quoteName(column.name)} = 1`) === 0) return []
  const ran =
    purges.length === 0
      ? `the declared statements that delete by ${column.name}: there is none`
      : `${purges.map((contract) => `'${contract.name}'`).join(', ')}, on a row with ${column.name} 1`
  return [{ ran, happened: 'a row that expired in 1970 is still there' }]
}

function isPurge({ sql, table }: Contract, name: string, column: string): boolean {
  const words = significantTokens(sql).map((token) => foldName(unquote(token)))
  return words[0] === 'delete' && foldName(table) === foldName(name) && words.includes(foldName(column))
}
