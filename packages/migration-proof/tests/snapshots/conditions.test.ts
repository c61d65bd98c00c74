/**
 * Goal: every field condition is really there, and the file still holds the rows of the snapshot.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { buildSnapshot } from '../../src/snapshots/build.ts'
import { withEncoding } from '../../src/snapshots/conditions/encoding.ts'
import type { ConditionedFile } from '../../src/snapshots/conditions/file.ts'
import { fieldConditions } from '../../src/snapshots/conditions/index.ts'
import { withHotJournal } from '../../src/snapshots/conditions/leftovers.ts'
import { diffContent, readContent } from '../../src/snapshots/content-hash.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { goldens, rows } from './library.ts'

const images = makePrivateFolder()
afterAll(images.remove)
const snapshots = ['v0-empty', 'v1', 'v2'].map((name) => {
  const file = join(images.path, name)
  const [schema, inserts] = [goldens[name], rows[name]]
  const isEmpty = schema === undefined || inserts === undefined
  const content = buildSnapshot(name, isEmpty ? null : { schema, rows: inserts }, file)
  return { name, content, bytes: readFileSync(file) }
})

function findSnapshot(name: string) {
  const snapshot = snapshots.find((candidate) => candidate.name === name)
  if (snapshot === undefined) throw new Error(`no snapshot ${name}`)
  return snapshot
}

function privateFolder(): string {
  const folder = makePrivateFolder()
  onTestFinished(folder.remove)
  return folder.path
}

function open(file: string) {
  const database = new Database(file)
  onTestFinished(() => {
    database.close()
  })
  return { database, connection: betterSqliteConnection(database) }
}

function makeCondition(name: string, snapshot: string) {
  const condition = fieldConditions.find((candidate) => candidate.name === name)
  if (condition === undefined) throw new Error(`no condition ${name}`)
  return condition.make(findSnapshot(snapshot).bytes, privateFolder())
}

/** What a file of the condition must hold: the snapshot, but for what the condition says that it added. */
function contentWithoutAdditions({ path: file, ownObjects, addedRows }: ConditionedFile) {
  const { database, connection } = open(file)
  database.pragma('foreign_keys = OFF')
  for (const name of ownObjects.toReversed()) {
    const type = database.prepare('SELECT type FROM sqlite_schema WHERE name = ?').pluck().get(name)
    database.exec(`DROP ${type} IF EXISTS ${name}`)
  }
  for (const table of addedRows.keys()) {
    database.exec(`DELETE FROM ${table} WHERE author_id NOT IN (SELECT id FROM author)`)
  }
  return readContent(connection)
}

describe.for(['v0-empty', 'v1', 'v2'])('a file made from %s', (snapshot) => {
  it.for(fieldConditions.map(({ name }) => name))('%s holds its rows, and is sound', (name) => {
    const { content } = findSnapshot(snapshot)
    const file = makeCondition(name, snapshot)
    expect(open(file.path).database.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(diffContent(content, contentWithoutAdditions(file))).toEqual([])
  })

  it.for(fieldConditions.map(({ name }) => name))('%s leaves nothing else in the folder', (name) => {
    const { path: file } = makeCondition(name, snapshot)
    const base = basename(file)
    const expected = [base, `${base}-journal`, `${base}-wal`]
    expect(readdirSync(dirname(file)).filter((entry) => !expected.includes(entry))).toEqual([])
  })
})

describe('the condition is really there', () => {
  const pragmas: readonly (readonly [string, string, string | number])[] = [
    ['with pages of 512 bytes', 'page_size', 512],
    ['with pages of 65536 bytes', 'page_size', 65_536],
    ['in UTF-16le', 'encoding', 'UTF-16le'],
    ['in UTF-16be', 'encoding', 'UTF-16be'],
    ['with full auto_vacuum', 'auto_vacuum', 1],
    ['with incremental auto_vacuum', 'auto_vacuum', 2],
    ['in DELETE journal mode', 'journal_mode', 'delete'],
  ]

  it.for(pragmas.flatMap((row) => ['v0-empty', 'v2'].map((snapshot) => [...row, snapshot] as const)))(
    '%s: %s is %s, from %s',
    ([name, pragma, expected, snapshot]) => {
      expect(open(makeCondition(name, snapshot).path).database.pragma(pragma, { simple: true })).toBe(
        expected,
      )
    },
  )

  it.for(['with pages of 512 bytes', 'in UTF-16be', 'with full auto_vacuum'])(
    '%s stays in WAL mode',
    (name) => {
      expect(open(makeCondition(name, 'v2').path).database.pragma('journal_mode', { simple: true })).toBe(
        'wal',
      )
    },
  )

  it('with all its pages in the WAL: the file alone holds nothing', () => {
    const { path: file } = makeCondition('with all its pages in the WAL', 'v2')
    expect(existsSync(`${file}-wal`)).toBe(true)
    const alone = new Database(withoutWalMode(readFileSync(file)))
    expect(alone.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0)
    alone.close()
  })

  it('with a hot rollback journal: the file alone is no longer the snapshot', () => {
    const { bytes, content } = findSnapshot('v2')
    const { path: file } = withHotJournal(bytes, privateFolder())
    const alone = new Database(readFileSync(file))
    expect(readRowsOrError(alone)).not.toEqual({ authors: 1, books: 2 })
    alone.close()
    const { connection, database } = open(file)
    expect(diffContent(content, readContent(connection))).toEqual([])
    expect(readRowsOrError(database)).toEqual({ authors: 1, books: 2 })
    expect(existsSync(`${file}-journal`)).toBe(false)
  })

  it('with a table, an index and a trigger of one’s own', () => {
    const { path: file, ownObjects } = makeCondition(
      'with a table, an index and a trigger of one’s own',
      'v2',
    )
    const { database } = open(file)
    const names = database.prepare(`SELECT name FROM sqlite_schema WHERE name LIKE 'own%'`).pluck().all()
    expect(names.toSorted()).toEqual(['own_index', 'own_notes', 'own_trigger'])
    expect(ownObjects.toSorted()).toEqual(names.toSorted())
    expect(database.prepare('SELECT count(*) FROM own_notes').pluck().get()).toBe(1)
  })

  it('with old orphans: a row of the snapshot’s own table lacks its parent', () => {
    const { path: file, ownObjects, addedRows } = makeCondition('with old orphans', 'v2')
    expect({ ownObjects, addedRows }).toEqual({ ownObjects: [], addedRows: new Map([['book', 1]]) })
    expect(open(file).database.pragma('foreign_key_check')).toMatchObject([
      { table: 'book', parent: 'author' },
    ])
  })

  it('with old orphans: in tables of one’s own where the snapshot has no foreign key', () => {
    const { path: file, ownObjects } = makeCondition('with old orphans', 'v1')
    expect(ownObjects).toEqual(['own_parent', 'own_child'])
    expect(open(file).database.pragma('foreign_key_check')).toMatchObject([{ table: 'own_child' }])
  })
})

describe('a schema with full-text search', () => {
  it.for(fieldConditions)('holds its rows $name', ({ make }) => {
    const source = new Database(':memory:')
    source.exec(
      `CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('grüß Gott'), ('hello')`,
    )
    const bytes = source.serialize()
    source.close()
    const { database } = open(make(bytes, privateFolder()).path)
    expect(database.prepare(`SELECT word FROM words WHERE words MATCH 'hello'`).pluck().all()).toEqual([
      'hello',
    ])
  })
})

describe('a copy in UTF-16', () => {
  const copy = (...statements: readonly string[]) => {
    const source = new Database(':memory:')
    for (const sql of statements) source.exec(sql)
    const bytes = source.serialize()
    source.close()
    return withEncoding(bytes, privateFolder(), 'UTF-16le')
  }

  it('is refused where text is no valid UTF-8, and names the table', () => {
    expect(() => copy('CREATE TABLE t (a)', `INSERT INTO t VALUES (CAST(x'ff' AS TEXT))`)).toThrow(
      'table t: 1 rows',
    )
  })

  it('is made though the tables that SQLite keeps for itself cannot all be made again', () => {
    const { path: file } = copy(
      'CREATE TABLE old (id INTEGER PRIMARY KEY AUTOINCREMENT)',
      'DROP TABLE old',
      'CREATE TABLE t (a PRIMARY KEY)',
      'INSERT INTO t VALUES (1)',
      'ANALYZE',
    )
    expect(open(file).database.prepare('SELECT * FROM t').all()).toEqual([{ a: 1 }])
  })
})

function readRowsOrError(database: Database.Database): unknown {
  try {
    const [authors, books] = ['author', 'book'].map((table) =>
      database.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    )
    return { authors, books }
  } catch (error) {
    return error
  }
}

function withoutWalMode(bytes: Buffer): Buffer {
  bytes.set([1, 1], 18)
  return bytes
}
