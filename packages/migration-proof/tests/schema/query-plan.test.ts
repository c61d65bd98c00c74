/**
 * Goal: a query plan is read the same from every engine, though each has other words for it.
 */
import { describe, expect, it } from 'vitest'
import { type PlanStep, readQueryPlan } from '../../src/schema/query-plan.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { withDatabase } from './schema-of.ts'

const schema = `
  CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c);
  CREATE INDEX ta ON t(a);
  CREATE INDEX tbc ON t(b, c);
  CREATE TABLE w(k TEXT PRIMARY KEY, v UNIQUE) WITHOUT ROWID;
  CREATE VIRTUAL TABLE f USING fts5(x);
  CREATE TABLE "my table"(x);
  CREATE INDEX "my index" ON "my table"(x);
  CREATE VIEW seen AS SELECT * FROM t WHERE a = 1;`

const plain = { index: null, covering: false, usesTransientIndex: false, usesTempBTree: false }

/** A step, written as what it has beside the plainest. */
function scan(table: string, rest: Partial<PlanStep> = {}): PlanStep {
  return { table, access: 'scan', ...plain, ...rest }
}

function search(table: string, rest: Partial<PlanStep> = {}): PlanStep {
  return { table, access: 'search', ...plain, ...rest }
}

const sorted = { usesTempBTree: true }

describe('the plan of this engine', () => {
  it.for<readonly [sql: string, ...steps: PlanStep[]]>([
    ['SELECT * FROM t', scan('t')],
    ['SELECT * FROM main.t', scan('t')],
    ['SELECT * FROM t WHERE id = 1', search('t', { index: 'rowid' })],
    ['SELECT * FROM t WHERE a = 1', search('t', { index: 'ta' })],
    ['SELECT b, c FROM t WHERE b = 1', search('t', { index: 'tbc', covering: true })],
    ['SELECT * FROM t AS q WHERE a = 1 ORDER BY b', search('t', { index: 'ta', ...sorted })],
    ['SELECT * FROM main.t AS "Q" WHERE q.a = 1', search('t', { index: 'ta' })],
    ['SELECT x.a FROM t x, w y WHERE y.k = x.c', scan('t'), search('w', { index: 'primary key' })],
    ['SELECT * FROM w WHERE v = 1', search('w', { index: 'sqlite_autoindex_w_2' })],
    ['SELECT * FROM t ORDER BY a', scan('t', { index: 'ta' })],
    ['SELECT DISTINCT b + c FROM t', scan('t', { index: 'tbc', covering: true, ...sorted })],
    [
      'SELECT * FROM t WHERE a = 1 OR b = 2 ORDER BY c',
      search('t', { index: 'ta', ...sorted }),
      search('t', { index: 'tbc', ...sorted }),
    ],
    [
      'SELECT * FROM (SELECT a, count(*) AS n FROM t GROUP BY a) AS s WHERE n > 1 ORDER BY n',
      scan('t', { index: 'ta', covering: true }),
      scan('s', sorted),
    ],
    ['SELECT * FROM t JOIN w ON t.c = w.v WHERE t.b = w.k', scan('t'), search('w', { index: 'primary key' })],
    ['SELECT * FROM t x LEFT JOIN t y ON x.c = y.c', scan('t'), search('t', { usesTransientIndex: true })],
    ['SELECT * FROM w LEFT JOIN t ON t.a = w.v', scan('w'), search('t', { index: 'ta' })],
    ['SELECT a, b FROM t UNION ALL SELECT 1, k w FROM w', scan('t'), scan('w')],
    ['SELECT * FROM "my table" WHERE x = 1', search('my table', { index: 'my index', covering: true })],
    [`SELECT * FROM f WHERE f MATCH 'x'`, scan('f')],
    ['SELECT * FROM seen', search('t', { index: 'ta' })],
    ['DELETE FROM t WHERE a = 1', search('t', { index: 'ta' })],
    ['UPDATE t AS q SET c = 1 WHERE b = 2', search('t', { index: 'tbc' })],
    ['INSERT INTO w SELECT a, b FROM t WHERE a = 1', search('t', { index: 'ta' })],
    ['INSERT INTO t(a) VALUES (1), (2)'],
    ['SELECT 1'],
  ])('%s', ([sql, ...steps]) => {
    expect(withDatabase(schema, (connection) => readQueryPlan(connection, sql))).toEqual(steps)
  })

  it('is read with parameters', () => {
    const steps = withDatabase(schema, (connection) =>
      readQueryPlan(connection, 'SELECT * FROM t WHERE a = ? AND b > ?', ['x', 1n]),
    )
    expect(steps).toEqual([search('t', { index: 'ta' })])
  })
})

/** A row of EXPLAIN QUERY PLAN: id, parent, detail. */
type Row = readonly [number, number, string]

interface Answer {
  readonly words: string
  readonly rows: readonly Row[]
  readonly steps: readonly PlanStep[]
}

const answers: Answer[] = [
  { words: 'SCAN TABLE, until 3.35', rows: [[2, 0, 'SCAN TABLE t']], steps: [scan('t')] },
  {
    words: 'SEARCH TABLE with an alias, until 3.35',
    rows: [
      [4, 0, 'SEARCH TABLE t AS q USING INDEX ta (a=?)'],
      [16, 0, 'USE TEMP B-TREE FOR RIGHT PART OF ORDER BY'],
    ],
    steps: [search('t', { index: 'ta', ...sorted })],
  },
  {
    words: 'SEARCH TABLE by a key, until 3.35',
    rows: [
      [2, 0, 'SEARCH TABLE t USING INTEGER PRIMARY KEY (rowid=?)'],
      [3, 0, 'SEARCH TABLE w USING PRIMARY KEY (k=?)'],
      [4, 0, 'SEARCH TABLE my table USING COVERING INDEX my index (x=?)'],
      [5, 0, 'SCAN TABLE f VIRTUAL TABLE INDEX 3:'],
    ],
    steps: [
      search('t', { index: 'rowid' }),
      search('w', { index: 'primary key' }),
      search('my table', { index: 'my index', covering: true }),
      scan('f'),
    ],
  },
  {
    words: 'SUBQUERY and CO-ROUTINE by number, until 3.38',
    rows: [
      [2, 0, 'CO-ROUTINE 1'],
      [8, 2, 'SCAN TABLE t USING COVERING INDEX ta'],
      [37, 0, 'SCAN SUBQUERY 1 AS s'],
      [40, 0, 'SEARCH SUBQUERY 2 USING AUTOMATIC PARTIAL COVERING INDEX (n=?)'],
    ],
    steps: [
      scan('t', { index: 'ta', covering: true }),
      scan('s'),
      search('(subquery-2)', { usesTransientIndex: true }),
    ],
  },
  {
    words: 'a compound query with a temporary B-tree',
    rows: [
      [1, 0, 'COMPOUND QUERY'],
      [2, 1, 'LEFT-MOST SUBQUERY'],
      [5, 2, 'SCAN TABLE t'],
      [14, 1, 'UNION USING TEMP B-TREE'],
      [16, 14, 'SCAN TABLE w'],
    ],
    steps: [scan('t'), scan('w', sorted)],
  },
  {
    words: 'a sort as Turso has it',
    rows: [
      [1, 0, 'SEARCH t USING INDEX ta (a=?)'],
      [14, 0, 'USE SORTER FOR ORDER BY'],
    ],
    steps: [search('t', { index: 'ta', ...sorted })],
  },
  {
    words: 'skip-scan, Bloom filters and joins, of late',
    rows: [
      [3, 0, 'SEARCH t USING INDEX tbc (ANY(b) AND c=?)'],
      [7, 0, 'BLOOM FILTER ON w (k=?)'],
      [9, 0, 'SEARCH w USING AUTOMATIC COVERING INDEX (v=?) LEFT-JOIN'],
      [11, 0, 'SEARCH w EXISTS USING PRIMARY KEY (k=?)'],
      [12, 0, 'SCAN (subquery-1)'],
      [13, 0, 'USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY'],
    ],
    steps: [
      search('t', { index: 'tbc', ...sorted }),
      search('w', { usesTransientIndex: true, ...sorted }),
      search('w', { index: 'primary key', ...sorted }),
      scan('(subquery-1)', sorted),
    ],
  },
  {
    words: 'rows that are no loop over a table',
    rows: [
      [1, 0, 'SCAN CONSTANT ROW'],
      [2, 0, 'SCAN 3 CONSTANT ROWS'],
      [3, 0, 'SCAN 3-ROW VALUES CLAUSE'],
      [4, 0, 'MATERIALIZE s'],
      [5, 0, 'CORRELATED SCALAR SUBQUERY 1'],
      [6, 0, 'MERGE (UNION)'],
      [7, 0, 'RIGHT-JOIN w'],
    ],
    steps: [],
  },
]

describe('the words of other engines', () => {
  it.for(answers)('$words', ({ rows, steps }) => {
    const found = withDatabase(schema, (connection) =>
      readQueryPlan(answering(connection, rows), 'SELECT * FROM t AS q'),
    )
    expect(found).toEqual(steps)
  })
})

/** The connection of an engine that answers EXPLAIN QUERY PLAN with these rows. */
function answering(connection: Connection, rows: readonly Row[]): Connection {
  return {
    ...connection,
    all: (sql, parameters) =>
      sql.startsWith('EXPLAIN QUERY PLAN')
        ? rows.map(([id, parent, detail]) => ({
            id: BigInt(id),
            parent: BigInt(parent),
            notused: 0n,
            detail,
          }))
        : connection.all(sql, parameters),
  }
}
