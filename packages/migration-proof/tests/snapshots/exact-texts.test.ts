/**
 * Goal: what is dumped, recorded and listed is exact, down to names that need quotes, the order of the rows, and
 * the sign of zero.
 */
import { basename } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { withAutoVacuum, withPageSize } from '../../src/snapshots/conditions/index.ts'
import { withOldOrphans, withOwnObjects } from '../../src/snapshots/conditions/own.ts'
import { dumpSchema } from '../../src/snapshots/draft-schema.ts'
import { draftHeader, withoutDraftHeader } from '../../src/snapshots/fixture-text.ts'
import { sha256 } from '../../src/snapshots/hash.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { pinMigration } from '../../src/snapshots/statements.ts'
import { ordinaryTables, virtualTables } from '../../src/snapshots/tables.ts'
import { dumpRows } from '../../src/snapshots/typed-rows.ts'
import type { SqlValue } from '../../src/sql/connection.ts'
import { toLiteral } from '../../src/sql/literal.ts'
import { makeImage, openMemory } from './memory.ts'

describe('dumped rows', () => {
  it('are in the order of the key, whatever column it is', () => {
    const connection = openMemory(
      'CREATE TABLE t (v, k TEXT PRIMARY KEY)',
      `INSERT INTO t VALUES (1, 'b'), (2, 'a')`,
    )
    expect(dumpRows(connection, ['t'])).toBe(`INSERT INTO t (v, k) VALUES\n  (2, 'a'),\n  (1, 'b');\n`)
  })

  it('are in the order of all columns where there is no key', () => {
    const connection = openMemory('CREATE TABLE t (a, b)', 'INSERT INTO t VALUES (2, 1), (1, 2), (1, 1)')
    expect(dumpRows(connection, ['t'])).toBe('INSERT INTO t (a, b) VALUES\n  (1, 1),\n  (1, 2),\n  (2, 1);\n')
  })

  it('have quotes around the names that need them, and an empty line between two tables', () => {
    const connection = openMemory(
      'CREATE TABLE "a b" ("1st", "Upper", plain_2)',
      'INSERT INTO "a b" VALUES (1, 2, 3)',
      'CREATE TABLE _t (v)',
      'INSERT INTO _t VALUES (NULL)',
      'PRAGMA user_version = 3',
    )
    expect(dumpRows(connection, ['a b', '_t'])).toBe(
      `INSERT INTO "a b" ("1st", "Upper", plain_2) VALUES
  (1, 2, 3);

INSERT INTO _t (v) VALUES
  (NULL);

PRAGMA user_version = 3;
`,
    )
  })

  it('keep the sign of zero', () => {
    expect(toLiteral({ type: 'real', value: -0 })).toBe('-0.0')
    expect(toLiteral({ type: 'real', value: 0 })).toBe('0.0')
  })
})

describe('the values of a recorded statement', () => {
  const sql = 'insert into t values ( ? )'
  const cases: readonly (readonly [SqlValue, string])[] = [
    [null, 'null'],
    [new Uint8Array([0, 255]), 'blob 00ff'],
    [0, 'real 0'],
    [-0, 'real -0'],
    [1.5, 'real 1.5'],
    [1n, 'integer 1'],
    ['null', 'text null'],
  ]

  it.for(cases)('%s is hashed as %s', ([value, text]) => {
    const bare = pinMigration({ version: 1, statements: [{ sql: '', parameters: [value] }] })
    expect(bare).toEqual({ version: 1, statements: 1, hash: sha256(JSON.stringify(['', text])) })
    expect(pinMigration({ version: 1, statements: [{ sql, parameters: [value] }] }).hash).not.toBe(bare.hash)
  })
})

describe('the tables of a database', () => {
  it('are those that hold rows of their own, though they share the beginning of a name', () => {
    const connection = openMemory(
      'CREATE TABLE a (v)',
      'CREATE TABLE a_b (v)',
      'CREATE VIRTUAL TABLE words USING fts5(word)',
      'CREATE TABLE wordsmith (v)',
    )
    expect(ordinaryTables(connection)).toEqual(['a', 'a_b', 'wordsmith'])
    expect(virtualTables(connection)).toEqual(['words'])
  })
})

describe('dumped DDL', () => {
  it('loses the indentation that all its lines have, empty lines apart, and the space at its end', () => {
    const connection = openMemory('CREATE TABLE t (\n    a,\n\n      b\n    )', 'CREATE TABLE u (a)')
    expect(dumpSchema(connection)).toBe('CREATE TABLE t (\na,\n\n  b\n);\n\nCREATE TABLE u (a);\n')
  })
})

describe('a draft that was accepted', () => {
  it('loses its first two lines, and no line below them', () => {
    const [, note = ''] = draftHeader('is it?').split('\n')
    const text = `CREATE TABLE t (a);\n${note}\n-- DRAFT of a comment\n`
    expect(withoutDraftHeader(`${draftHeader('is it?')}${text}`)).toBe(text)
  })
})

describe('a file in a condition', () => {
  const folder = () => {
    const made = makePrivateFolder()
    onTestFinished(made.remove)
    return made.path
  }
  const inFile = (file: string, sql: string) => {
    const database = new Database(file)
    onTestFinished(() => {
      database.close()
    })
    return betterSqliteConnection(database).all(sql)
  }

  it('is named after the condition', () => {
    const bytes = makeImage('CREATE TABLE t (a)')
    const files = [
      withPageSize(bytes, folder(), 512),
      withAutoVacuum(bytes, folder(), 'FULL'),
      withOwnObjects(bytes, folder()),
      withOldOrphans(bytes, folder()),
    ]
    expect(files.map(({ path }) => basename(path))).toEqual([
      'page-size-512.db',
      'auto-vacuum-full.db',
      'own-objects.db',
      'old-orphans.db',
    ])
  })

  it('has the index and the trigger of a person on the table of the most rows', () => {
    const bytes = makeImage(
      'CREATE TABLE few (a)',
      'CREATE TABLE most (a)',
      'CREATE TABLE some (a)',
      'INSERT INTO few VALUES (1)',
      'INSERT INTO most VALUES (1), (2), (3)',
      'INSERT INTO some VALUES (1), (2)',
    )
    const { path, ownObjects } = withOwnObjects(bytes, folder())
    expect(ownObjects).toEqual(['own_notes', 'own_index', 'own_trigger'])
    const sql = `SELECT name, tbl_name FROM sqlite_schema WHERE name LIKE 'own\\_%' ESCAPE '\\' ORDER BY name`
    expect(inFile(path, sql)).toEqual([
      { name: 'own_index', tbl_name: 'most' },
      { name: 'own_notes', tbl_name: 'own_notes' },
      { name: 'own_trigger', tbl_name: 'most' },
    ])
  })

  it('has orphans in two tables of a person where its tables refer to themselves alone', () => {
    const bytes = makeImage('CREATE TABLE t (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES T (id))')
    const { path, ownObjects, addedRows } = withOldOrphans(bytes, folder())
    expect({ ownObjects, added: [...addedRows] }).toEqual({
      ownObjects: ['own_parent', 'own_child'],
      added: [],
    })
    expect(inFile(path, 'PRAGMA foreign_key_check')).toEqual([
      { table: 'own_child', rowid: 1n, parent: 'own_parent', fkid: 0n },
    ])
  })
})

it('a private folder is among the temporary files under a name that says whose it is', () => {
  const { path, remove } = makePrivateFolder()
  expect(basename(path)).toMatch(/^sqlite-snapshot-/)
  remove()
  expect(remove).not.toThrow()
})
