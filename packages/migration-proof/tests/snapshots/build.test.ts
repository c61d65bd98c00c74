/**
 * Goal: a snapshot is built from text alone, to the same bytes every time, and text that cannot be built is an
 * error that names the file and the statement.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildSnapshot, type SnapshotText } from '../../src/snapshots/build.ts'
import { FixtureError } from '../../src/snapshots/errors.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { goldens, rows } from './library.ts'

const books: SnapshotText = { schema: String(goldens.v2), rows: String(rows.v2) }

function build(text: SnapshotText | null) {
  const folder = makePrivateFolder()
  onTestFinished(folder.remove)
  const file = join(folder.path, 'v2.db')
  const content = buildSnapshot('v2', text, file)
  return { file, content, folder: folder.path }
}

describe('a built snapshot', () => {
  it('has the same bytes each time, and nothing beside it', () => {
    const [first, second] = [build(books), build(books)]
    expect(readFileSync(first.file)).toEqual(readFileSync(second.file))
    expect(readdirSync(first.folder)).toEqual(['v2.db'])
  })

  it.for([
    ['journal_mode', 'wal'],
    ['page_size', 4096],
    ['encoding', 'UTF-8'],
    ['integrity_check', 'ok'],
    ['freelist_count', 0],
  ] as const)('has %s %s', ([pragma, expected]) => {
    const database = new Database(build(books).file)
    expect(database.pragma(pragma, { simple: true })).toBe(expected)
    database.close()
  })

  it('is a file of zero bytes where there is no text', () => {
    const { file, content } = build(null)
    expect(readFileSync(file)).toHaveLength(0)
    expect(content.tables).toEqual([])
  })

  it('takes its rows in any order, and only then its triggers', () => {
    const loans = `INSERT INTO loan VALUES ('zwölf', 'Ada');`
    const { content, file } = build({ schema: String(goldens.v3), rows: loans + books.rows })
    expect(content.tables).toContainEqual(expect.objectContaining({ name: 'loan', rows: 1 }))
    const database = new Database(file)
    const triggers = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).pluck().all()
    expect(triggers).toEqual(['log_book'])
    database.close()
  })

  it('may compute times from times, and never from the clock', () => {
    const schema = 'CREATE TABLE t (at TEXT, seconds);'
    const { file } = build({
      schema,
      rows: `INSERT INTO t VALUES (datetime('2025-01-01', '+1 day'), unixepoch('2025-01-01'));`,
    })
    const database = new Database(file)
    expect(database.prepare('SELECT at, seconds, typeof(seconds) AS type FROM t').get()).toEqual({
      at: '2025-01-02 00:00:00',
      seconds: 1_735_689_600,
      type: 'integer',
    })
    database.close()
  })
})

describe('text that cannot be built', () => {
  const table = 'CREATE TABLE t (at TEXT NOT NULL, made TEXT DEFAULT CURRENT_TIMESTAMP);'
  const parent = 'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p (id));'
  const clock: readonly string[] = [
    `datetime('now')`,
    'datetime()',
    `DATETIME('NOW', '+1 day')`,
    'unixepoch()',
    `strftime('%s')`,
    `unixepoch('subsec')`,
    `julianday('now')`,
    `date('now')`,
    `time('now')`,
    'CURRENT_DATE',
    'CURRENT_TIME',
    'CURRENT_TIMESTAMP',
    'random()',
    'randomblob(4)',
  ]
  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      'a schema that is no SQL',
      'CREATE TABEL t (a);',
      '',
      `schemas/v2: expected 'CREATE TABEL t (a)' to run`,
    ],
    [
      'a row that a constraint refuses',
      table,
      'INSERT INTO t (at) VALUES (NULL);',
      `rows/v2: expected 'INSERT INTO t`,
    ],
    [
      'a default that reads the clock',
      table,
      `INSERT INTO t (at) VALUES ('x');`,
      'current_timestamp() reads the clock',
    ],
    ...clock.map(
      (expression) =>
        [
          `a row of ${expression}`,
          table,
          `INSERT INTO t VALUES (${expression}, 'x');`,
          'reads the clock',
        ] as const,
    ),
    [
      'a row without its parent',
      parent,
      'INSERT INTO p VALUES (1); INSERT INTO c VALUES (2);',
      'rows/v2: expected every row to have its parent, found table c, row 1 without its parent in p',
    ],
    [
      'a table without rows',
      'CREATE TABLE t (a); CREATE TABLE u (a);',
      'INSERT INTO t VALUES (1);',
      'rows/v2: expected rows in every table, found no row in table u',
    ],
  ]

  it.for(cases)('%s is an error', ([, schema, statements, message]) => {
    expect(() => build({ schema, rows: statements })).toThrow(FixtureError)
    expect(() => build({ schema, rows: statements })).toThrow(message)
  })
})
