// Goal: table, access, index and sorting are read of SQLite's query plans, in the words of old and new engines.
import { describe, expect, it } from 'vitest'
import { readQueryPlan, renderPlan } from '../../src/behaviour/query-plan.ts'
import type { Connection } from '../../src/sql/connection.ts'

function planOf(...details: readonly string[]) {
  const connection: Pick<Connection, 'all'> = { all: () => details.map((detail) => ({ detail })) }
  return readQueryPlan(connection, 'SELECT 1')
}

describe('a query plan', () => {
  it.for([
    ['SCAN t', 'scan', null],
    ['SCAN TABLE t', 'scan', null],
    ['SCAN t USING COVERING INDEX i', 'scan', 'i'],
    ['SEARCH t USING INDEX i (a=? AND b>?)', 'search', 'i'],
    ['SEARCH TABLE t USING COVERING INDEX i (a=?)', 'search', 'i'],
    ['SEARCH t USING AUTOMATIC COVERING INDEX i (a=?)', 'search', 'i'],
    ['SEARCH t USING INTEGER PRIMARY KEY (rowid=?)', 'search', 'rowid'],
    ['SEARCH t USING PRIMARY KEY (a=?)', 'search', 'primary key'],
    ['SEARCH TABLE t AS x USING INDEX an index (a=?)', 'search', 'an index'],
  ] as const)('reads %s', ([detail, access, index]) => {
    expect(planOf(detail)).toEqual({ steps: [{ table: 't', access, index }], sorts: false })
  })

  it('tells a sort, and leaves out lines that read no table', () => {
    const plan = planOf('MULTI-INDEX OR', 'SCAN t', 'USE TEMP B-TREE FOR LAST TERM OF ORDER BY')
    expect(plan.steps).toHaveLength(1)
    expect(renderPlan(plan)).toBe('a scan of t, a sort')
  })

  it('is shown in words when it reads nothing', () => {
    expect(renderPlan(planOf())).toBe('no look at any table')
  })
})
