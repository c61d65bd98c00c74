import { countOf } from '../../count.ts'
import type { Contract } from '../../proof/facts.ts'
import { findTable, type Table } from '../../schema/model.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { attempt } from '../attempt.ts'
import { type Condition, readWhere } from '../conditions.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { fillTable } from '../synthetic-rows.ts'
import { visit } from '../visits.ts'

const rowCount = 10_000
const timeFunctions = new Set(['date', 'datetime', 'julianday', 'strftime', 'time', 'unixepoch'])

type Wrapped = Extract<Condition, { kind: 'wrapped' }>

export const expressionDefeatsIndex: Rule = {
  code: 'expression-defeats-index',
  severity: 'warning',
  reason: 'A condition on an expression cannot use an index on the bare column: every row is read.',
  fix: 'Compare the bare column, with its values kept in one format; or index the expression.',
  source: 'https://www.sqlite.org/expridx.html',
  find: (subject) =>
    subject.contracts.flatMap((contract) =>
      readWhere(contract.sql).conditions.flatMap((condition) =>
        condition.kind === 'wrapped' ? compare(subject, contract, condition) : [],
      ),
    ),
}

function compare(subject: FindingsSubject, contract: Contract, condition: Wrapped): Sighting[] {
  const table = findTable(subject.schema, contract.table)
  if (table === undefined || !isIndexed(table, condition.column)) return []
  using copy = subject.open()
  // For a condition about time, rows one hour apart, the last half an hour ago: no row is at a cutoff of whole hours.
  const expressions = timeFunctions.has(condition.function)
    ? { [condition.column]: `datetime('now', '-' || (60 * i - 30) || ' minutes')` }
    : {}
  if (fillTable(copy, subject.schema, table, rowCount, expressions) === 0) return []
  const bare = `${contract.sql.slice(0, condition.start)}${quoteName(condition.column)}${contract.sql.slice(condition.end)}`
  if (!attempt(copy.connection, `EXPLAIN ${contract.sql}`, contract.parameters).accepted) return []
  const before = visit(copy, contract.sql, contract.parameters)
  const after = visit(copy, bare, contract.parameters)
  if (before.plan.startsWith('search') || !after.plan.startsWith('search')) return []
  const wrapped = contract.sql.slice(condition.start, condition.end)
  return [
    {
      subject: { type: 'contract', name: contract.name },
      evidence: [
        {
          ran: `the unchanged statement, with ${wrapped}`,
          happened: `${before.plan}; ${before.rows} of ${countOf(rowCount, 'row')} visited`,
        },
        {
          ran: `the same with ${condition.column} alone`,
          happened: `${after.plan}; ${after.rows} of ${countOf(rowCount, 'row')} visited`,
        },
      ],
    },
  ]
}

function isIndexed({ indexes }: Table, column: string): boolean {
  return indexes.some(({ columns }) => foldName(columns[0]?.column ?? '') === foldName(column))
}
