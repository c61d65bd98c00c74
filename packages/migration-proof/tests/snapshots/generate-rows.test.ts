/**
 * Goal: synthetic rows are tried in a fixed order, from the likeliest on, one change at a time, and only a refusal
 * by SQLite is a reason to try the next.
 */
import { describe, expect, it } from 'vitest'
import { generateRows, parentsFirst } from '../../src/snapshots/generate-rows.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { openMemory } from './memory.ts'

describe('a synthetic row', () => {
  it('is the likeliest one where nothing speaks against it, with its own number', () => {
    const connection = openMemory('CREATE TABLE t (a TEXT, b INTEGER)')
    expect(generateRows(connection, 't', 3)).toBe(3)
    expect(connection.all('SELECT a, b FROM t ORDER BY rowid')).toEqual([
      { a: 'a 1', b: 1n },
      { a: 'a 2', b: 2n },
      { a: 'a 3', b: 3n },
    ])
  })

  it.for([
    ['one column', `CHECK (b = 'on')`, { a: 'a 1', b: 'on', c: 'c 1' }],
    ['the last column', `CHECK (c = 'on')`, { a: 'a 1', b: 'b 1', c: 'on' }],
    ['two columns', `CHECK (a = 'on' AND c = 'on')`, { a: 'on', b: 'b 1', c: 'on' }],
    ['three columns', `CHECK (a = 'on' AND b = 'on' AND c = 'on')`, { a: 'on', b: 'on', c: 'on' }],
  ] as const)('differs from the likeliest one in %s where it must', ([, check, expected]) => {
    const connection = openMemory(
      `CREATE TABLE t (a TEXT NOT NULL, b TEXT NOT NULL, c TEXT NOT NULL, ${check})`,
    )
    expect(generateRows(connection, 't', 1)).toBe(1)
    expect(connection.all('SELECT a, b, c FROM t')).toEqual([expected])
  })

  it('is given up after 5000 attempts', () => {
    const columns = Array.from({ length: 12 }, (_, place) => `c${place}`)
    const { connection, count } = counting(openMemory(`CREATE TABLE t (${columns.join(', ')}, CHECK (0))`))
    expect(generateRows(connection, 't', 1)).toBe(0)
    expect(count()).toBe(5_000)
  })

  it('has each candidate of its column once', () => {
    const { connection, rows } = counting(openMemory('CREATE TABLE t (v BLOB NOT NULL CHECK (0))'))
    expect(generateRows(connection, 't', 1)).toBe(0)
    expect(rows()).toEqual([[new Uint8Array([1, 0, 255])], [new Uint8Array()], [0n]])
  })
})

describe('an error that is no refusal', () => {
  it.for([
    ['without a code', new Error('the disk is gone')],
    ['with a number as its code', Object.assign(new Error('another kind'), { code: 19 })],
    ['that is no Error', 'a text'],
    ['that only ends like a refusal', Object.assign(new Error('ours'), { code: 'NOT_SQLITE_MISMATCH' })],
  ] as const)('%s is thrown on', ([, thrown]) => {
    const connection = failing(openMemory('CREATE TABLE t (v)'), thrown)
    let caught: unknown
    try {
      generateRows(connection, 't', 1)
    } catch (error) {
      caught = error
    }
    expect(caught).toBe(thrown)
  })

  it.for(['SQLITE_CONSTRAINT_CHECK', 'SQLITE_MISMATCH'])(
    'is not %s, after which the next is tried',
    (code) => {
      const connection = failing(openMemory('CREATE TABLE t (v)'), Object.assign(new Error('no'), { code }))
      expect(generateRows(connection, 't', 1)).toBe(0)
    },
  )
})

describe('the order of tables', () => {
  it('has parents first, each table once, and none that was not asked for', () => {
    const connection = openMemory(
      'CREATE TABLE c (b REFERENCES B (id), lost REFERENCES nowhere (id), other REFERENCES other (id))',
      'CREATE TABLE b (id PRIMARY KEY, a REFERENCES a (id))',
      'CREATE TABLE a (id PRIMARY KEY, c REFERENCES c (b))',
      'CREATE TABLE other (id PRIMARY KEY)',
    )
    expect(parentsFirst(connection, ['c', 'b', 'a'])).toEqual(['a', 'b', 'c'])
    expect(parentsFirst(connection, ['a', 'b', 'c'])).toEqual(['b', 'c', 'a'])
  })
})

/** Counts the rows that are tried. */
function counting(inner: Connection) {
  const tried: (readonly unknown[])[] = []
  const connection: Connection = {
    ...inner,
    all: (sql, parameters = []) => {
      if (sql.startsWith('INSERT')) tried.push(parameters)
      return inner.all(sql, parameters)
    },
  }
  return { connection, count: () => tried.length, rows: () => tried }
}

/** A connection whose every INSERT throws this. */
function failing(inner: Connection, thrown: unknown): Connection {
  return {
    ...inner,
    all: (sql, parameters = []) => {
      if (sql.startsWith('INSERT')) throw thrown
      return inner.all(sql, parameters)
    },
  }
}
