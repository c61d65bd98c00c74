// Goal: the proof of rows sees every loss and every change of a stored value, whatever the shape of the table,
// names the row by number alone, and calls nothing a loss that is none.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { proveRowsKept } from '../../../src/checks/rows/prove-rows-kept.ts'
import { betterSqliteConnection } from '../../../src/engines/better-sqlite3.ts'
import { proveChange } from './upgraded-pair.ts'

const plain = `CREATE TABLE t (id INTEGER PRIMARY KEY, v);
  INSERT INTO t VALUES (1, 'one'), (2, 'two'), (7, 'seven')`
const bag = `CREATE TABLE t (v, w); INSERT INTO t VALUES ('a', 1), ('a', 1), ('b', 2)`
const keyed = `CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('a', 1), ('b', 2), ('c', 3)`
const withoutRowid = `CREATE TABLE t (k TEXT, n INTEGER, v, PRIMARY KEY (n, k)) WITHOUT ROWID;
  CREATE INDEX covering ON t (v, n, k); INSERT INTO t VALUES ('a', 1, 'x'), ('b', 2, 'y'), ('c', 3, 'z')`

/** One stored value before, and what it is changed to. */
const valueChanges = [
  { name: 'another text', type: '', from: "'a'", to: "'b'" },
  { name: 'an integer that became a real', type: '', from: '1', to: '1.0' },
  { name: 'an integer that became a text', type: '', from: '1', to: "'1'" },
  { name: 'a real that became a text', type: '', from: '1.5', to: "'1.5'" },
  { name: 'a text that became a blob of the same bytes', type: '', from: "'ab'", to: "x'6162'" },
  { name: 'a case change under NOCASE', type: 'TEXT COLLATE NOCASE', from: "'Ab'", to: "'aB'" },
  { name: 'trailing spaces under RTRIM', type: 'TEXT COLLATE RTRIM', from: "'a'", to: "'a  '" },
  { name: 'a trailing NUL', type: 'TEXT', from: "'a'", to: "'a' || char(0)" },
  { name: 'what follows a NUL', type: 'TEXT', from: "'a' || char(0, 98)", to: "'a' || char(0, 99)" },
  { name: 'another normal form of Unicode', type: 'TEXT', from: 'char(233)', to: 'char(101, 769)' },
  { name: 'bytes that are no UTF-8', type: 'TEXT', from: "CAST(x'ff' AS TEXT)", to: "CAST(x'fe' AS TEXT)" },
  { name: 'an empty text that became NULL', type: 'TEXT', from: "''", to: 'NULL' },
  { name: 'NULL that became an empty blob', type: '', from: 'NULL', to: "x''" },
  { name: 'a value that became not-a-number, which is NULL', type: '', from: '1e308', to: '9e999 - 9e999' },
  { name: 'an infinity', type: 'REAL', from: '9e999', to: '-9e999' },
  { name: 'the sign of a zero', type: '', from: '0.0', to: '-0.0' },
  { name: 'the sign of a zero in a REAL column', type: 'REAL', from: '-0.0', to: '0.0', isStoredAlike: true },
  { name: 'a neighbour beyond 2^53', type: 'INTEGER', from: '9007199254740993', to: '9007199254740992' },
  {
    name: 'an integer that became its nearest real',
    type: '',
    from: '9007199254740993',
    to: '9007199254740992.0',
  },
  { name: 'one bit of a real', type: 'REAL', from: '0.1 + 0.2', to: '0.3' },
] as const

describe.for(valueChanges)('$name', (change) => {
  const { type, from, to } = change
  const isStoredAlike = 'isStoredAlike' in change
  const tables = [
    { name: 'a table with an INTEGER PRIMARY KEY', columns: `k INTEGER PRIMARY KEY, v ${type}`, end: '' },
    { name: 'a table with a text key', columns: `k TEXT PRIMARY KEY, v ${type}`, end: '' },
    { name: 'a table without a key', columns: `k, v ${type}`, end: '' },
    { name: 'a WITHOUT ROWID table', columns: `k TEXT PRIMARY KEY, v ${type}`, end: 'WITHOUT ROWID' },
  ]
  it.for(tables)(`is ${isStoredAlike ? 'stored alike' : 'seen'} in $name`, ({ columns, end }) => {
    const before = `CREATE TABLE t (${columns}) ${end}; CREATE INDEX i ON t (v, k); INSERT INTO t VALUES (5, ${from})`
    expect(proveChange(before, 'UPDATE t SET k = k').problems).toEqual([])
    const { problems } = proveChange(before, `UPDATE t SET v = ${to}`)
    expect(problems.length > 0).toBe(!isStoredAlike)
  })
})

/** A change of rows, and what the proof says of it. */
const losses = [
  {
    name: 'a deleted row',
    before: plain,
    change: 'DELETE FROM t WHERE id = 2',
    says: ['1 row gone or changed'],
    rows: ['rowid 2 is gone'],
  },
  {
    name: 'a changed value',
    before: plain,
    change: "UPDATE t SET v = 'x' WHERE id = 7",
    says: ['1 row gone or changed'],
    rows: ['rowid 7 changed in v'],
  },
  {
    name: 'a new row',
    before: plain,
    change: "INSERT INTO t VALUES (9, 'nine')",
    says: ['1 new row'],
    rows: ['rowid 9 is new'],
  },
  {
    name: 'a row that was exchanged for another',
    before: plain,
    change: 'UPDATE t SET id = 8 WHERE id = 7',
    says: ['1 row gone or changed', '1 new row'],
    rows: ['rowid 7 is gone', 'rowid 8 is new'],
  },
  {
    name: 'values swapped between two ids',
    before: plain,
    change: "UPDATE t SET v = CASE id WHEN 1 THEN 'two' ELSE 'one' END WHERE id < 3",
    says: ['2 rows gone or changed'],
    rows: ['rowid 1 changed in v', 'rowid 2 changed in v'],
  },
  {
    name: 'a duplicated row of a table without a key',
    before: bag,
    change: "INSERT INTO t VALUES ('b', 2)",
    says: ['1 new or changed row'],
    rows: ['rowid 3'],
  },
  {
    name: 'one of two equal rows',
    before: bag,
    change: 'DELETE FROM t WHERE rowid = 1',
    says: ['1 row gone or changed'],
    rows: ['rowid 1'],
  },
  {
    name: 'equal counts with other repetitions',
    before: bag,
    change: "DELETE FROM t WHERE rowid = 1; INSERT INTO t VALUES ('b', 2)",
    says: ['1 row gone or changed', '1 new or changed row'],
    rows: ['rowid 1', 'rowid 3'],
  },
  {
    name: 'a changed value behind a text key',
    before: keyed,
    change: "UPDATE t SET v = 9 WHERE k = 'b'",
    says: ['1 row gone or changed'],
    rows: ['rowid 2 changed in v'],
  },
  {
    name: 'a changed key',
    before: keyed,
    change: "UPDATE t SET k = 'd' WHERE k = 'b'",
    says: ['1 row gone or changed', '1 new row'],
    rows: ['rowid 2 is gone', 'rowid 2 is new'],
  },
  {
    name: 'a deleted row WITHOUT ROWID',
    before: withoutRowid,
    change: 'DELETE FROM t WHERE n = 3',
    says: ['1 row gone or changed'],
    rows: ['row 3 in key order is gone'],
  },
  {
    name: 'a changed value WITHOUT ROWID',
    before: withoutRowid,
    change: "UPDATE t SET v = 'q' WHERE n = 2",
    says: ['1 row gone or changed'],
    rows: ['row 2 in key order changed in v'],
  },
  {
    name: 'a new row WITHOUT ROWID',
    before: withoutRowid,
    change: "INSERT INTO t VALUES ('0', 0, 0)",
    says: ['1 new row'],
    rows: ['row 1 in key order is new'],
  },
  {
    name: 'every row',
    before: plain,
    change: 'DELETE FROM t',
    says: ['3 rows gone or changed'],
    rows: ['rowid 1 is gone', 'rowid 2 is gone', 'rowid 7 is gone'],
  },
  { name: 'a dropped table', before: plain, change: 'DROP TABLE t', says: ['no such table'], rows: [] },
  {
    name: 'a table that became a view',
    before: plain,
    change: 'ALTER TABLE t RENAME TO u; CREATE VIEW t AS SELECT * FROM u',
    says: ['no such table, and u with its rows'],
    rows: [],
  },
  {
    name: 'an empty table that was dropped',
    before: 'CREATE TABLE t (v)',
    change: 'DROP TABLE t',
    says: ['no such table'],
    rows: [],
  },
  {
    name: 'a dropped column',
    before: keyed,
    change: 'ALTER TABLE t DROP COLUMN v',
    says: ['no such column'],
    rows: [],
  },
  {
    name: 'a lowered AUTOINCREMENT watermark',
    before:
      'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t VALUES (1, 1), (9, 9); DELETE FROM t WHERE id = 9',
    change:
      'CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    says: ['1'],
    rows: [],
  },
  {
    name: 'AUTOINCREMENT itself',
    before: 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t VALUES (4, 4)',
    change:
      'CREATE TABLE n (id INTEGER PRIMARY KEY, v); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    says: ['none'],
    rows: [],
  },
  {
    name: 'a stored generated column',
    before: 'CREATE TABLE t (a, b AS (a * 2) STORED); INSERT INTO t (a) VALUES (4)',
    change:
      'CREATE TABLE n (a, b AS (a * 3) STORED); INSERT INTO n (a) SELECT a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    says: ['1 row gone or changed', '1 new or changed row'],
    rows: ['rowid 1', 'rowid 1'],
  },
  {
    name: 'a virtual generated column',
    before: 'CREATE TABLE t (id INTEGER PRIMARY KEY, a, b AS (a * 2)); INSERT INTO t (a) VALUES (4)',
    change:
      'CREATE TABLE n (id INTEGER PRIMARY KEY, a, b AS (a * 3)); INSERT INTO n (id, a) SELECT id, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    says: ['1 row gone or changed'],
    rows: ['rowid 1 changed in b'],
  },
  {
    name: 'a row of a table that hides its rowid',
    before: 'CREATE TABLE t (rowid, oid, _rowid_); INSERT INTO t VALUES (1, 2, 3), (1, 2, 3)',
    change: 'UPDATE t SET oid = 9 WHERE oid = 2',
    says: ['2 rows gone or changed', '2 new or changed rows'],
    rows: [],
  },
  {
    name: 'a row of a table with a column named rowid',
    before: 'CREATE TABLE t (rowid TEXT, v); INSERT INTO t VALUES (5, 5), (5, 6)',
    change: 'DELETE FROM t WHERE v = 6',
    says: ['1 row gone or changed'],
    rows: ['rowid 2'],
  },
  {
    name: 'a row of a table with a key that is a column named oid',
    before: 'CREATE TABLE t (oid INTEGER PRIMARY KEY, rowid, v); INSERT INTO t VALUES (5, 6, 7)',
    change: 'UPDATE t SET v = 8',
    says: ['1 row gone or changed'],
    rows: ['rowid 5 changed in v'],
  },
  {
    name: 'a row of a table with NULL keys',
    before: 'CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES (NULL, 1), (NULL, 1)',
    change: 'DELETE FROM t WHERE rowid = 2',
    says: ['1 row gone or changed'],
    rows: ['rowid 1'],
  },
  {
    name: 'a row of a table that lost its key',
    before: keyed,
    change:
      'CREATE TABLE n (k, v); INSERT INTO n SELECT * FROM t; UPDATE n SET v = 7 WHERE v = 3; DROP TABLE t; ALTER TABLE n RENAME TO t',
    says: ['1 row gone or changed', '1 new or changed row'],
    rows: ['rowid 3', 'rowid 3'],
  },
  {
    name: 'a type that a rebuild converts',
    before: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, '0012')",
    change:
      'CREATE TABLE n (id INTEGER PRIMARY KEY, v STRING); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    says: ['1 row gone or changed'],
    rows: ['rowid 1 changed in v'],
  },
  {
    name: 'the children that a cascade took',
    before:
      'CREATE TABLE p (k TEXT PRIMARY KEY); CREATE TABLE t (k TEXT REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1)',
    change: 'PRAGMA foreign_keys = ON; INSERT OR REPLACE INTO p VALUES (1)',
    says: ['1 row gone or changed'],
    rows: ['rowid 1'],
  },
]

describe('a loss is named', () => {
  it.for(losses)('$name', ({ before, change, says, rows }) => {
    const { problems } = proveChange(before, change)
    const found = problems.map(({ actual }) => actual.split(': '))
    expect(found.map(([what]) => what)).toEqual(says)
    expect(found.flatMap(([, named]) => named?.split('; ') ?? [])).toEqual(rows)
    for (const { subject } of problems) expect(subject.table ?? subject.name).toBe('t')
  })
})

/** A change that loses nothing. */
const kept = [
  {
    name: 'new rowids behind a key of another collation',
    before: "CREATE TABLE t (k TEXT, UNIQUE (k COLLATE NOCASE)); INSERT INTO t VALUES ('a'), ('b')",
    change: 'UPDATE t SET rowid = 10 - rowid',
  },
  {
    name: 'new rowids of 50,000 rows behind such a key, found without a scan for each',
    before: `CREATE TABLE t (k TEXT, UNIQUE (k COLLATE NOCASE));
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000) INSERT INTO t SELECT i FROM n`,
    change: 'UPDATE t SET rowid = 100000 - rowid',
  },
  {
    name: 'new rowids behind an index that is unique for some rows only',
    before:
      'CREATE TABLE t (k, v); CREATE UNIQUE INDEX u ON t (k) WHERE v > 0; INSERT INTO t VALUES (1, 0), (1, 0)',
    change: 'UPDATE t SET rowid = 10 - rowid',
  },
  {
    name: 'new rowids behind a unique index on an expression',
    before:
      'CREATE TABLE t (k, v); CREATE UNIQUE INDEX u ON t (k, v + 1); INSERT INTO t VALUES (1, 2), (1, 3)',
    change: 'UPDATE t SET rowid = 10 - rowid',
  },
  { name: 'nothing', before: plain, change: '' },
  { name: 'a new table', before: plain, change: 'CREATE TABLE n (a); INSERT INTO n VALUES (1)' },
  { name: 'a new column', before: plain, change: 'ALTER TABLE t ADD COLUMN w DEFAULT 4' },
  { name: 'an empty database', before: '', change: 'CREATE TABLE n (a)' },
  { name: 'new rowids behind a text key', before: keyed, change: 'UPDATE t SET rowid = 10 - rowid' },
  { name: 'new rowids without a key', before: bag, change: 'UPDATE t SET rowid = 10 - rowid' },
  {
    name: 'new rowids behind NULL keys',
    before: 'CREATE TABLE t (k TEXT PRIMARY KEY); INSERT INTO t VALUES (NULL), (NULL), (1)',
    change: 'UPDATE t SET rowid = 10 - rowid',
  },
  {
    name: 'a rebuild that closes the gaps',
    before: `${keyed}; DELETE FROM t WHERE k = 'a'`,
    change:
      'CREATE TABLE n (v, k TEXT PRIMARY KEY); INSERT INTO n SELECT v, k FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
  },
  {
    name: 'a rebuild that makes a table WITHOUT ROWID',
    before: keyed,
    change:
      'CREATE TABLE n (k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
  },
  {
    name: 'a rebuild that gives a table a rowid',
    before: withoutRowid,
    change:
      'CREATE TABLE n (k, n, v); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
  },
  {
    name: 'a rebuild under NOCASE',
    before: keyed,
    change:
      'CREATE TABLE n (k TEXT COLLATE NOCASE PRIMARY KEY, v); INSERT INTO n SELECT * FROM t ORDER BY 1 DESC; DROP TABLE t; ALTER TABLE n RENAME TO t',
  },
  {
    name: 'new case of the table and column names',
    before: keyed,
    change: 'ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO T; ALTER TABLE T RENAME COLUMN v TO V',
  },
  {
    name: 'a raised AUTOINCREMENT watermark',
    before: 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)',
    change: 'INSERT INTO t VALUES (3); DELETE FROM t',
  },
  {
    name: 'hidden rowids',
    before: 'CREATE TABLE t (rowid, oid, _rowid_); INSERT INTO t VALUES (1, 2, 3), (1, 2, 3)',
    change: '',
  },
  {
    name: 'names with quotes, dots and keywords',
    before:
      'CREATE TABLE "a ""b\'.[c]`" ("select ""*""" , "x.y"); INSERT INTO "a ""b\'.[c]`" VALUES (1, 2); CREATE TABLE "table" ("index" TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO "table" VALUES (1); CREATE TABLE "ünï 🦋" ("café"); INSERT INTO "ünï 🦋" VALUES (1)',
    change: '',
  },
  {
    name: 'a table with one generated column',
    before: 'CREATE TABLE t (a, b AS (a || 1)); INSERT INTO t (a) VALUES (2)',
    change:
      'CREATE TABLE n (b AS (a || 1), a); INSERT INTO n (a) SELECT a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
  },
  {
    name: 'not-a-number, which SQLite stores as NULL',
    before: 'CREATE TABLE t (v); INSERT INTO t VALUES (9e999 - 9e999)',
    change: 'UPDATE t SET v = NULL',
  },
  {
    name: 'a table of 1,200 columns',
    before: `CREATE TABLE t (${Array.from({ length: 1200 }, (_, i) => `c${i}`).join(', ')}); INSERT INTO t (c7) VALUES (1)`,
    change: 'UPDATE t SET rowid = 9',
  },
]

describe('no loss is', () => {
  it.for(kept)('$name', ({ before, change }) => {
    expect(proveChange(before, change).problems).toEqual([])
  })
})

const reason = 'the plan says so'
const watermark =
  'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9); DELETE FROM t'

const rename = 'ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN v TO w'
const renamed = { table: 't', renamedTo: 'u', renamedColumns: { v: 'w' }, reason }

/** A declared change: how many problems remain. */
const declared = [
  {
    name: 'a lowered watermark',
    before: watermark,
    change: 'DELETE FROM sqlite_sequence',
    changes: [{ table: 't', reason }],
    remain: 0,
  },
  {
    name: 'a lowered watermark alone',
    before: watermark,
    change: 'DELETE FROM sqlite_sequence',
    changes: [{ table: 't', idsReused: true as const, reason }],
    remain: 0,
  },
  {
    name: 'a lowered watermark hides no lost row',
    before: `${watermark}; INSERT INTO t VALUES (12)`,
    change: 'DELETE FROM sqlite_sequence; DELETE FROM t',
    changes: [{ table: 't', idsReused: true as const, reason }],
    remain: 1,
  },
  {
    name: 'a dropped table',
    before: plain,
    change: 'DROP TABLE t',
    changes: [{ table: 'T', reason }],
    remain: 0,
  },
  {
    name: 'a dropped column',
    before: keyed,
    change: 'ALTER TABLE t DROP COLUMN v',
    changes: [{ table: 't', columns: ['V'], reason }],
    remain: 0,
  },
  {
    name: 'a dropped column hides no other change',
    before: keyed,
    change: "UPDATE t SET k = 'z' WHERE v = 2; ALTER TABLE t DROP COLUMN v",
    changes: [{ table: 't', columns: ['v'], reason }],
    remain: 2,
  },
  { name: 'a rename', before: keyed, change: rename, changes: [renamed], remain: 0 },
  {
    name: 'a rename hides no change',
    before: keyed,
    change: `${rename}; UPDATE u SET w = 0 WHERE w = 2`,
    changes: [renamed],
    remain: 1,
  },
  {
    name: 'a change after a rename',
    before: keyed,
    change: `${rename}; UPDATE u SET w = 0`,
    changes: [renamed, { table: 'u', columns: ['w'], reason }],
    remain: 0,
  },
  {
    name: 'a change of the new column that took an old name',
    before: keyed,
    change: 'ALTER TABLE t RENAME COLUMN v TO w; ALTER TABLE t ADD COLUMN v; UPDATE t SET w = 0',
    changes: [
      { table: 't', renamedColumns: { v: 'w' }, reason },
      { table: 't', columns: ['v'], reason },
    ],
    remain: 1,
  },
  {
    name: 'two columns that exchange their names',
    before: keyed,
    change:
      'ALTER TABLE t RENAME COLUMN v TO x; ALTER TABLE t RENAME COLUMN k TO v; ALTER TABLE t RENAME COLUMN x TO k',
    changes: [{ table: 't', renamedColumns: { v: 'k', k: 'v' }, reason }],
    remain: 0,
  },
  { name: 'a rename that never happened', before: keyed, change: '', changes: [renamed], remain: 1 },
  {
    name: 'added rows',
    before: keyed,
    change: 'INSERT INTO t VALUES (4, 4)',
    changes: [{ table: 't', rowsAdded: true as const, reason }],
    remain: 0,
  },
  {
    name: 'added rows hide no loss',
    before: bag,
    change: "INSERT INTO t VALUES (4, 4); DELETE FROM t WHERE v = 'b'",
    changes: [{ table: 't', rowsAdded: true as const, reason }],
    remain: 1,
  },
  {
    name: 'a changed rowid column',
    before: plain,
    change: 'UPDATE t SET id = 10 - id',
    changes: [{ table: 't', columns: ['id'], reason }],
    remain: 0,
  },
  {
    name: 'a changed rowid column hides no loss',
    before: plain,
    change: 'UPDATE t SET id = 10 - id; DELETE FROM t WHERE id = 9',
    changes: [{ table: 't', columns: ['id'], reason }],
    remain: 1,
  },
  {
    name: 'a change of another table',
    before: plain,
    change: 'DELETE FROM t',
    changes: [{ table: 'u', reason }],
    remain: 1,
  },
]

describe('a declared change', () => {
  it.for(declared)('$name', ({ before, change, changes, remain }) => {
    expect(proveChange(before, change, { dataChanges: changes }).problems).toHaveLength(remain)
  })

  it('is reported beside what was compared', () => {
    const { uncompared, compared } = proveChange(`${plain}; CREATE TABLE u (a)`, 'DELETE FROM t', {
      dataChanges: [{ table: 't', reason }],
    })
    expect(uncompared).toEqual([{ table: 't', reason }])
    expect(compared).toEqual([{ table: 'u', rowsBefore: 0, rowsAfter: 0, matchedBy: 'rowid' }])
  })
})

describe('the proof', () => {
  it('leaves out the excluded tables, and those alone', () => {
    const { problems } = proveChange(
      `${plain}; CREATE TABLE v (a); INSERT INTO v VALUES (1)`,
      'DELETE FROM t; DELETE FROM v',
      {
        exclude: ['V'],
      },
    )
    expect(problems.map(({ subject }) => subject.name)).toEqual(['t'])
  })

  it('never shows a value', () => {
    const before = `CREATE TABLE t (k TEXT PRIMARY KEY, v); CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
      CREATE TABLE b (v); INSERT INTO t VALUES ('secret', 'secret'); INSERT INTO w SELECT * FROM t;
      INSERT INTO b SELECT v FROM t`
    const change = "UPDATE t SET v = 'secret2'; UPDATE w SET k = 'secret3'; UPDATE b SET v = 'secret4'"
    const proof = proveChange(before, change)
    expect(proof.problems.map(({ subject }) => subject.name).sort()).toEqual(['b', 'b', 't', 'w', 'w'])
    expect(JSON.stringify(proof)).not.toContain('secret')
  })

  it('says how the rows of each table were matched', () => {
    const tables =
      'CREATE TABLE w (k TEXT PRIMARY KEY) WITHOUT ROWID; CREATE TABLE b (v); INSERT INTO b VALUES (1), (2)'
    const { compared } = proveChange(
      `${keyed}; ${tables}`,
      'UPDATE t SET rowid = 9 - rowid; UPDATE b SET rowid = 9 - rowid',
    )
    expect(compared.map(({ table, matchedBy }) => [table, matchedBy])).toEqual([
      ['b', 'multiset'],
      ['t', 'key'],
      ['w', 'key'],
    ])
  })

  it('names a table that cannot be read, and goes on', () => {
    const before = `CREATE TABLE a (v, n AS (v)); INSERT INTO a (v) VALUES ('no json'); ${plain};
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = 'CREATE TABLE a (v, n AS (json(v)))' WHERE name = 'a'`
    const { problems } = proveChange(before, 'DELETE FROM t WHERE id = 7')
    expect(problems).toMatchObject([
      { subject: { name: 'a' }, actual: 'the error SQLITE_ERROR' },
      { subject: { name: 't' }, actual: '1 row gone or changed: rowid 7 is gone' },
    ])
  })

  describe('of full-text search', () => {
    const before = `CREATE VIRTUAL TABLE f USING fts5(body, lang UNINDEXED);
      INSERT INTO f (rowid, body, lang) VALUES (3, 'some words', 'en'), (7, 'other words', 1.5)`

    it.for([
      ['a row is gone', 'DELETE FROM f WHERE rowid = 3', '1 row gone or changed: rowid 3 is gone'],
      ['a value is another', "UPDATE f SET lang = '1.5' WHERE rowid = 7", /rowid 7 changed in lang/],
      ['a row has another rowid', 'UPDATE f SET rowid = 4 WHERE rowid = 3', /rowid 3 is gone/],
    ] as const)('compares what it answers, and sees that %s', ([, change, actual]) => {
      const { problems } = proveChange(before, change)
      expect(problems[0]).toMatchObject({ subject: { name: 'f' }, actual: expect.stringMatching(actual) })
    })

    it('reads none of the tables behind it, which are others after they were merged', () => {
      const { problems, compared } = proveChange(before, "INSERT INTO f (f) VALUES ('optimize'), ('rebuild')")
      expect(problems).toEqual([])
      expect(compared.map(({ table }) => table)).toEqual(['f'])
    })

    it('leaves out what has its rows in another table, or stores none', () => {
      const others = `CREATE TABLE t (v); CREATE VIRTUAL TABLE a USING fts5(v, content='t');
        CREATE VIRTUAL TABLE b USING fts4(v, content=''); INSERT INTO b (docid, v) VALUES (1, 'word')`
      const { problems, uncompared } = proveChange(others, "INSERT INTO a (a) VALUES ('rebuild')")
      expect(problems).toEqual([])
      expect(uncompared).toEqual([
        { table: 'a', reason: 'its rows are those of t' },
        { table: 'b', reason: 'it stores no rows' },
      ])
    })
  })

  it('works inside the transaction of the upgrade, on an attached database', () => {
    const database = new Database(':memory:')
    database.exec(`ATTACH ':memory:' AS old; CREATE TABLE old.t (v); INSERT INTO old.t VALUES (1);
      CREATE TABLE t (v); BEGIN IMMEDIATE`)
    const connection = betterSqliteConnection(database)
    expect(proveRowsKept(connection, { original: { schema: 'old' } }).problems).toHaveLength(1)
    database.exec('INSERT INTO t VALUES (1)')
    expect(proveRowsKept(connection, { original: { schema: 'old' } }).problems).toEqual([])
    expect(database.inTransaction).toBe(true)
    database.close()
  })

  it('works inside the transaction of the upgrade, on a file', () => {
    expect(proveChange(plain, 'BEGIN IMMEDIATE; DELETE FROM t WHERE id = 2').problems).toHaveLength(1)
  })

  it('leaves nothing attached outside a transaction', () => {
    const connection = betterSqliteConnection(new Database(':memory:'))
    proveRowsKept(connection, { original: { path: ':memory:' } })
    expect(connection.all('PRAGMA database_list')).toHaveLength(1)
  })

  it.for([{ schema: 'main' }, { schema: 'nowhere' }])('refuses to compare main with $schema', (original) => {
    const connection = betterSqliteConnection(new Database(':memory:'))
    expect(() => proveRowsKept(connection, { original })).toThrow(/attach a copy/)
  })

  it('refuses to compare a file with itself', () => {
    const database = new Database(join(mkdtempSync(join(tmpdir(), 'rows-')), 'same.db'))
    expect(() =>
      proveRowsKept(betterSqliteConnection(database), { original: { path: database.name } }),
    ).toThrow(/attach a copy/)
    database.close()
    rmSync(dirname(database.name), { recursive: true })
  })

  // An index that lacks a row makes it invisible to queries that read the index instead of the table.
  it.for([
    { name: 'with a rowid', end: '' },
    { name: 'WITHOUT ROWID', end: 'WITHOUT ROWID' },
  ])('reads the table $name and not an index that covers it', ({ end }) => {
    const before = `CREATE TABLE t (k INTEGER PRIMARY KEY, v INTEGER, w TEXT) ${end};
      INSERT INTO t VALUES (1, 1, 1); CREATE INDEX narrow ON t (v); CREATE INDEX wide ON t (w, v, k)`
    const behindTheIndexes = `CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema WHERE type = 'index' AND sql <> '';
      PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name IN (SELECT name FROM kept);
      PRAGMA writable_schema = RESET; INSERT INTO t VALUES (2, 2, 2);
      PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM kept; PRAGMA writable_schema = RESET`
    const { problems } = proveChange(
      `${before}; ${behindTheIndexes}`,
      'DROP INDEX wide; DROP INDEX narrow; DELETE FROM t WHERE k = 2',
    )
    expect(problems).toMatchObject([{ actual: expect.stringMatching(/^1 row gone or changed: /) }])
    expect(proveChange(before, behindTheIndexes).problems).toMatchObject([
      { actual: expect.stringMatching(/^1 new row: /) },
    ])
  })

  it('reports each table before it is compared', () => {
    const reported: string[] = []
    proveChange(`${plain}; CREATE TABLE u (a)`, '', {
      onTable: ({ table, position, total }) => reported.push(`${position}/${total} ${table}`),
    })
    expect(reported).toEqual(['1/2 t', '2/2 u'])
  })
})
