// Goal: what is shown of a statement, and of what the engine said of it, holds no value, whatever quotes are in it.
import { describe, expect, it } from 'vitest'
import { redactFailure } from '../../src/sql/redact.ts'

describe('the literals of a statement', () => {
  it.for([
    [
      `INSERT INTO t VALUES ('O''Brien', 42, -1.5e3, x'beef', NULL)`,
      'INSERT INTO t VALUES (?, ?, -?, ?, NULL)',
    ],
    [`UPDATE "my table" SET [a] = 0x10 WHERE b = :name`, 'UPDATE "my table" SET [a] = ? WHERE b = :name'],
    ['SELECT 1 -- secret\n + 2 /* secret */', 'SELECT ?  \n + ?  '],
    [`SELECT 'no end`, 'SELECT ?'],
    ['SELECT 12secret', 'SELECT ?'],
    ['CREATE TABLE author (id INTEGER)', 'CREATE TABLE author (id INTEGER)'],
  ])('are each a question mark: %s', ([sql = '', expected]) => {
    const failed = { sql, message: '', isUnderstood: true, mayHoldValues: false }
    expect(redactFailure(failed).statement).toBe(expected)
  })
})

describe('a statement that was not understood', () => {
  const show = (sql: string, message: string, mayHoldValues = true) =>
    redactFailure({ sql, message, isUnderstood: false, mayHoldValues })

  it.for([
    [
      `INSERT INTO t VALUES (1, 'O'Brien hunter2')`,
      'near "Brien": syntax error',
      'INSERT INTO t …',
      'near ?: syntax error',
    ],
    [
      `UPDATE t SET a = 'x' y' WHERE b`,
      'unrecognized token: "\'"',
      'UPDATE t SET a …',
      'unrecognized token: "\'"',
    ],
    ['INSERT INTO t VALUES (hunter2)', 'no such column: hunter2', 'INSERT INTO t …', 'no such column: ?'],
    [
      'UPDATE t SET a = 12hunter2',
      'unrecognized token: "12hunter2"',
      'UPDATE t SET a …',
      'unrecognized token: ?',
    ],
    ['DELETE FROM t WHERE hunter2 = a', 'no such column: hunter2', 'DELETE FROM t …', 'no such column: ?'],
  ])('hides all from its values on: %s', ([sql = '', message = '', statement, shown]) => {
    const seen = show(sql, message)
    expect(seen.message).toBe(shown)
    expect(seen.statement).toBe(statement)
    expect(`${seen.statement} ${seen.message}`).not.toMatch(/hunter2|Brien/)
  })

  it('shows the keywords of messages', () => {
    const sql = "ALTER TABLE t ADD COLUMN c TEXT AS (a || 'hunter2') STORED"
    expect(show(sql, 'cannot add a STORED column', false).message).toBe('cannot add a STORED column')
  })

  it('hides what stands between double quotes and was meant for a value', () => {
    const message = 'no such column: "hunter2" - should this be a string literal in single-quotes?'
    const seen = show('INSERT INTO "t" VALUES ("hunter2")', message, false)
    expect(seen).toEqual({
      statement: 'INSERT INTO "t" VALUES (…',
      message: 'no such column: ? - should this be a string literal in single-quotes?',
    })
  })

  it.for([
    ['CREATE INDEX i ON author (age)', 'no such column: age'],
    ['UPDATE author SET age = 1', 'no such column: age'],
    ['DROP TABLE missing', 'no such table: missing'],
    ['CREATE TABLE order (id)', 'near "order": syntax error'],
  ])('keeps the names that its author wrote: %s', ([sql = '', message = '']) => {
    expect(show(sql, message).message).toBe(message)
  })

  it('keeps bare names where no row was read before it', () => {
    const sql = 'INSERT INTO author VALUES (age)'
    expect(show(sql, 'no such column: age', false)).toEqual({
      statement: sql,
      message: 'no such column: age',
    })
  })
})

describe('a statement that was understood', () => {
  it('is shown whole, and what the engine quotes of its values is not', () => {
    const sql = `INSERT INTO author (id, name) VALUES (7, 'hunter2')`
    const show = (message: string) => redactFailure({ sql, message, isUnderstood: true, mayHoldValues: true })
    expect(show('UNIQUE constraint failed: author.id')).toEqual({
      statement: 'INSERT INTO author (id, name) VALUES (?, ?)',
      message: 'UNIQUE constraint failed: author.id',
    })
    expect(show(`bad JSON path: 'hunter2'`).message).toBe('bad JSON path: ?')
  })
})
