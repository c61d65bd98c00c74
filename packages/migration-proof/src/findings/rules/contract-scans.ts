import { countOf } from '../../count.ts'
import type { Contract } from '../../proof/facts.ts'
import { findTable, type Table } from '../../schema/model.ts'
import { readQueryPlan } from '../../schema/query-plan.ts'
import type { SqlValue } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { significantTokens, unquote } from '../../sql/tokens.ts'
import type { PrivateCopy } from '../attempt.ts'
import { attempt } from '../attempt.ts'
import { readWhere, type Where } from '../conditions.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { fillTable } from '../synthetic-rows.ts'
import { visit } from '../visits.ts'

const rowCount = 10_000

export const contractScans: Rule = {
  code: 'contract-scans',
  severity: 'warning',
  reason: 'A statement of the application reads a whole table, which an index would avoid.',
  fix: 'Create the index that was tried, or say why the scan is cheap enough.',
  source: 'https://www.sqlite.org/queryplanner.html',
  find: (subject) => subject.contracts.flatMap((contract) => tryIndex(subject, contract)),
}

function tryIndex(subject: FindingsSubject, contract: Contract): Sighting[] {
  const table = findTable(subject.schema, contract.table)
  if (table === undefined || !names(contract.sql, table)) return []
  using copy = subject.open()
  if (!scans(copy, contract)) return []
  const where = readWhere(contract.sql)
  const columns = columnsToIndex(where)
  if (columns.length === 0 || fillTable(copy, subject.schema, table, rowCount) === 0) return []
  makeRowMatch(copy, table, contract, where)
  const { sql, parameters } = contract
  const before = visit(copy, sql, parameters)
  const index = `CREATE INDEX ${quoteName(`try_${table.name}`)} ON ${quoteName(table.name)} (${columns.map(quoteTerm).join(', ')})`
  if (!attempt(copy.connection, index).accepted) return []
  const after = visit(copy, sql, parameters)
  if (after.rows >= before.rows) return []
  const tried = `an index on ${table.name} (${columns.join(', ')})`
  return [
    {
      subject: { type: 'contract', name: contract.name },
      fix: `CREATE INDEX … ON ${table.name} (${columns.join(', ')}).`,
      evidence: [
        {
          ran: 'the unchanged statement',
          happened: `${before.plan}; ${countOf(before.rows, 'row')} visited`,
        },
        {
          ran: `the same with ${tried}`,
          happened: `${after.plan}; ${countOf(after.rows, 'row')} visited`,
        },
      ],
    },
  ]
}

/** Whether the statement itself names the table, and does not only reach it by a cascade. */
function names(sql: string, table: Table): boolean {
  return significantTokens(sql).some((token) => foldName(unquote(token)) === foldName(table.name))
}

function scans({ connection }: PrivateCopy, { sql, parameters, table }: Contract): boolean {
  if (!attempt(connection, `EXPLAIN ${sql}`, parameters).accepted) return false
  return readQueryPlan(connection, sql, parameters).some(
    (step) => step.access === 'scan' && foldName(step.table) === foldName(table),
  )
}

/** Columns compared with = first, then one range or the order: https://www.sqlite.org/optoverview.html */
function columnsToIndex({ conditions, order }: Where): string[] {
  const equal = conditions.flatMap((condition) => (condition.kind === 'equal' ? [condition.column] : []))
  const range = conditions.flatMap((condition) => (condition.kind === 'range' ? [condition.column] : []))
  return [...new Set([...equal, ...(range.length > 0 ? range.slice(0, 1) : order)])]
}

/** `"created_at" DESC` */
function quoteTerm(term: string): string {
  return term.endsWith(' DESC') ? `${quoteName(term.slice(0, -5))} DESC` : quoteName(term)
}

/** Changes one row so that the statement finds it. A table WITHOUT ROWID is not changed. */
function makeRowMatch(
  { connection }: PrivateCopy,
  table: Table,
  { parameters }: Contract,
  { conditions }: Where,
) {
  const wanted = conditions.flatMap((condition): [string, SqlValue][] => {
    if (condition.kind !== 'equal') return []
    const literal = /^\d+$/.test(condition.value) ? BigInt(condition.value) : undefined
    const value = condition.parameter === null ? literal : parameters[condition.parameter]
    return value === undefined ? [] : [[condition.column, value]]
  })
  if (wanted.length === 0) return
  const name = quoteName(table.name)
  const changes = wanted.map(([column]) => `${quoteName(column)} = ?`).join(', ')
  attempt(
    connection,
    `UPDATE ${name} SET ${changes} WHERE rowid = (SELECT rowid FROM ${name} LIMIT 1)`,
    wanted.map(([, value]) => value),
  )
}
