import { latestVersionOf } from '../../migrator/plan.ts'
import { indexSubject } from '../../problem.ts'
import type { ContractAccess } from '../../proof/facts.ts'
import { factsAt } from '../../proof/facts-at.ts'
import type { Index, Table } from '../../schema/model.ts'
import { findTable } from '../../schema/model.ts'
import { readQueryPlan } from '../../schema/query-plan.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import type { Rule, Sighting } from '../finding.ts'
import { describeCost } from '../pages.ts'
import type { FindingsSubject } from '../subject.ts'
import { edgesOf } from '../subject.ts'

/** Applies only if statements are declared: without them, no index is known to be unused. */
export const unusedIndex: Rule = {
  code: 'unused-index',
  severity: 'note',
  reason: 'An index that no statement of the application uses slows down every write and takes space.',
  fix: 'Drop the index, or declare the statement that needs it.',
  source: 'https://www.sqlite.org/queryplanner.html',
  find: (subject) => {
    if (subject.contracts.length === 0) return []
    const { used, plans } = readUses(subject)
    return [...subject.schema.indexes.values()]
      .filter((index) => !index.unique && !used.has(foldName(index.name)))
      .flatMap((index) => {
        const table = findTable(subject.schema, index.table)
        return table === undefined ? [] : showCost(subject, table, index, plans)
      })
  },
}

/** The indexes in the plans of the declared statements, of deletes of parents, and of the purges that `expiry` declares. */
function readUses(subject: FindingsSubject): { used: ReadonlySet<string>; plans: number } {
  const { suite } = subject
  using copy = subject.open()
  const parents = new Set(edgesOf(subject).map(({ key }) => foldName(key.parent)))
  const deletes = [...parents].map((parent) => ({ sql: `DELETE FROM ${quoteName(parent)}`, parameters: [] }))
  // If two indexes serve equally well, the engine chooses either, and the contract names both.
  const used = new Set(subject.contracts.flatMap(({ access }) => declaredIndexes(access)))
  for (const { expiry } of factsAt(suite.facts, latestVersionOf(suite.plan)).tables)
    if (expiry !== undefined) used.add(foldName(expiry.index))
  const statements = [...subject.contracts, ...deletes]
  for (const { sql, parameters } of statements) {
    for (const { index } of planSteps(copy.connection, sql, parameters))
      if (index !== null) used.add(foldName(index))
  }
  return { used, plans: statements.length }
}

/** A statement that the engine refuses uses no index: another rule, or the contracts check, reports it. */
function planSteps(...parameters: Parameters<typeof readQueryPlan>) {
  try {
    return readQueryPlan(...parameters)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}

function declaredIndexes(access: ContractAccess): string[] {
  if ('write' in access) return []
  const names = 'index' in access ? [access.index, access.or] : [access.through]
  return names.flatMap((name) => (name === undefined ? [] : [foldName(name)]))
}

function showCost(subject: FindingsSubject, table: Table, index: Index, plans: number): Sighting[] {
  using copy = subject.open()
  const cost = describeCost(copy, subject.schema, table, index.name)
  return [
    {
      subject: indexSubject(index.table, index.name),
      evidence: [
        {
          ran: `EXPLAIN QUERY PLAN of ${plans} statements and deletes of parents`,
          happened: 'none of them uses it',
        },
        ...(cost === null ? [] : [{ ran: 'SELECT count(*) FROM dbstat', happened: cost }]),
      ],
    },
  ]
}
