// Goal: the conditions of a statement are read as SQLite reads them, and what is not understood is never taken for
// something else; the rows that a statement visits are counted as they are.
import { describe, expect, it } from 'vitest'
import { openCopy } from '../../src/findings/attempt.ts'
import { readWhere } from '../../src/findings/conditions.ts'
import { visit } from '../../src/findings/visits.ts'

/** The conditions in short: `a =?0`, `b <>`, `f(c)`, `other`; and what the WHERE holds, to the letter. */
const statements: readonly (readonly [
  sql: string,
  conditions: readonly string[],
  where: string,
  order?: string,
])[] = [
  ['SELECT * FROM t', [], ''],
  ['SELECT * FROM t ORDER BY a DESC, b', [], '', 'a DESC, b'],
  ['SELECT * FROM t ORDER BY a COLLATE NOCASE', [], ''],
  ['SELECT * FROM t ORDER BY a DESC LIMIT 1', [], '', 'a DESC'],
  ['SELECT * FROM t WHERE a = ?', ['a =0'], 'a = ?'],
  ['DELETE FROM t WHERE a = ? AND b <= ? LIMIT 3', ['a =0', 'b range'], 'a = ? AND b <= ?'],
  ['UPDATE t SET a = ?, b = ? WHERE c = ?', ['c =2'], 'c = ?'],
  ['SELECT * FROM t WHERE t.a = ? AND "b" == 0', ['a =0', 'b =null'], 't.a = ? AND "b" == 0'],
  ['SELECT * FROM t WHERE a IS NOT NULL AND b = ?', ['other', 'b =0'], 'a IS NOT NULL AND b = ?'],
  ['SELECT * FROM t WHERE a BETWEEN ? AND ? AND b = ?', ['other', 'b =2'], 'a BETWEEN ? AND ? AND b = ?'],
  ['SELECT * FROM t WHERE a = ? OR b = ?', [], 'a = ? OR b = ?'],
  ['SELECT * FROM t WHERE (a = ? OR b = ?) AND c = ?', ['other', 'c =2'], '(a = ? OR b = ?) AND c = ?'],
  ['SELECT * FROM t WHERE a = b', ['other'], 'a = b'],
  ['SELECT * FROM t WHERE lower(a) = ?', ['lower(a)'], 'lower(a) = ?'],
  [
    'SELECT * FROM t WHERE a IN (SELECT a FROM u WHERE b = 1) ORDER BY lower(a)',
    ['other'],
    'a IN (SELECT a FROM u WHERE b = 1)',
  ],
  ['SELECT (SELECT 1 FROM u WHERE x = 1) FROM t WHERE a = ? GROUP BY a', ['a =0'], 'a = ?'],
  ["SELECT * FROM t WHERE a = 'b AND c = ?'", ['a =null'], "a = 'b AND c = ?'"],
]

describe.for(statements)('%s', ([sql, conditions, text, order = '']) => {
  it('is read', () => {
    const where = readWhere(sql)
    const found = where.conditions.map((condition) => {
      if (condition.kind === 'equal') return `${condition.column} =${condition.parameter}`
      if (condition.kind === 'range') return `${condition.column} range`
      return condition.kind === 'wrapped' ? `${condition.function}(${condition.column})` : 'other'
    })
    expect(found).toEqual(conditions)
    expect(sql.slice(where.start, where.end)).toBe(text)
    expect(where.order.join(', ')).toBe(order)
  })
})

const visits: readonly (readonly [sql: string, rows: number, plan: string])[] = [
  ['SELECT * FROM t', 100, 'scan of t'],
  ['SELECT * FROM t WHERE b = 5', 100, 'scan of t'],
  ['SELECT * FROM t WHERE b = 5 OR b = 6', 100, 'scan of t'],
  ['SELECT * FROM t WHERE a = 5', 1, 'search of t by rowid'],
  ['SELECT * FROM t WHERE c = 1', 10, 'search of t by by_c'],
  ['SELECT c FROM t ORDER BY c DESC LIMIT 3', 3, 'scan of t by by_c'],
  ['SELECT * FROM t ORDER BY b LIMIT 3', 100, 'scan of t, then a sort'],
  ['DELETE FROM t WHERE c = 1', 10, 'search of t by by_c'],
  ['UPDATE t SET b = 0', 100, 'scan of t'],
]

describe.for(visits)('%s', ([sql, rows, plan]) => {
  it(`visits ${rows} of 100 rows, and changes none`, () => {
    using copy = openCopy()
    copy.connection.exec(`CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c INTEGER); CREATE INDEX by_c ON t (c);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
      INSERT INTO t SELECT i, i, i % 10 FROM n`)
    const content = () =>
      JSON.stringify(copy.connection.all('SELECT sum(a) || sum(b) || sum(c) AS sums FROM t'))
    const before = content()
    expect(visit(copy, sql, [])).toEqual({ plan, rows })
    expect(content()).toBe(before)
  })
})

describe('a statement that a trigger refuses', () => {
  it.for(['ABORT', 'ROLLBACK'])('is reported, and leaves no transaction open, with %s', (action) => {
    using copy = openCopy()
    copy.connection.exec(`CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);
      CREATE TRIGGER kept BEFORE DELETE ON t BEGIN SELECT RAISE(${action}, 'kept'); END`)
    expect(visit(copy, 'DELETE FROM t WHERE a = 1', [])).toEqual({
      plan: 'search of t by rowid, refused with SQLITE_CONSTRAINT_TRIGGER (kept)',
      rows: 1,
    })
    expect(copy.connection.inTransaction).toBe(false)
  })
})
