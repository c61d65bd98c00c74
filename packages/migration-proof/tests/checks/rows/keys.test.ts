// Goal: rows whose rowids changed are matched by a key that holds on both sides, and by nothing that only looks like one.
import { describe, expect, it } from 'vitest'
import { proveChange } from './upgraded-pair.ts'

/** Every row in another place, so that the rowid matches none of them. */
const shuffle = 'UPDATE t SET rowid = 100 - rowid'
const rebuild = (columns: string, from = '*') =>
  `CREATE TABLE n (${columns}); INSERT INTO n SELECT ${from} FROM t ORDER BY rowid DESC; DROP TABLE t; ALTER TABLE n RENAME TO t`
const reason = 'the plan says so'

/** A change that keeps every row, and how the rows are matched after it. */
const matchings = [
  {
    name: 'the second key, where the first is gone',
    before: 'CREATE TABLE t (a TEXT UNIQUE, b TEXT UNIQUE, v)',
    change: rebuild('a TEXT, b TEXT UNIQUE, v'),
    by: 'key',
  },
  {
    name: 'no key that has fewer columns after',
    before: 'CREATE TABLE t (a TEXT, b TEXT, v, UNIQUE (a, b))',
    change: rebuild('a TEXT UNIQUE, b TEXT, v'),
    by: 'multiset',
  },
  {
    name: 'no key that shares only a column',
    before: 'CREATE TABLE t (a TEXT, b TEXT, v, UNIQUE (a, b))',
    change: rebuild('a TEXT, b TEXT, v, UNIQUE (b, v)'),
    by: 'multiset',
  },
  {
    name: 'no key of which a column may change',
    before: 'CREATE TABLE t (a TEXT, b TEXT, v, UNIQUE (a, b))',
    change: rebuild('a TEXT, b TEXT UNIQUE, v', "a || '!', b, v"),
    changes: [{ table: 't', columns: ['a'], reason }],
    by: 'multiset',
  },
  {
    name: 'a key whose columns have other places',
    before: 'CREATE TABLE t (a TEXT, b TEXT, v, UNIQUE (a, b))',
    change: rebuild('a TEXT, b TEXT, v, UNIQUE (b, a)'),
    by: 'key',
  },
  {
    name: 'a key whose column has another name',
    before: 'CREATE TABLE t (a TEXT UNIQUE, b TEXT, v)',
    change: `${shuffle}; ALTER TABLE t RENAME COLUMN a TO c`,
    changes: [{ table: 't', renamedColumns: { a: 'c' }, reason }],
    by: 'key',
  },
  {
    name: 'a key whose columns have different collations',
    before: 'CREATE TABLE t (a TEXT, b TEXT, v, UNIQUE (a COLLATE NOCASE, b))',
    change: shuffle,
    // Under the collation of the first column this row would equal another.
    alsoRows: "INSERT INTO t VALUES ('a', 'B', 4)",
    by: 'key',
  },
  {
    name: 'no index that takes equal rows',
    before: 'CREATE TABLE t (a TEXT, b TEXT, v); CREATE INDEX i ON t (a)',
    change: shuffle,
    alsoRows: 'INSERT INTO t SELECT * FROM t',
    by: 'multiset',
  },
  {
    name: 'no index on an expression, even beside a column that is called null',
    before: 'CREATE TABLE t ("null", b, v); CREATE UNIQUE INDEX i ON t (v + 1)',
    change: shuffle,
    by: 'multiset',
  },
  {
    name: 'no key, where a column was renamed',
    before: 'CREATE TABLE t (a, b, v)',
    change: `${shuffle}; ALTER TABLE t RENAME COLUMN v TO w`,
    changes: [{ table: 't', renamedColumns: { v: 'w' }, reason }],
    by: 'multiset',
  },
] as const

describe('rows with new rowids are matched by', () => {
  it.for(matchings)('$name', ({ before, change, by, ...more }) => {
    const row = `INSERT INTO t VALUES ('b', 'a', 1), ('a', 'b', 2), ('d', 'c', 3)`
    const rows = `${row}; ${'alsoRows' in more ? more.alsoRows : ''}`
    const dataChanges = 'changes' in more ? more.changes : []
    const { compared, problems } = proveChange(`${before}; ${rows}`, change, { dataChanges })
    expect(problems).toEqual([])
    expect(compared).toMatchObject([{ table: 't', matchedBy: by }])
    const { problems: losses } = proveChange(`${before}; ${rows}`, `${change}; DELETE FROM t WHERE b = 'a'`, {
      dataChanges,
    })
    expect(losses).toHaveLength(1)
  })
})

describe('a row of a WITHOUT ROWID table', () => {
  it.for(['k TEXT PRIMARY KEY, u TEXT UNIQUE', 'u TEXT UNIQUE, k TEXT PRIMARY KEY'])(
    'is named by its place in the primary key: %s',
    (columns) => {
      const before = `CREATE TABLE t (${columns}, v) WITHOUT ROWID;
      INSERT INTO t (k, u, v) VALUES ('a', 'z', 1), ('b', 'y', 2), ('c', 'x', 3)`
      const { problems } = proveChange(before, "UPDATE t SET v = 0 WHERE k = 'a'")
      expect(problems).toMatchObject([{ actual: '1 row gone or changed: row 1 in key order changed in v' }])
    },
  )
})

describe('where every column may change', () => {
  it.for([
    { name: 'with the rowids that they had', before: 'CREATE TABLE t (v, w)', change: '' },
    { name: 'with new rowids', before: 'CREATE TABLE t (v, w)', change: shuffle },
  ])('rows are still counted $name', ({ before, change }) => {
    const rows = 'INSERT INTO t VALUES (1, 1), (2, 2)'
    const dataChanges = [{ table: 't', columns: ['v', 'w'], reason }]
    const update = `UPDATE t SET v = 9, w = 9; ${change}`
    expect(proveChange(`${before}; ${rows}`, update, { dataChanges }).problems).toEqual([])
    const lossy = `${update}; DELETE FROM t WHERE rowid = (SELECT min(rowid) FROM t)`
    expect(proveChange(`${before}; ${rows}`, lossy, { dataChanges }).problems).toHaveLength(1)
  })
})
