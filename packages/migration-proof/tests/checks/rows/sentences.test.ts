// Goal: a person who reads what the proof of rows found knows which table and which row it is about, what was expected
// there, and why a table was not compared. Each text is pinned here once, word for word.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { proveRowsKept } from '../../../src/checks/rows/prove-rows-kept.ts'
import { betterSqliteConnection } from '../../../src/engines/better-sqlite3.ts'
import type { Connection } from '../../../src/sql/connection.ts'
import { brief } from '../../support/brief.ts'
import { proveChange } from './upgraded-pair.ts'

const reason = 'the plan says so'
const plain =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, v, w); INSERT INTO t VALUES (1, 'a', 'b'), (2, 'c', 'd')"
const hidden = "CREATE TABLE t (rowid, oid, _rowid_, k TEXT PRIMARY KEY); INSERT INTO t VALUES (1, 2, 3, 'a')"
const bag = 'CREATE TABLE t (v); INSERT INTO t VALUES (1), (2)'
const counted =
  'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9); DELETE FROM t'

const sentences = [
  {
    name: 'a row that changed',
    before: plain,
    change: 'UPDATE t SET v = 0, w = 0 WHERE id = 2',
    problems: [
      {
        object: 'table t',
        expected: 'every row as it was',
        actual: '1 row gone or changed: rowid 2 changed in v, w',
      },
    ],
  },
  {
    name: 'a new row',
    before: plain,
    change: 'INSERT INTO t (id) VALUES (3)',
    problems: [{ object: 'table t', expected: 'no new row', actual: '1 new row: rowid 3 is new' }],
  },
  {
    name: 'a row that nothing names',
    before: hidden,
    change: 'DELETE FROM t',
    problems: [
      {
        object: 'table t',
        expected: 'every row as it was',
        actual: '1 row gone or changed: a row is gone',
      },
    ],
  },
  {
    name: 'a row without a key',
    before: bag,
    change: 'UPDATE t SET v = 3 WHERE v = 2',
    problems: [
      { object: 'table t', expected: 'every row as it was', actual: '1 row gone or changed: rowid 2' },
      { object: 'table t', expected: 'no new row', actual: '1 new or changed row: rowid 2' },
    ],
  },
  {
    name: 'a table',
    before: bag,
    change: 'ALTER TABLE t RENAME TO u; DROP TABLE u',
    dataChanges: [{ table: 't', renamedTo: 'u', reason }],
    problems: [{ object: 'table t', expected: 'the table u', actual: 'no such table' }],
  },
  {
    name: 'a table that is there under another name',
    before: bag,
    change: 'ALTER TABLE t RENAME TO u; CREATE TABLE w (v)',
    problems: [{ object: 'table t', expected: 'the table t', actual: 'no such table, and u with its rows' }],
  },
  {
    name: 'a column that is there under another name',
    before: plain,
    change: 'ALTER TABLE t RENAME COLUMN w TO x; ALTER TABLE t ADD COLUMN y',
    problems: [
      { object: 'column t.w', expected: 'the column w', actual: 'no such column, and x with its values' },
    ],
  },
  {
    name: 'a column',
    before: plain,
    change: 'ALTER TABLE t DROP COLUMN w',
    dataChanges: [{ table: 't', renamedColumns: { w: 'x' }, reason }],
    problems: [{ object: 'column t.w', expected: 'the column x', actual: 'no such column' }],
  },
  {
    name: 'a watermark',
    before: counted,
    change: 'UPDATE sqlite_sequence SET seq = 4',
    problems: [{ object: 'table t', expected: 'the AUTOINCREMENT watermark 9 or above', actual: '4' }],
  },
  {
    name: 'a watermark that is gone',
    before: counted,
    change: 'DELETE FROM sqlite_sequence',
    problems: [{ object: 'table t', expected: 'the AUTOINCREMENT watermark 9 or above', actual: 'none' }],
  },
  { name: 'nothing of a watermark that stayed', before: counted, change: '', problems: [] },
  {
    name: 'nothing of a watermark that rose',
    before: counted,
    change: 'UPDATE sqlite_sequence SET seq = 10',
    problems: [],
  },
  {
    name: 'nothing of a watermark that never was a number',
    before: `${counted}; UPDATE sqlite_sequence SET seq = NULL`,
    change: 'DELETE FROM sqlite_sequence',
    problems: [],
  },
  {
    name: 'a table whose name only looks like one of SQLite’s own',
    before: 'CREATE TABLE my_sqlite_notes (v)',
    change: 'DROP TABLE my_sqlite_notes',
    problems: [
      {
        object: 'table my_sqlite_notes',
        expected: 'the table my_sqlite_notes',
        actual: 'no such table',
      },
    ],
  },
]

describe('the proof reports', () => {
  it.for(sentences)('$name', ({ before, change, problems, ...options }) => {
    expect(proveChange(before, change, options).problems.map(brief)).toEqual(problems)
  })

  it.for([
    ['ALTER TABLE t RENAME TO u; CREATE TABLE w (v)', "renamedTo: 'u', "],
    ['ALTER TABLE t RENAME COLUMN w TO x; ALTER TABLE t ADD COLUMN y', "renamedColumns: { w: 'x' }, "],
    ['DELETE FROM t WHERE id = 1', "rowsRemoved: 'a condition over the old rows', "],
    ['UPDATE t SET v = 1', "columns: ['v'], "],
    [
      "DELETE FROM t WHERE id = 1; UPDATE t SET v = 'x'",
      "rowsRemoved: 'a condition over the old rows', columns: ['v'], ",
    ],
  ])('what declares it: %s', ([change = '', declaration]) => {
    const [problem] = proveChange(plain, change).problems
    expect(problem?.fix).toContain(`dataChanges: [{ table: 't', ${declaration}reason: '…' }]`)
  })

  it('each column that changed, also in rows that it does not name', () => {
    const many = `CREATE TABLE t (id INTEGER PRIMARY KEY, v, w);
      INSERT INTO t SELECT value, 0, 0 FROM json_each('[${Array.from({ length: 12 }, (_, id) => id)}]')`
    const [problem] = proveChange(many, 'UPDATE t SET v = 1; UPDATE t SET w = 1 WHERE id = 11').problems
    expect(problem?.actual).not.toContain('rowid 11')
    expect(problem?.fix).toContain("columns: ['v', 'w'], ")
  })

  it('nothing of a table that is gone but that it is', () => {
    expect(proveChange(bag, 'DROP TABLE t')).toMatchObject({ compared: [], uncompared: [] })
  })

  it('a table that cannot be read', () => {
    const before = `CREATE TABLE t (v, n AS (v)); INSERT INTO t (v) VALUES ('no json'); PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = 'CREATE TABLE t (v, n AS (json(v)))' WHERE name = 't'`
    expect(proveChange(before, '').problems.map(brief)).toEqual([
      { object: 'table t', expected: 'a table that can be read', actual: 'the error SQLITE_ERROR' },
    ])
  })

  it('why a table was not compared', () => {
    const before = 'CREATE VIRTUAL TABLE f USING fts5vocab(g, row); CREATE TABLE t (v); CREATE TABLE u (v)'
    const { uncompared } = proveChange(before, '', {
      dataChanges: [{ table: 't', reason }],
      mayHaveChanged: (table) => table !== 'u',
    })
    expect(uncompared).toEqual([
      { table: 'f', reason: 'a virtual table: its rows lie in other tables' },
      { table: 't', reason },
      { table: 'u', reason: 'none of its pages was written to' },
    ])
  })
})

describe('the proof is refused', () => {
  it.for([
    { schema: 'nowhere', actual: 'no database of that name' },
    { schema: 'main', actual: 'the same database as main' },
  ])('with $schema', ({ schema, actual }) => {
    const connection = betterSqliteConnection(new Database(':memory:'))
    expect(() => proveRowsKept(connection, { original: { schema } })).toThrow(
      expect.objectContaining({
        name: 'RowsProofError',
        message: `The database ${schema}: expected a copy that was made before main was upgraded, found ${actual}; attach a copy of the file from before the upgrade.`,
      }),
    )
  })
})

describe('the proof works', () => {
  it('where its first names for the copy are taken', () => {
    const database = new Database(':memory:')
    database.exec("ATTACH ':memory:' AS Original1; ATTACH ':memory:' AS original2")
    const connection = betterSqliteConnection(database)
    expect(proveRowsKept(connection, { original: { path: ':memory:' } }).problems).toEqual([])
    expect(connection.all('PRAGMA database_list').map(({ name }) => name)).toEqual([
      'main',
      'Original1',
      'original2',
    ])
  })

  it('on an engine without atan2, which cannot see the sign of a zero', () => {
    const values =
      'CREATE TABLE t (v); CREATE TABLE b (v); INSERT INTO t VALUES (0.0); INSERT INTO b VALUES (1)'
    const change = 'UPDATE t SET v = -0.0; UPDATE b SET rowid = 5'
    const withoutAtan2 = (sql: string) => {
      if (sql.includes('atan2')) throw new Error('no such function: atan2')
    }
    expect(proveOn(values, change, () => {})).toMatchObject([
      { subject: { name: 't' } },
      { subject: { name: 't' } },
    ])
    expect(proveOn(values, change, withoutAtan2)).toEqual([])
    expect(proveOn(values, `${change}; DELETE FROM b`, withoutAtan2)).toMatchObject([
      { subject: { name: 'b' } },
    ])
  })

  it('and passes on what is no error of the engine', () => {
    const stop = (sql: string) => {
      if (sql.includes('"t"')) throw new Error('stopped')
    }
    expect(() => proveOn(bag, '', stop)).toThrow(/^stopped$/)
  })
})

/** Compares a database with what a change makes of it, on a connection that is asked before each statement. */
function proveOn(before: string, change: string, ask: (sql: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'))
  const database = new Database(':memory:')
  try {
    const path = join(folder, 'original.db')
    const original = new Database(path)
    original.exec(before)
    original.close()
    database.exec(`${before}; ${change}`)
    const connection = betterSqliteConnection(database)
    const asked: Connection = {
      get inTransaction() {
        return connection.inTransaction
      },
      exec: (sql) => connection.exec(sql),
      openMemory: () => connection.openMemory(),
      close: () => connection.close(),
      all: (sql, parameters) => {
        ask(sql)
        return connection.all(sql, parameters)
      },
    }
    return proveRowsKept(asked, { original: { path } }).problems
  } finally {
    database.close()
    rmSync(folder, { recursive: true })
  }
}
