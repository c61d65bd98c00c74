// Goal: another application's database is not taken for version 0 of this one, however it came to be, and a database
// of this one is recognised in whatever state a person left it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { betterSqliteConnection, defineConfig, userVersion } from '../../src/index.ts'
import { recogniseDatabase } from '../../src/upgrade/recognise.ts'

const fixtures = mkdtempSync(join(tmpdir(), 'recognise-'))
mkdirSync(join(fixtures, 'schemas'))
writeFileSync(
  join(fixtures, 'schemas', 'v0-first.sql'),
  'CREATE TABLE client (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE config (key TEXT, value TEXT)',
)
afterAll(() => rmSync(fixtures, { recursive: true }))

const migrations = [
  {
    version: 1,
    name: 'first',
    up: (connection: { exec(sql: string): void }) =>
      connection.exec(
        'CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT); CREATE VIEW cheap AS SELECT * FROM item',
      ),
  },
  {
    version: 2,
    name: 'second',
    up: (connection: { exec(sql: string): void }) =>
      connection.exec('CREATE TABLE tag (name TEXT); CREATE VIRTUAL TABLE words USING fts5 (text)'),
  },
] as const

const first = {
  name: 'v0-first',
  version: 0,
  form: 'first release',
  origin: 'by hand',
  releases: [],
} as const
const shop = defineConfig({ name: 'shop', fixtures, migrations, snapshots: [first] })
const counted = defineConfig({
  name: 'counted',
  fixtures,
  migrations,
  versions: userVersion(),
  snapshots: [],
})

function recognise(sql: string, suite = shop) {
  const database = new Database(':memory:')
  try {
    database.exec(sql)
    return recogniseDatabase(betterSqliteConnection(database), suite)
  } finally {
    database.close()
  }
}

const versionTable = 'CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT)'

/** Schemas as other applications have them, in short. */
const foreign: readonly (readonly [name: string, sql: string])[] = [
  [
    'of the cookies of a browser',
    `CREATE TABLE meta (key LONGVARCHAR NOT NULL UNIQUE PRIMARY KEY, value LONGVARCHAR);
    CREATE TABLE cookies (creation_utc INTEGER NOT NULL, host_key TEXT NOT NULL, name TEXT NOT NULL);
    CREATE UNIQUE INDEX cookies_unique_index ON cookies (host_key, name)`,
  ],
  [
    'of places on earth',
    `PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300;
    CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL);
    CREATE TABLE roads (fid INTEGER PRIMARY KEY, geom BLOB);
    CREATE VIRTUAL TABLE rtree_roads_geom USING rtree (id, minx, maxx, miny, maxy);
    CREATE VIEW metadata AS SELECT * FROM gpkg_contents`,
  ],
  [
    'of an input method',
    'CREATE TABLE phrases (id INTEGER PRIMARY KEY, mlen INTEGER, clen INTEGER, m0 INTEGER); CREATE TABLE goucima (zi TEXT)',
  ],
  ['of views alone', 'CREATE VIEW everything AS SELECT 1'],
  ['of a virtual table alone', 'CREATE VIRTUAL TABLE notes USING fts5 (text)'],
  [
    'with versions of its own in a table of that name',
    'CREATE TABLE schema_version (id INTEGER, description TEXT); CREATE TABLE flight (id INTEGER)',
  ],
  [
    'with versions that read like this one’s',
    `${versionTable}; INSERT INTO schema_version VALUES (1, ''), (2, ''); CREATE TABLE flight (id INTEGER)`,
  ],
  [
    'with versions above this one’s',
    `${versionTable}; INSERT INTO schema_version VALUES (9, ''); CREATE TABLE flight (id INTEGER)`,
  ],
  ['with an empty table of versions', `${versionTable}; CREATE TABLE flight (id INTEGER)`],
  ['with an index of a known name', 'CREATE TABLE flight (id INTEGER); CREATE INDEX item ON flight (id)'],
  [
    'with one table of several of a form',
    'CREATE TABLE config (id INTEGER, json TEXT); CREATE TABLE flight (id INTEGER)',
  ],
  ['without a table, with the mark of an application', 'PRAGMA application_id = 0x47504B47'],
  ['without a table, with a version of its own', 'PRAGMA user_version = 7'],
]

describe('another application’s database:', () => {
  it.for(foreign)('one %s', ([, sql]) => {
    expect(recognise(sql).kind).toBe('foreign')
  })

  it('names what it has', () => {
    expect(recognise(`${versionTable}; CREATE TABLE "Flight" (id); CREATE VIEW late AS SELECT 1`)).toEqual({
      kind: 'foreign',
      version: 0,
      found: ['Flight', 'late'],
    })
  })

  it('with a number of its own where versions are numbers', () => {
    expect(recognise('PRAGMA user_version = 2; CREATE TABLE flight (id)', counted).kind).toBe('foreign')
    expect(recognise('PRAGMA user_version = 77; CREATE TABLE flight (id)', counted).kind).toBe('foreign')
    expect(recognise('PRAGMA application_id = 7', counted).kind).toBe('foreign')
  })
})

describe('the subject’s database:', () => {
  const second = `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE tag (name TEXT)`

  it.for([
    ['at a version', `${versionTable}; INSERT INTO schema_version VALUES (1, ''); ${second}`, 1],
    [
      'with one table left',
      `${versionTable}; INSERT INTO schema_version VALUES (1, ''); CREATE VIEW cheap AS SELECT 1`,
      1,
    ],
    ['whose version was lost', second, 0],
    ['in another case', 'CREATE TABLE ITEM (id)', 0],
    ['with the mark of an application', `PRAGMA application_id = 7; ${second}`, 0],
    [
      'with much of a person’s own',
      `${second}; CREATE TABLE own (a); CREATE VIRTUAL TABLE notes USING fts5 (t)`,
      0,
    ],
    [
      'of the first release',
      'CREATE TABLE client (id INTEGER PRIMARY KEY); CREATE TABLE Config (key); CREATE TABLE own (a)',
      0,
    ],
    ['with nothing but a version', `${versionTable}; INSERT INTO schema_version VALUES (1, '')`, 1],
  ] as const)('one %s', ([, sql, version]) => {
    expect(recognise(sql)).toEqual({ kind: 'subject', version })
  })

  it('is empty where nothing is in it', () => {
    expect(recognise('')).toEqual({ kind: 'empty', version: 0 })
    expect(recognise(versionTable)).toEqual({ kind: 'empty', version: 0 })
    expect(recognise('PRAGMA page_size = 512; CREATE TABLE a (b); DROP TABLE a')).toEqual({
      kind: 'empty',
      version: 0,
    })
  })

  it('is newer where newer software noted a version in it', () => {
    const newer = `${versionTable}; INSERT INTO schema_version VALUES (9, ''); ${second}`
    expect(recognise(newer)).toEqual({ kind: 'newer', version: 9 })
    expect(recognise(`PRAGMA user_version = 9; ${second}`, counted)).toEqual({ kind: 'newer', version: 9 })
  })

  it('is known by its version where its first versions make no table', () => {
    const late = defineConfig({
      name: 'late',
      fixtures,
      migrations: [{ version: 1, name: 'nothing', up: () => {} }, { ...migrations[1] }],
      snapshots: [],
    })
    const sql = `${versionTable}; INSERT INTO schema_version VALUES (1, ''); CREATE TABLE own (a)`
    expect(recognise(sql, late)).toEqual({ kind: 'subject', version: 1 })
  })

  it('is known although a later migration fails in an empty database', () => {
    const broken = defineConfig({
      name: 'broken',
      fixtures,
      migrations: [
        migrations[0],
        {
          version: 2,
          name: 'fails',
          up: () => {
            throw new Error('no rows')
          },
        },
      ],
      snapshots: [],
    })
    expect(recognise('CREATE TABLE item (id)', broken).kind).toBe('subject')
    expect(recognise('CREATE TABLE flight (id)', broken).kind).toBe('foreign')
  })
})
