import type { Connection, SqlValue } from '../sql/connection.ts'

/** How SQLite goes through one table. */
interface PlanStep {
  readonly table: string
  readonly access: 'search' | 'scan'
  /** The index; `rowid` for the row's number, `primary key` for a table WITHOUT ROWID; null for none. */
  readonly index: string | null
}

export interface QueryPlan {
  readonly steps: readonly PlanStep[]
  /** Whether SQLite sorts rows that it found, as no index gave them in order. */
  readonly sorts: boolean
}

/**
 * Asks SQLite how it would run a statement. Only table, index and sorting are read of its answer: its words
 * differ between engines (https://www.sqlite.org/eqp.html).
 */
export function readQueryPlan(
  connection: Pick<Connection, 'all'>,
  sql: string,
  parameters: readonly SqlValue[] = [],
): QueryPlan {
  const lines = connection
    .all(`EXPLAIN QUERY PLAN ${sql}`, parameters)
    .map(({ detail }) => (typeof detail === 'string' ? detail : ''))
  return { steps: lines.flatMap(readStep), sorts: lines.some((line) => line.startsWith('USE TEMP B-TREE')) }
}

/** A plan in a few words. */
export function renderPlan({ steps, sorts }: QueryPlan): string {
  const parts = steps.map(
    ({ table, access, index }) => `a ${access} of ${table}${index === null ? '' : ` with ${index}`}`,
  )
  return [...parts, ...(sorts ? ['a sort'] : [])].join(', ') || 'no look at any table'
}

// Engines before 3.36 say `SEARCH TABLE t`.
const STEP = /^(SCAN|SEARCH) (?:TABLE )?(.+?)(?: AS .+?)?(?: USING (.+))?$/
const INDEX = /^(?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?INDEX (.+?)(?: \(.*\))?$/

function readStep(line: string): PlanStep[] {
  const [, verb, table, using = ''] = STEP.exec(line) ?? []
  if (table === undefined) return []
  return [{ table, access: verb === 'SCAN' ? 'scan' : 'search', index: readIndex(using) }]
}

function readIndex(using: string): string | null {
  if (using.startsWith('INTEGER PRIMARY KEY')) return 'rowid'
  if (using.startsWith('PRIMARY KEY')) return 'primary key'
  return INDEX.exec(using)?.[1] ?? null
}
