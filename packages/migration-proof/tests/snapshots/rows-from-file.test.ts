// Goal: rows of a real file become those of a snapshot with synthetic values of the same shape, and no value of the file is left
// in a byte of the snapshot.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { migrate } from '../../src/migrator/migrate.ts'
import { definePlan } from '../../src/migrator/plan.ts'
import { type VersionStore, versionTable } from '../../src/migrator/version-store.ts'
import { buildSnapshot } from '../../src/snapshots/build.ts'
import { ByteFinder } from '../../src/snapshots/byte-finder.ts'
import { dumpSchema } from '../../src/snapshots/draft-schema.ts'
import { readBytes } from '../../src/snapshots/paths.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { readRowsOfFile } from '../../src/snapshots/rows-from-file.ts'

interface Made {
  readonly text: string
  readonly snapshot: Database.Database
  readonly bytes: Buffer
  readonly file: Database.Database
  readonly report: ReturnType<typeof readRowsOfFile>
}

/** The snapshot that is made of a file with this schema and these rows. */
function make(
  schema: string,
  rows: string,
  { keepsValues = false, versions = versionTable('schema_version'), encoding = 'UTF-8' } = {},
): Made {
  const plan = definePlan(
    [
      { version: 1, name: 'schema', up: (database) => database.exec(schema) },
      { version: 2, name: 'later', up: (database) => database.exec('CREATE TABLE later (a)') },
    ],
    versions as VersionStore,
  )
  const file = new Database(':memory:')
  file.pragma(`encoding = '${encoding}'`)
  const connection = betterSqliteConnection(file)
  migrate(connection, plan, { target: 1 })
  file.pragma('foreign_keys = OFF')
  file.exec(rows)
  const declaration = { name: 'v1', version: 1, form: 'versioned', origin: 'a file', releases: [] }
  using folder = makePrivateFolder()
  const suite = { fixtures: folder.path, plan, snapshots: [declaration] }
  const report = readRowsOfFile(connection, suite, declaration, { keepsValues })
  const fresh = new Database(':memory:')
  migrate(betterSqliteConnection(fresh), plan, { target: 1 })
  const path = join(folder.path, 'built.db')
  buildSnapshot(
    'v1',
    { schema: dumpSchema(betterSqliteConnection(fresh)), rows: report.text },
    path,
    plan.versions.tables,
  )
  const bytes = readBytes(path) ?? Buffer.alloc(0)
  const image = Buffer.from(bytes)
  image.fill(1, 18, 20)
  return { text: report.text, report, snapshot: new Database(image), bytes, file }
}

const read = (database: Database.Database, sql: string) => database.prepare(sql).raw().all() as unknown[][]

/** Every text and blob of the file of more than three bytes that is in the snapshot and not in a list. */
function leftIn({ file, bytes }: Made, tables: readonly string[], allowed: readonly string[] = []) {
  const values = tables
    .flatMap((table) => read(file, `SELECT * FROM ${table}`).flat())
    .flatMap((value) =>
      typeof value === 'string'
        ? [Buffer.from(value)]
        : value instanceof Uint8Array
          ? [Buffer.from(value)]
          : [],
    )
  expect(values.length).toBeGreaterThan(0)
  return new ByteFinder(values).find(bytes, (value) => allowed.includes(value.toString()))?.toString() ?? null
}

const forum = `CREATE TABLE person (
    id INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT,
    role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin')), born TEXT, joined INTEGER NOT NULL,
    friend INTEGER REFERENCES person, profile TEXT CHECK (json_valid(profile)), picture BLOB, score REAL,
    initial TEXT AS (substr(name, 1, 1)) STORED);
  CREATE TABLE post (author TEXT NOT NULL COLLATE NOCASE, slug TEXT NOT NULL, body TEXT, at TEXT CHECK (datetime(at) IS NOT NULL),
    PRIMARY KEY (author, slug)) WITHOUT ROWID;
  CREATE TABLE like_of (author TEXT, slug TEXT, person INTEGER REFERENCES person ON DELETE CASCADE,
    FOREIGN KEY (author, slug) REFERENCES post);
  CREATE TABLE unused (a TEXT NOT NULL);
  CREATE TRIGGER greeted AFTER INSERT ON person BEGIN INSERT INTO unused VALUES (new.name); END`

const people = `DROP TRIGGER greeted;
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
  INSERT INTO person (id, mail, name, role, born, joined, friend, profile, picture, score)
    SELECT i, 'Person' || i || '@Example.org', 'Ünger Müller ' || i || ' 東京 😀', CASE WHEN i % 7 THEN 'member' ELSE 'admin' END,
      date('1960-01-01', i || ' days'), 1700000000 + i, CASE WHEN i > 1 THEN i - 1 END,
      json_object('city', 'Berlin ' || i, 'tags', json_array('one tag', i * 1000), 'flag', json('true'), 'none', NULL),
      randomblob(i % 40), i * 0.5 FROM n;
  INSERT INTO post SELECT upper(mail), 'a-post-' || id, 'Text with words: ' || name || ', and so on. ' || hex(randomblob(300)), datetime(joined, 'unixepoch') FROM person;
  INSERT INTO like_of SELECT mail, 'a-post-' || id, id FROM person;
  INSERT INTO person (id, mail, joined) VALUES (5000, 'gone@example.org', 1);
  DELETE FROM person WHERE id = 5000`

describe('rows of a real file', () => {
  const made = make(forum, people)
  const both = (sql: string) => [read(made.file, sql), read(made.snapshot, sql)] as const

  it('leave no value in the snapshot, but for declared enumerations', () => {
    expect(leftIn(made, ['person', 'post', 'like_of'], ['member', 'admin'])).toBeNull()
    expect(made.bytes.includes('Berlin')).toBe(false)
    expect(made.bytes.includes('gone@example.org')).toBe(false)
    expect(made.bytes.includes('東京')).toBe(false)
  })

  it('keep their number, types, NULLs, lengths and distinctness', () => {
    for (const sql of [
      'SELECT count(*), count(name), count(friend), count(DISTINCT mail), count(DISTINCT name), count(DISTINCT born), count(DISTINCT picture), count(DISTINCT score) FROM person',
      'SELECT typeof(mail), typeof(joined), typeof(picture), typeof(score), count(*) FROM person GROUP BY 1, 2, 3, 4',
      'SELECT sum(length(name)), sum(length(CAST(name AS BLOB))), sum(length(mail)), sum(length(picture)) FROM person',
      'SELECT role, count(*) FROM person GROUP BY 1 ORDER BY 1',
      'SELECT count(*) FROM like_of WHERE slug IS NOT NULL',
    ]) {
      const [before, after] = both(sql)
      expect(after).toEqual(before)
    }
  })

  it('keep references, those without a foreign key too', () => {
    for (const sql of [
      'SELECT count(*) FROM person AS a JOIN person AS b ON a.friend = b.id',
      'SELECT count(*) FROM post JOIN person ON author = mail',
      'SELECT count(*) FROM post JOIN like_of USING (author, slug) JOIN person ON person = id AND mail = post.author',
    ]) {
      const [before, after] = both(sql)
      expect(after).toEqual(before)
      expect(Number(after[0]?.[0])).toBeGreaterThan(200)
    }
    expect(read(made.snapshot, 'PRAGMA foreign_key_check')).toEqual([])
  })

  it('move times by one interval, and keep the keys of JSON', () => {
    const [before, after] = both(
      'SELECT joined, unixepoch(at) FROM person JOIN post ON author = mail ORDER BY joined LIMIT 9',
    )
    const shifts = before.flatMap((row, index) =>
      row.map((value, column) => Number(value) - Number(after[index]?.[column])),
    )
    expect(new Set(shifts).size).toBe(1)
    expect(shifts[0]).toBeGreaterThan(31_000_000)
    for (const sql of [
      'SELECT count(*) FROM person WHERE date(born) = born',
      'SELECT DISTINCT group_concat(key) FROM (SELECT person.id, j.key FROM person, json_each(profile) AS j) GROUP BY id',
    ]) {
      const [expected, actual] = both(sql)
      expect(actual).toEqual(expected)
    }
    expect(
      read(
        made.snapshot,
        "SELECT DISTINCT json_type(profile, '$.flag'), json_type(profile, '$.tags[1]') FROM person",
      ),
    ).toEqual([['true', 'integer']])
  })

  it('fill tables that have none, and say so', () => {
    expect(made.report).toMatchObject({ filled: ['unused'], orphans: 0, reshaped: [] })
    expect(read(made.snapshot, 'SELECT count(*) > 0 FROM unused')).toEqual([[1]])
  })

  it('keep what AUTOINCREMENT gave to rows that are gone', () => {
    expect(
      read(
        made.snapshot,
        "SELECT seq > (SELECT max(id) FROM person) FROM sqlite_sequence WHERE name = 'person'",
      ),
    ).toEqual([[1]])
  })

  it('become others in each run: no one can try which value became which', () => {
    expect(make(forum, people).text).not.toBe(made.text)
  })
})

it('keeps values where that is asked for, exactly', () => {
  const made = make(
    'CREATE TABLE t (a, b)',
    `INSERT INTO t VALUES ('it''s', x'00ff'), (1.5, 9223372036854775807), (NULL, CAST(x'ff41' AS TEXT))`,
    { keepsValues: true },
  )
  const sql = 'SELECT typeof(a), quote(a), typeof(b), hex(b) FROM t ORDER BY 1'
  expect(read(made.snapshot, sql)).toEqual(read(made.file, sql))
})

it('leaves out rows without their parent, and objects of a user', () => {
  const made = make(
    'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p); CREATE TABLE d (c INTEGER)',
    `INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (7); INSERT INTO d VALUES (1); CREATE TABLE own (a); INSERT INTO own VALUES ('private')`,
  )
  expect(made.report.orphans).toBe(1)
  expect(read(made.snapshot, 'SELECT * FROM c')).toEqual([[1]])
  expect(made.text).not.toContain('own')
})

it('gives rows that no value of their shape fits those of a row that is accepted', () => {
  const made = make(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (a IN ('yes', 'no') OR a GLOB 'item-[0-9]*'))`,
    `INSERT INTO t VALUES (10, 'item-1234'), (11, 'yes')`,
  )
  expect(made.report.reshaped).toEqual(['t'])
  expect(read(made.snapshot, 'SELECT count(*), count(DISTINCT id) FROM t')).toEqual([[2, 2]])
  expect(leftIn(made, ['t'], ['yes', 'no'])).toBeNull()
})

it('keeps different values different where nearly all of a shape are there', () => {
  const made = make(
    'CREATE TABLE t (code TEXT PRIMARY KEY, number INTEGER UNIQUE)',
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 98) INSERT INTO t SELECT printf('%02d', i), i FROM n`,
  )
  expect(read(made.snapshot, 'SELECT count(*), count(DISTINCT code), count(DISTINCT number) FROM t')).toEqual(
    [[99, 99, 99]],
  )
})

it('keeps different blobs and numbers different where nearly all of a size are there', () => {
  const made = make(
    'CREATE TABLE t (b BLOB UNIQUE, r REAL UNIQUE)',
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 254) INSERT INTO t SELECT unhex(printf('%02x', i)), i * 0.5 FROM n`,
  )
  const sql = 'SELECT count(*), count(DISTINCT b), count(DISTINCT r), sum(length(b)) FROM t'
  expect(read(made.snapshot, sql)).toEqual([[255, 255, 255, 255]])
})

it('reads a file of UTF-16, and full-text search', () => {
  const made = make(
    `CREATE TABLE t (a TEXT); CREATE VIRTUAL TABLE f USING fts5(title); CREATE VIRTUAL TABLE e USING fts5(a, content='t')`,
    `INSERT INTO t VALUES ('Größe 42 of something'); INSERT INTO f VALUES ('hidden words here'); INSERT INTO e (e) VALUES ('rebuild')`,
    { encoding: 'UTF-16le' },
  )
  expect(leftIn(made, ['t', 'f'])).toBeNull()
  expect(read(made.snapshot, 'SELECT count(*) FROM f')).toEqual([[1]])
  expect(made.bytes.includes('hidden')).toBe(false)
  expect(read(made.snapshot, 'SELECT length(a) FROM e')).toEqual([[21]])
})

describe('the notes of the version store', () => {
  it('stay, but for their times', () => {
    const made = make(
      'CREATE TABLE t (a)',
      `INSERT INTO t VALUES (1); UPDATE schema_version SET applied_at = '2024-05-06 07:08:09'`,
    )
    expect(read(made.snapshot, 'SELECT version FROM schema_version')).toEqual([[1]])
    expect(made.bytes.includes('2024-05-06')).toBe(false)
    expect(read(made.snapshot, 'SELECT datetime(applied_at) = applied_at FROM schema_version')).toEqual([[1]])
  })

  it('stay with their times where these are what names a migration', () => {
    const versions: VersionStore = {
      tables: ['notes'],
      create: (database) => database.exec('CREATE TABLE IF NOT EXISTS notes (at INTEGER)'),
      read: (database) => {
        const known = database.all("SELECT 1 FROM sqlite_schema WHERE name = 'notes'").length > 0
        const rows = known ? database.all('SELECT at FROM notes') : []
        return { current: rows.filter(({ at }) => at === 1_700_000_000_000n).length, missing: null }
      },
      record: (database) => {
        database.exec('INSERT INTO notes VALUES (1700000000000)')
      },
    }
    const made = make('CREATE TABLE t (a)', 'INSERT INTO t VALUES (1)', { versions })
    expect(read(made.snapshot, 'SELECT at FROM notes')).toEqual([[1_700_000_000_000]])
  })
})
