// Goal: long texts are cut where they part, virtual tables are read for what they are, and what SQLite never answers
// is not taken for an answer.
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { diffSchemas } from '../../src/schema/diff.ts'
import { type Difference, extra, isExtraObject, missing } from '../../src/schema/difference.ts'
import { groupBy, numberOf, textOf, textOrNull } from '../../src/schema/rows.ts'
import { findShadows } from '../../src/schema/shadow.ts'
import { renderDifferences } from './render-differences.ts'
import { schemaOf } from './schema-of.ts'

/** The two texts as they are shown. */
function shown(expected: string, actual: string): readonly string[] {
  const difference: Difference = {
    object: { type: 'table', name: 't', table: 't' },
    aspect: 'a',
    kind: 'different',
    expected,
    actual,
  }
  return renderDifferences([difference])
    .split('  ')
    .slice(2)
    .map((cell) => cell.replace(/^(?:expected|found) /, ''))
}

describe('a text of a difference', () => {
  const sixty = 'x'.repeat(60)

  it('is shown whole up to 60 characters', () => {
    expect(shown(sixty, 'y')).toEqual([sixty, 'y'])
  })

  it('is cut at its end where the texts part early', () => {
    expect(shown(`${sixty}z`, 'y')).toEqual([`${sixty}…`, 'y'])
    expect(shown(`${'x'.repeat(20)}a${sixty}`, `${'x'.repeat(20)}b`)).toEqual([
      `${'x'.repeat(20)}a${'x'.repeat(39)}…`,
      `${'x'.repeat(20)}b`,
    ])
  })

  it('is cut at its start where the texts part late', () => {
    expect(shown(`${sixty}${sixty}a`, `${sixty}${sixty}b`)).toEqual([
      `…${'x'.repeat(59)}a`,
      `…${'x'.repeat(59)}b`,
    ])
  })

  it('is cut at both ends where the texts part in the middle, 20 characters after the cut', () => {
    expect(shown(`${sixty}a${sixty}`, `${sixty}b${sixty}`)).toEqual([
      `…${'x'.repeat(20)}a${'x'.repeat(39)}…`,
      `…${'x'.repeat(20)}b${'x'.repeat(39)}…`,
    ])
  })

  it('is cut where it goes on after the other ends', () => {
    expect(shown(sixty, `${sixty}${sixty}`)).toEqual([sixty, `…${'x'.repeat(60)}…`])
  })
})

describe('an answer of SQLite', () => {
  const row = { text: 'a', none: null, number: 1, big: 2n, blob: new Uint8Array(1) }
  const refused = (column: string, expected: string, found: string) =>
    `Column ${column} of SQLite's own result: expected ${expected}, found ${found}.`

  it('is taken when it is of its kind', () => {
    expect([textOf(row, 'text'), textOrNull(row, 'text'), textOrNull(row, 'none')]).toEqual(['a', 'a', null])
    expect([numberOf(row, 'number'), numberOf(row, 'big')]).toEqual([1, 2])
  })

  it('is refused when it is of another', () => {
    expect(() => textOf(row, 'none')).toThrow(refused('none', 'a text', 'null'))
    expect(() => textOf(row, 'big')).toThrow(refused('big', 'a text or NULL', '2'))
    expect(() => textOrNull(row, 'number')).toThrow(refused('number', 'a text or NULL', '1'))
    expect(() => textOrNull(row, 'missing')).toThrow(refused('missing', 'a text or NULL', 'undefined'))
    expect(() => numberOf(row, 'text')).toThrow(refused('text', 'a number', 'a'))
    expect(() => numberOf(row, 'none')).toThrow(refused('none', 'a number', 'null'))
  })

  it('is grouped in its order', () => {
    const rows = [
      { name: 'a', place: 1 },
      { name: 'b', place: 2 },
      { name: 'a', place: 3 },
    ]
    expect([...groupBy(rows, 'name')]).toEqual([
      ['a', [rows[0], rows[2]]],
      ['b', [rows[1]]],
    ])
  })
})

describe('a virtual table', () => {
  it('has its columns, hidden ones among them, and nothing that only a real table has', () => {
    const table = schemaOf('CREATE VIRTUAL TABLE Notes USING fts5 (text, using UNINDEXED)').tables.get(
      'notes',
    )
    expect(table).toMatchObject({
      name: 'Notes',
      primaryKey: null,
      indexes: [],
      foreignKeys: [],
      checks: [],
      strict: false,
      withoutRowid: false,
      isParsed: true,
      module: expect.stringMatching(/^fts5/),
    })
    expect(
      table?.columns.map(({ name, hidden, constraintNames }) => [name, hidden, constraintNames]),
    ).toEqual([
      ['text', false, []],
      ['using', false, []],
      ['Notes', true, []],
      ['rank', true, []],
    ])
  })

  it('of another column differs in that', () => {
    const before = schemaOf('CREATE VIRTUAL TABLE notes USING fts5 (text)')
    const after = schemaOf('CREATE VIRTUAL TABLE notes USING fts5 (words)')
    expect(diffSchemas(before, after)).not.toEqual([])
    expect(diffSchemas(before, before)).toEqual([])
  })

  /** The names of tables behind a virtual table, by the endings that its module gives them. */
  const shadowsOf = (using: string, endings: readonly string[]) =>
    findShadows([
      { type: 'table', name: 'Notes', sql: `CREATE VIRTUAL TABLE Notes USING ${using}` },
      ...endings.map((ending) => ({ type: 'table', name: `notes_${ending}`, sql: 'CREATE TABLE x (a)' })),
    ])

  it('has tables behind it, whose names its module gives, and no others', () => {
    const endings = ['content', 'data', 'idx', 'docsize', 'config', 'segments', 'segdir', 'stat']
    endings.push('node', 'parent', 'rowid', 'vocab', 'chunks', 'vector_chunks00')
    const found = (using: string) => [...shadowsOf(using, endings)].map((name) => name.slice('notes_'.length))
    for (const module of ['fts3 (text)', 'fts4 (text)', '"FTS4" (text)']) {
      expect(found(module)).toEqual(['content', 'docsize', 'segments', 'segdir', 'stat'])
    }
    expect(found('FTS5 (text)')).toEqual(['content', 'data', 'idx', 'docsize', 'config'])
    for (const module of ['rtree (id, a, b)', 'rtree_i32 (id, a, b)', 'geopoly ()']) {
      expect(found(module)).toEqual(['node', 'parent', 'rowid'])
    }
    expect(found('spellfix1')).toEqual(['vocab'])
    expect(found('vec0 (a float[3])')).toEqual(['chunks', 'vector_chunks00'])
    expect(found('dbstat')).toEqual([])
  })

  it('has no table behind it for content that is elsewhere', () => {
    expect([...shadowsOf("fts5 (text, content = 'notes_content')", ['content', 'data'])]).toEqual([
      'notes_data',
    ])
  })

  it('has the tables behind it that SQLite says', () => {
    const database = new Database(':memory:')
    database.exec(`CREATE VIRTUAL TABLE a USING fts3 (t); CREATE VIRTUAL TABLE b USING fts4 (t);
      CREATE VIRTUAL TABLE c USING fts5 (t); CREATE VIRTUAL TABLE d USING rtree (id, x, y);
      CREATE VIRTUAL TABLE e USING geopoly (); CREATE TABLE a_data (own); CREATE TABLE c_stat (own)`)
    const connection = betterSqliteConnection(database)
    const catalog = connection.all('SELECT type, name, sql FROM sqlite_schema')
    const listed = connection.all(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'",
    )
    expect([...findShadows(catalog)].sort()).toEqual(listed.map(({ name }) => name).sort())
    database.close()
  })
})

describe('a difference', () => {
  const object = { type: 'table', name: 't', table: 't' } as const

  it('of a whole object that was not expected is an extra, and no other is', () => {
    expect(isExtraObject({ object, ...extra('existence', 'a table') })).toBe(true)
    expect(isExtraObject({ object, ...extra('column a', 'a') })).toBe(false)
    expect(isExtraObject({ object, ...missing('existence', 'a table') })).toBe(false)
  })

  it('says of which kind it is', () => {
    expect(missing('existence', 'a table')).toEqual({
      aspect: 'existence',
      kind: 'missing',
      expected: 'a table',
      actual: 'none',
    })
    const [renamed] = diffSchemas(schemaOf('CREATE TABLE t (a TEXT)'), schemaOf('CREATE TABLE t (b TEXT)'))
    expect(renamed).toMatchObject({ kind: 'different', aspect: 'column a: name', expected: 'a', actual: 'b' })
    const [typed] = diffSchemas(schemaOf('CREATE TABLE t (a TEXT)'), schemaOf('CREATE TABLE t (a)'))
    expect(typed).toMatchObject({
      kind: 'different',
      aspect: 'column a: type',
      expected: 'TEXT',
      actual: 'none',
    })
  })
})

describe('names', () => {
  it('of a trigger and of a table do not meet', () => {
    const trigger = 'CREATE TRIGGER b AFTER INSERT ON a BEGIN SELECT 1; END;'
    const before = schemaOf(`CREATE TABLE a (x); CREATE TABLE b (x); ${trigger}`)
    const after = schemaOf(`CREATE TABLE a (x); ${trigger}`)
    expect(diffSchemas(before, before)).toEqual([])
    expect(diffSchemas(before, after)).toMatchObject([
      { object: { type: 'table', name: 'b' }, kind: 'missing', expected: 'a table (x)' },
    ])
    expect(diffSchemas(after, before)).toMatchObject([
      { object: { type: 'table', name: 'b' }, kind: 'extra' },
    ])
  })

  it('of constraints on a column count in any order', () => {
    const first = schemaOf('CREATE TABLE t (a INT CONSTRAINT p NOT NULL CONSTRAINT q DEFAULT 1)')
    const second = schemaOf('CREATE TABLE t (a INT CONSTRAINT q DEFAULT 1 CONSTRAINT p NOT NULL)')
    const none = schemaOf('CREATE TABLE t (a INT NOT NULL DEFAULT 1)')
    expect(diffSchemas(first, second)).toEqual([])
    expect(diffSchemas(first, none)).toMatchObject([
      { aspect: 'column a: constraint names', expected: 'DEFAULT: q, NOT NULL: p', actual: 'none' },
    ])
  })
})
