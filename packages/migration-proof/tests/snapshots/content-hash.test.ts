/**
 * Goal: the hash of a database's content is the same for the same schema and rows, whatever the file looks like,
 * and another one for any other value, type, row or schema; the difference names the table.
 */
import loadWasm from '@sqlite.org/sqlite-wasm'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { makeRowReader, wasmConnection } from '../../src/faults/wasm-connection.ts'
import { diffContent, readContent } from '../../src/snapshots/content-hash.ts'

const schema = `
  CREATE TABLE thing (id INTEGER PRIMARY KEY AUTOINCREMENT, value, name TEXT COLLATE NOCASE, amount REAL);
  CREATE TABLE pair (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
  CREATE TABLE heap (value);
  CREATE INDEX idx_thing_value ON thing (value);
`
const rows = `
  INSERT INTO thing (id, value, name, amount) VALUES (1, 1, 'a', 1.0), (2, NULL, 'b', 0.1), (3, x'00', '', 1e300);
  INSERT INTO pair VALUES ('a', 'b'), ('c', 'd');
  INSERT INTO heap VALUES ('x'), ('x'), ('y');
`

function open(...statements: readonly string[]) {
  const database = new Database(':memory:')
  onTestFinished(() => {
    database.close()
  })
  for (const sql of statements) database.exec(sql)
  return betterSqliteConnection(database)
}

const contentOf = (...statements: readonly string[]) => readContent(open(...statements))

describe('the same content', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['written in another order', [schema, ...statementsOf(rows).toReversed()]],
    ['on pages of another size', ['PRAGMA page_size = 512', schema, rows]],
    ['in UTF-16le', [`PRAGMA encoding = 'UTF-16le'`, schema, rows]],
    ['in UTF-16be', [`PRAGMA encoding = 'UTF-16be'`, schema, rows]],
    ['with auto_vacuum', ['PRAGMA auto_vacuum = FULL', schema, rows]],
    [
      'after rows came and went',
      [schema, `INSERT INTO heap VALUES ('z')`, rows, `DELETE FROM heap WHERE value = 'z'`],
    ],
    [
      'after VACUUM',
      [schema, rows, 'DELETE FROM heap WHERE rowid = 1', `INSERT INTO heap VALUES ('x')`, 'VACUUM'],
    ],
    ['after ANALYZE', [schema, rows, 'ANALYZE']],
    [
      'with its DDL written otherwise',
      [schema.replaceAll('CREATE TABLE', 'create  table').replace('heap (', 'heap/**/('), rows],
    ],
    [
      'with its objects in another order',
      [...statementsOf(schema).toSpliced(1, 1), String(statementsOf(schema)[1]), rows],
    ],
  ]

  it.for(cases)('%s has the same hash', ([, statements]) => {
    expect(contentOf(...statements)).toEqual(contentOf(schema, rows))
  })

  it('has the hash that it always had', () => {
    expect(contentOf(schema, rows).contentHash).toBe(
      'c60261fbb8f5bf76cc73e8e734a82f0afb7249c076b65c0b68ab73efe304aa8d',
    )
  })
})

it('has the same hash on another engine', async () => {
  const sqlite3 = await loadWasm()
  const connection = wasmConnection(sqlite3, makeRowReader(sqlite3), ':memory:')
  const odd = `INSERT INTO thing VALUES (9, 9007199254740993, 'a' || char(0) || 'é', 0.1 + 0.2), (10, '', '', 1e-300)`
  for (const sql of [schema, rows, odd]) connection.exec(sql)
  expect(readContent(connection)).toEqual(contentOf(schema, rows, odd))
  connection.close()
})

describe('other content', () => {
  const cases: readonly (readonly [string, string, readonly RegExp[]])[] = [
    ['a changed value', `UPDATE thing SET value = 2 WHERE id = 1`, [/^table thing: 3 rows/]],
    ['another type of the same number', `UPDATE thing SET value = 1.0 WHERE id = 1`, [/^table thing/]],
    ['a number as text', `UPDATE thing SET value = '1' WHERE id = 1`, [/^table thing/]],
    ['text as a blob of its bytes', `UPDATE heap SET value = x'79' WHERE value = 'y'`, [/^table heap/]],
    ['NULL in place of empty text', `UPDATE thing SET name = NULL WHERE id = 3`, [/^table thing/]],
    [
      'an empty blob in place of empty text',
      `UPDATE heap SET value = x'' WHERE value = 'y'`,
      [/^table heap/],
    ],
    ['a letter in another case', `UPDATE thing SET name = 'A' WHERE id = 1`, [/^table thing/]],
    [
      'text that goes on after a NUL',
      `UPDATE heap SET value = 'y' || char(0) || 'z' WHERE value = 'y'`,
      [/^table heap/],
    ],
    ['the nearest double', `UPDATE thing SET amount = 0.1 + 1.4e-17 WHERE id = 2`, [/^table thing/]],
    ['an integer beyond 2^53', `UPDATE thing SET value = 9007199254740993 WHERE id = 1`, [/^table thing/]],
    [
      'a value that moved to the next column',
      `UPDATE thing SET value = 'a', name = NULL WHERE id = 1`,
      [/^table thing/],
    ],
    ['one of two equal rows', `DELETE FROM heap WHERE rowid = 1`, [/^table heap: 3 rows .* 2 rows/]],
    ['a row more', `INSERT INTO pair VALUES ('e', 'f')`, [/^table pair: 2 rows .* 3 rows/]],
    ['the highest id ever given', `UPDATE sqlite_sequence SET seq = 9`, [/^table sqlite_sequence/]],
    ['an index', `DROP INDEX idx_thing_value`, [/^another schema$/]],
    [
      'an empty table',
      `CREATE TABLE more (a)`,
      [/^another schema$/, /^table more: no table expected, 0 rows/],
    ],
    ['no table', `DROP TABLE heap`, [/^another schema$/, /^table heap: 3 rows .* no table found/]],
  ]

  it.for(cases)('%s has another hash, and is named', ([, change, messages]) => {
    const expected = contentOf(schema, rows)
    const actual = contentOf(schema, rows, change)
    expect(actual.contentHash).not.toBe(expected.contentHash)
    expect(diffContent(expected, actual)).toEqual(messages.map((message) => expect.stringMatching(message)))
  })

  it('distinguishes 2^53 + 1 from 2^53', () => {
    const [low, high] = ['9007199254740992', '9007199254740993'].map((value) =>
      contentOf('CREATE TABLE big (value)', `INSERT INTO big VALUES (${value})`),
    )
    expect(low?.contentHash).not.toBe(high?.contentHash)
  })
})

it('counts generated columns out', () => {
  const content = contentOf(
    'CREATE TABLE sum (a INTEGER, b INTEGER AS (a + 1), c INTEGER AS (a + 2) STORED)',
    'INSERT INTO sum (a) VALUES (1)',
  )
  const same = contentOf('CREATE TABLE sum (a INTEGER)', 'INSERT INTO sum (a) VALUES (1)')
  expect(same.tables[0]).toEqual(content.tables[0])
})

it('counts full-text search by what it answers, whatever is in the tables behind it', () => {
  const words = ['CREATE VIRTUAL TABLE words USING fts5(word)', `INSERT INTO words VALUES ('one')`]
  const content = contentOf(...words, `INSERT INTO words VALUES ('two')`)
  expect(content.tables).toMatchObject([{ name: 'words', rows: 2 }])
  const merged = contentOf(
    words[0] ?? '',
    `INSERT INTO words VALUES ('one'), ('two')`,
    `INSERT INTO words (words) VALUES ('optimize')`,
  )
  expect(merged).toEqual(content)
  expect(contentOf(...words).contentHash).not.toBe(content.contentHash)
})

it('finds no difference between a content and itself', () => {
  expect(diffContent(contentOf(schema, rows), contentOf(schema, rows))).toEqual([])
})

function statementsOf(sql: string): string[] {
  return sql
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}
