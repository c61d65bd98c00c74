/**
 * Goal: an engine that can only run one statement at a time, without parameters, and that names its errors in
 * words, behaves behind a connection like any other.
 */
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { connectionOf } from '../../src/engines/statement-connection.ts'
import type { Connection, SqlValue } from '../../src/sql/connection.ts'

let connection: Connection

/** better-sqlite3, made as poor as a shell: no parameters, and no codes. */
function poorConnection(): Connection {
  const rich = betterSqliteConnection(new Database(':memory:'))
  return connectionOf({
    run: (sql) => {
      try {
        return rich.all(sql)
      } catch (error) {
        throw new Error(error instanceof Error ? error.message : String(error))
      }
    },
    openMemory: poorConnection,
    close: () => rich.close(),
  })
}

beforeEach(() => {
  connection = poorConnection()
  connection.exec(
    `PRAGMA foreign_keys = ON;
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE t (a TEXT, b TEXT UNIQUE, c NOT NULL, d CHECK (d < 10), p REFERENCES parent, PRIMARY KEY (a, b));
    CREATE TABLE strict (a INTEGER) STRICT;
    INSERT INTO t VALUES ('a', 'b', 1, 1, NULL)`,
  )
})
afterEach(() => connection.close())

describe('connectionOf', () => {
  it.for<SqlValue>([null, 1n, 2n ** 53n + 1n, 1.5, 2, `it's ? and :a`, 'a\nb', new Uint8Array([0, 255])])(
    'binds %o and reads it back',
    (value) => {
      const [row] = connection.all(`SELECT ? AS value, '?' AS text`, [value])
      expect(row).toEqual({ value: value instanceof Uint8Array ? Buffer.from(value) : value, text: '?' })
    },
  )

  it.for([
    ['INSERT INTO t SELECT * FROM t', 'SQLITE_CONSTRAINT_PRIMARYKEY'],
    [`INSERT INTO t VALUES ('x', 'b', 1, 1, NULL)`, 'SQLITE_CONSTRAINT_UNIQUE'],
    ['INSERT INTO parent VALUES (1), (1)', 'SQLITE_CONSTRAINT_PRIMARYKEY'],
    [`INSERT INTO t VALUES ('x', 'x', NULL, 1, NULL)`, 'SQLITE_CONSTRAINT_NOTNULL'],
    [`INSERT INTO t VALUES ('x', 'x', 1, 10, NULL)`, 'SQLITE_CONSTRAINT_CHECK'],
    [`INSERT INTO t VALUES ('x', 'x', 1, 1, 7)`, 'SQLITE_CONSTRAINT_FOREIGNKEY'],
    [`INSERT INTO strict VALUES ('x')`, 'SQLITE_CONSTRAINT_DATATYPE'],
    [`INSERT INTO parent VALUES ('x')`, 'SQLITE_MISMATCH'],
    ['SELECT nothing', 'SQLITE_ERROR'],
  ] as const)('gives %s the code %s', ([sql, code]) => {
    expect(() => connection.exec(sql)).toThrow(expect.objectContaining({ name: 'EngineError', code }))
  })

  it('knows whether a transaction is open', () => {
    expect(connection.inTransaction).toBe(false)
    connection.exec('BEGIN')
    expect(connection.inTransaction).toBe(true)
    connection.exec('ROLLBACK')
    expect(connection.inTransaction).toBe(false)
  })

  it('stops at the first of several statements that fails', () => {
    expect(() => connection.exec('DELETE FROM nothing; DELETE FROM t')).toThrow()
    expect(connection.all('SELECT count(*) AS n FROM t')).toEqual([{ n: 1n }])
  })

  it.for([
    ['SELECT ?', []],
    ['SELECT ?', [1n, 2n]],
    ['SELECT 1; SELECT 2', []],
    ['', []],
  ] as const)('refuses %o with the parameters %o', ([sql, parameters]) => {
    expect(() => connection.all(sql, parameters)).toThrow(expect.objectContaining({ name: 'EngineError' }))
  })

  it('opens an empty database of the same engine', () => {
    const memory = connection.openMemory()
    expect(memory.all('SELECT count(*) AS n FROM sqlite_schema')).toEqual([{ n: 0n }])
    memory.close()
  })
})
