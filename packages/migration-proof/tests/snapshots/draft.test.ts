/**
 * Goal: what is drafted is exact and complete: a golden schema that builds the same database, rows that read back
 * as the values that they were, and synthetic rows for every table that accepts any.
 */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { migrate } from '../../src/migrator/migrate.ts'
import type { Migration } from '../../src/migrator/migration.ts'
import { definePlan } from '../../src/migrator/plan.ts'
import { userVersion, versionTable } from '../../src/migrator/version-store.ts'
import { generateRows, parentsFirst } from '../../src/rows/generate.ts'
import { diffSchemas } from '../../src/schema/diff.ts'
import { readSchema } from '../../src/schema/read.ts'
import { buildSnapshot, fillDatabase } from '../../src/snapshots/build.ts'
import { diffContent, readContent } from '../../src/snapshots/content-hash.ts'
import type { FixtureSuite, SnapshotDeclaration } from '../../src/snapshots/declaration.ts'
import { draftRows, requireExact } from '../../src/snapshots/draft.ts'
import { draftSchema, dumpSchema } from '../../src/snapshots/draft-schema.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { readSnapshotText } from '../../src/snapshots/rows-base.ts'
import { ordinaryTables } from '../../src/snapshots/tables.ts'
import { dumpRows } from '../../src/snapshots/typed-rows.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { createAuthors, goldens, makeSuite, makeWrittenSuite, writeText } from './library.ts'

function open(...statements: readonly string[]) {
  const database = new Database(':memory:')
  onTestFinished(() => {
    database.close()
  })
  for (const sql of statements) database.exec(sql)
  return betterSqliteConnection(database)
}

describe('a drafted golden schema', () => {
  it('builds the database that the migrations leave behind', () => {
    const { plan } = makeSuite()
    const migrated = open()
    const draft = draftSchema(plan, 3, migrated)
    expect(readContent(open(draft)).schemaHash).toBe(readContent(migrated).schemaHash)
    expect(readContent(open(String(goldens.v3))).schemaHash).toBe(readContent(migrated).schemaHash)
  })

  it('changes no word of what was there before, and puts what is new at the end', () => {
    const before = `-- Version 2.
CREATE TABLE BOOK (
  "isbn"      TEXT PRIMARY KEY NOT NULL, -- or ISSN
  author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('on shelf', 'on loan')), cover BLOB
) WITHOUT ROWID;
CREATE INDEX idx_book_author
  ON book (author_id);

CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
`
    const kept = before.slice(before.indexOf('CREATE'), before.indexOf('CREATE TABLE author'))
    const draft = draftSchema(makeSuite().plan, 3, open(), before)
    const [, ddl = ''] = draft.split('again.\n\n')
    const trigger = 'CREATE TRIGGER log_book'
    expect(ddl.slice(0, ddl.indexOf(trigger))).toBe(`${kept.trimEnd()}\n`)
    expect(ddl).toMatch(/AUTOINCREMENT,\n {2}name TEXT NOT NULL,\n {2}born REAL\n\);\n\nCREATE TABLE loan/)
    expect(diffSchemas(readSchema(open(String(goldens.v3))), readSchema(open(ddl)))).toEqual([])
  })

  it('is easy to read: each table with what belongs to it, without the indentation of the code', () => {
    const connection = open(
      `CREATE TABLE a (
         id INTEGER PRIMARY KEY,
         n TEXT CHECK (
           n <> ''
         )
       )`,
      'CREATE TABLE b (id INTEGER)',
      'CREATE VIEW v AS SELECT * FROM a',
      'CREATE INDEX i ON A (n)',
      'CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN DELETE FROM a; END',
    )
    expect(dumpSchema(connection)).toBe(`CREATE TABLE a (
  id INTEGER PRIMARY KEY,
  n TEXT CHECK (
    n <> ''
  )
);
CREATE INDEX i ON A (n);

CREATE TABLE b (id INTEGER);

CREATE VIEW v AS SELECT * FROM a;
CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN DELETE FROM a; END;
`)
  })
})

describe('dumped rows', () => {
  const literals: readonly (readonly [string, string])[] = [
    ['NULL', 'NULL'],
    ['1', '1'],
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['9223372036854775807', '9223372036854775807'],
    ['1.0', '1.0'],
    ['-0.5', '-0.5'],
    ['0.1 + 0.2', '0.30000000000000004'],
    ['1e300', '1e+300'],
    ['5e-324', '5e-324'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
    ['9e999', '9e999'],
    ['-9e999', '-9e999'],
    [`''`, `''`],
    [`'it''s'`, `'it''s'`],
    [`'two' || char(10) || 'lines'`, `'two\nlines'`],
    [`'é ع 👩‍🚀'`, `'é ع 👩‍🚀'`],
    [`'a' || char(0) || 'b'`, `CAST(x'610062' AS TEXT)`],
    [`'a' || char(13) || char(10)`, `CAST(x'610d0a' AS TEXT)`],
    [`CAST(x'c328' AS TEXT)`, `CAST(x'c328' AS TEXT)`],
    [`'1'`, `'1'`],
    [`x''`, `x''`],
    [`x'00ff'`, `x'00ff'`],
  ]

  it.for(literals)('write %s as %s', ([expression, literal]) => {
    const connection = open('CREATE TABLE t (v)', `INSERT INTO t VALUES (${expression})`)
    expect(dumpRows(connection, ['t'])).toBe(`INSERT INTO t (v) VALUES\n  (${literal});\n`)
  })

  it.for(literals)('read %s back as it was', ([expression]) => {
    const connection = open('CREATE TABLE t (v)', `INSERT INTO t VALUES (${expression})`)
    expect(readContent(open('CREATE TABLE t (v)', dumpRows(connection, ['t'])))).toEqual(
      readContent(connection),
    )
  })

  it('read doubles of every size back to the bit', () => {
    const connection = open('CREATE TABLE t (v REAL)')
    const bytes = Buffer.alloc(8)
    for (let number = 1; number <= 2_000; number += 1) {
      bytes.writeBigUInt64BE((0x9e3779b97f4a7c15n * BigInt(number)) & 0x7fefffffffffffffn)
      connection.all('INSERT INTO t VALUES (?)', [bytes.readDoubleBE()])
    }
    expect(readContent(open('CREATE TABLE t (v REAL)', dumpRows(connection, ['t'])))).toEqual(
      readContent(connection),
    )
  })

  it('are in the order of their keys, and leave generated columns out', () => {
    const connection = open(
      'CREATE TABLE "order" (b, a, twice AS (a * 2), PRIMARY KEY (a, b)) WITHOUT ROWID',
      'INSERT INTO "order" (b, a) VALUES (1, 2), (2, 1), (1, 1)',
    )
    expect(dumpRows(connection, ['order'])).toBe(
      'INSERT INTO "order" (b, a) VALUES\n  (1, 1),\n  (2, 1),\n  (1, 2);\n',
    )
  })

  it('keep the highest id that AUTOINCREMENT gave, and the version in the header', () => {
    const schema = 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)'
    const connection = open(
      schema,
      'INSERT INTO t VALUES (1), (9)',
      'DELETE FROM t WHERE id = 9',
      'PRAGMA user_version = 4',
    )
    const copy = open(schema, dumpRows(connection, ['t']))
    expect(copy.all('SELECT * FROM sqlite_sequence')).toEqual([{ name: 't', seq: 9n }])
    expect(copy.all('PRAGMA user_version')).toEqual([{ user_version: 4n }])
  })
})

describe('synthetic rows', () => {
  const tables: readonly (readonly [string, string])[] = [
    ['without constraints', 'CREATE TABLE t (a, b TEXT, c INTEGER, d REAL, e BLOB)'],
    [
      'that are STRICT',
      'CREATE TABLE t (a INT NOT NULL, b TEXT NOT NULL, c REAL NOT NULL, d BLOB NOT NULL, e ANY NOT NULL) STRICT',
    ],
    ['with a list of allowed texts', `CREATE TABLE t (state TEXT NOT NULL CHECK (state IN ('on', 'off')))`],
    ['with a range', 'CREATE TABLE t (year INTEGER NOT NULL CHECK (year BETWEEN 1990 AND 2030))'],
    ['with one row alone', 'CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (id = 1), v TEXT NOT NULL)'],
    [
      'with two columns that must agree',
      'CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, CHECK (a < b))',
    ],
    ['with a column that must be NULL', 'CREATE TABLE t (a TEXT NOT NULL, b TEXT CHECK (b IS NULL))'],
    ['with text that must be JSON', 'CREATE TABLE t (j TEXT NOT NULL CHECK (json_valid(j)))'],
    ['with text of a length', 'CREATE TABLE t (c TEXT NOT NULL CHECK (length(c) = 1))'],
    ['with a type that must be stored', `CREATE TABLE t (d DATETIME NOT NULL CHECK (typeof(d) = 'text'))`],
    ['with a UNIQUE column', 'CREATE TABLE t (a TEXT NOT NULL UNIQUE)'],
    ['with a generated column', 'CREATE TABLE t (a INTEGER NOT NULL, b INTEGER AS (a * 2) STORED)'],
    ['with names that are keywords', 'CREATE TABLE t ("select" TEXT NOT NULL, "a""b" INTEGER NOT NULL)'],
    ['without rowid', 'CREATE TABLE t (a TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID'],
    ['that refer to themselves', 'CREATE TABLE t (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES t (id))'],
  ]

  it.for(tables)('are found for a table %s', ([, ddl]) => {
    const connection = open('PRAGMA foreign_keys = ON', ddl)
    const inserted = generateRows(connection, 't', 2)
    expect(inserted).toBe(ddl.includes('id = 1') ? 1 : 2)
    expect(connection.all('SELECT 1 FROM t')).toHaveLength(inserted)
  })

  it('are children of rows that are there, table after table', () => {
    const connection = open(
      'PRAGMA foreign_keys = ON',
      'CREATE TABLE c (a INTEGER NOT NULL, b TEXT NOT NULL, FOREIGN KEY (a, b) REFERENCES p (x, y))',
      'CREATE TABLE g (c INTEGER NOT NULL REFERENCES r)',
      'CREATE TABLE p (x INTEGER, y TEXT, r INTEGER NOT NULL REFERENCES R, PRIMARY KEY (x, y))',
      'CREATE TABLE r (id INTEGER PRIMARY KEY)',
    )
    const order = parentsFirst(connection, ordinaryTables(connection))
    expect(order).toEqual(['r', 'p', 'c', 'g'])
    expect(order.map((table) => generateRows(connection, table, 2))).toEqual([2, 2, 2, 2])
    expect(connection.all('PRAGMA foreign_key_check')).toEqual([])
    expect(connection.all('SELECT DISTINCT c FROM g')).toHaveLength(2)
  })

  it('lack their parents when that is asked for', () => {
    const connection = open(
      'PRAGMA foreign_keys = OFF',
      'CREATE TABLE p (x INTEGER PRIMARY KEY)',
      'CREATE TABLE c (a INTEGER NOT NULL REFERENCES p)',
      'INSERT INTO p VALUES (1)',
    )
    expect(generateRows(connection, 'c', 1, 'missing')).toBe(1)
    expect(connection.all('PRAGMA foreign_key_check')).toHaveLength(1)
  })

  it('are none for a table that takes none', () => {
    const connection = open(
      `CREATE TABLE t (a TEXT CHECK (a = 'x' AND a = 'y'), b TEXT NOT NULL CHECK (b IS a))`,
    )
    expect(generateRows(connection, 't', 2)).toBe(0)
  })

  it('are not generated for what is no table', () => {
    expect(() =>
      generateRows(open('CREATE TABLE t (a)', 'CREATE VIEW v AS SELECT * FROM t'), 'v', 1),
    ).toThrow('There is no table v')
  })
})

/** What a snapshot is built from, with these rows. */
function textOf(suite: FixtureSuite, snapshot: SnapshotDeclaration, rows: string) {
  writeText(suite, `rows/${snapshot.name}.sql`, rows)
  return readSnapshotText(suite, snapshot)
}

describe('drafted rows', () => {
  const third: SnapshotDeclaration = {
    name: 'v3',
    version: 3,
    form: 'versioned',
    origin: 'here',
    releases: [],
  }

  it('are those of the newest older snapshot, and synthetic ones where it has none', () => {
    const suite = makeWrittenSuite()
    const built = open()
    fillDatabase(built, 'v3', textOf(suite, third, draftRows(suite, third)))
    expect(built.all('SELECT isbn, state, cover FROM book ORDER BY isbn')).toEqual([
      { isbn: '978-0-06-051275-9', state: 'on loan', cover: Buffer.from([0, 255]) },
      { isbn: 'zwölf', state: 'on shelf', cover: null },
    ])
    expect(built.all('SELECT count(*) AS n FROM loan')).toEqual([{ n: 4n }])
    expect(built.all('PRAGMA user_version')).toEqual([{ user_version: 3n }])
  })

  it('use a column that was added to a table with rows', () => {
    const plan = definePlan(
      [
        ...makeSuite().plan.migrations.slice(0, 3),
        {
          version: 4,
          name: 'pages',
          up: (connection: { exec(sql: string): void }) => {
            connection.exec(`ALTER TABLE book ADD COLUMN pages INTEGER CHECK (pages > 0);
              ALTER TABLE book ADD COLUMN language TEXT NOT NULL DEFAULT 'en'`)
          },
        },
      ],
      userVersion(),
    )
    const fourth: SnapshotDeclaration = { ...third, name: 'v4', version: 4 }
    const suite = { ...makeWrittenSuite({ snapshots: [fourth] }), plan }
    const draft = draftRows(suite, fourth)
    writeText(suite, 'schemas/v4.sql', draftSchema(plan, 4, open()))
    const built = open()
    fillDatabase(built, 'v4', textOf(suite, fourth, draft))
    expect(
      built.all('SELECT count(pages) > 0 AS pages, max(language) <> min(language) AS other FROM book'),
    ).toEqual([{ pages: 1n, other: 1n }])
  })

  it('name the table that no row could be made for', () => {
    const impossible = {
      version: 1,
      name: 'impossible',
      up: (connection: { exec(sql: string): void }) =>
        connection.exec(`CREATE TABLE never (a TEXT NOT NULL CHECK (a = 'x' AND a = 'y'))`),
    }
    const suite = makeSuite({ plan: definePlan([impossible], userVersion()), snapshots: [] })
    expect(() => draftRows(suite, { ...third, name: 'v1', version: 1 })).toThrow(
      /^rows\/v1: .*no row that table never accepts: no row was found that meets CHECK .*; write the INSERT statements of rows\/v1\.sql by hand/,
    )
  })

  const searching = (sql: string) => {
    const up = (connection: { exec(sql: string): void }) => connection.exec(sql)
    const plan = definePlan([{ version: 1, name: 'search', up }], userVersion())
    return draftRows(makeSuite({ plan, snapshots: [] }), { ...third, name: 'v1', version: 1 })
  }

  it('leave the tables of the versions as the migrator does', () => {
    const own = versionTable('applied')
    const versions = {
      ...own,
      tables: ['applied', 'applied_lock'],
      create: (connection: Pick<Connection, 'exec' | 'all'>) => {
        own.create(connection)
        connection.exec('CREATE TABLE IF NOT EXISTS applied_lock (holder TEXT)')
      },
    }
    const first = {
      version: 1,
      name: 'notes',
      up: (c: Pick<Connection, 'exec'>) => c.exec('CREATE TABLE note (text TEXT)'),
    }
    const suite = makeSuite({ plan: definePlan([first], versions), snapshots: [] })
    const rows = draftRows(suite, { ...third, name: 'v1', version: 1 })
    expect(rows).toContain('INSERT INTO note')
    expect(rows).not.toContain('applied_lock')
    const schema = 'CREATE TABLE applied_lock (holder TEXT)'
    const build = (mayBeEmpty: readonly string[]) => {
      using folder = makePrivateFolder()
      return buildSnapshot('v1', { schema, rows: '' }, join(folder.path, 'v1.db'), mayBeEmpty).tables
    }
    expect(build(['Applied_Lock'])).toMatchObject([{ name: 'applied_lock', rows: 0 }])
    expect(() => build([])).toThrow('no row in table applied_lock')
  })

  it('fill full-text search, and what indexes another table by that table', () => {
    const rows = searching(`CREATE VIRTUAL TABLE words USING fts5(word); CREATE TABLE page (text TEXT);
      CREATE VIRTUAL TABLE page_search USING fts4(text, content='page')`)
    expect(rows).toContain(
      "INSERT INTO words (rowid, word) VALUES\n  (1, 'word 1'),\n  (2, 'word 2');\n\nINSERT INTO page_search (page_search) VALUES ('rebuild');",
    )
    expect(rows).not.toMatch(/words_|page_search_/)
  })

  it('leave out a number of the rows that full-text search knows by theirs', () => {
    const rows =
      searching(`CREATE TABLE page (name TEXT PRIMARY KEY); CREATE TABLE plain (name TEXT PRIMARY KEY);
      CREATE VIRTUAL TABLE page_search USING fts5(name, content='page')`)
    const inserted = /INSERT INTO page \(rowid, name\) VALUES\n([^;]+);/.exec(rows)?.[1] ?? ''
    const numbers = [...inserted.matchAll(/^ {2}\((\d+), /gm)].map(([, number]) => Number(number))
    expect(Math.max(...numbers)).toBe(numbers.length + 1)
    expect(rows).toContain('INSERT INTO plain (name)')
  })

  it('are left to a person where the schema has a virtual table that cannot be written out', () => {
    expect(() => searching('CREATE VIRTUAL TABLE words USING fts5vocab(text, row)')).toThrow(
      'the virtual table words',
    )
  })

  it('are written out as a whole where a trigger of a new row changes an old one', () => {
    const steps = [
      `CREATE TABLE account (id INTEGER PRIMARY KEY, entries INTEGER NOT NULL DEFAULT 0);
       CREATE TABLE entry (id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account (id));
       CREATE TRIGGER counted AFTER INSERT ON entry BEGIN UPDATE account SET entries = entries + 1 WHERE id = new.account; END`,
      'ALTER TABLE entry ADD COLUMN note TEXT',
    ]
    const migrations = steps.map(
      (sql, index): Migration => ({
        version: index + 1,
        name: 'x',
        up: (connection) => connection.exec(sql),
      }),
    )
    const plan = definePlan(migrations, userVersion())
    const suite = makeSuite({ plan, snapshots: [] })
    const first = { ...third, name: 'v1', version: 1 }
    writeText(suite, 'schemas/v1.sql', draftSchema(plan, 1, open()))
    writeText(suite, 'rows/v1.sql', draftRows(suite, first))
    const both = { ...suite, snapshots: [first] }
    const rows = draftRows(both, { ...third, name: 'v2', version: 2 })
    expect(rows).not.toContain('-- base:')
    const built = open()
    migrate(built, plan, { target: 2 })
    const filled = open()
    fillDatabase(filled, 'v2', { schema: dumpSchema(built), rows })
    expect(filled.all('SELECT count(note) > 0 AS isNoted FROM entry')).toEqual([{ isNoted: 1n }])
  })

  it.for([
    ['a foreign key', 'author INTEGER NOT NULL', 'author INTEGER NOT NULL REFERENCES author (id)'],
    ['a CHECK', 'author INTEGER NOT NULL', 'author INTEGER NOT NULL CHECK (author BETWEEN 7 AND 90)'],
  ])('meet %s that a later migration adds', ([, before = '', after = '']) => {
    const create = (name: string, column: string) =>
      `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, ${column}, title TEXT)`
    const steps: readonly (Pick<Migration, 'foreignKeys'> & { readonly sql: string })[] = [
      {
        sql: `${create('a_book', before)}; CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL)`,
      },
      {
        foreignKeys: 'off',
        sql: `${create('new', after)}; INSERT INTO new SELECT * FROM a_book; DROP TABLE a_book; ALTER TABLE new RENAME TO a_book`,
      },
    ]
    const migrations = steps.map(
      ({ sql, ...rest }, index): Migration => ({
        version: index + 1,
        name: 'x',
        ...rest,
        up: (connection) => connection.exec(sql),
      }),
    )
    const plan = definePlan(migrations, userVersion())
    const rows = draftRows(makeSuite({ plan, snapshots: [] }), { ...third, name: 'v1', version: 1 })
    const built = open(...(steps[0]?.sql ?? '').split('; '), rows)
    built.exec('PRAGMA user_version = 1')
    migrate(built, plan)
    expect(built.all('SELECT count(*) > 2 AS several FROM a_book')).toEqual([{ several: 1n }])
  })

  it('are refused where they would build something else', () => {
    const original = open('CREATE TABLE t (a)', 'INSERT INTO t VALUES (1)')
    expect(() => requireExact(original, 'INSERT INTO t VALUES (1.0);', 'v1')).toThrow(
      'changed, table t: 1 rows',
    )
    expect(() => requireExact(original, 'INSERT INTO t VALUES (1);', 'v1')).not.toThrow()
  })

  it('are made though AUTOINCREMENT is used no more', () => {
    const replaceAuthors = {
      version: 2,
      name: 'authors without numbers',
      up: (connection: { exec(sql: string): void }) =>
        connection.exec('DROP TABLE author; CREATE TABLE author (name)'),
    }
    const suite = makeWrittenSuite({ plan: definePlan([createAuthors, replaceAuthors], userVersion()) })
    expect(draftRows(suite, { ...third, name: 'v2', version: 2 })).toContain(
      'INSERT INTO author (name) VALUES',
    )
  })

  it('build what they were made from', () => {
    const suite = makeWrittenSuite()
    const [first, second] = [1, 2].map((number) => {
      const connection = open()
      fillDatabase(connection, `run ${number}`, textOf(suite, third, draftRows(suite, third)))
      return readContent(connection)
    })
    if (first === undefined || second === undefined) throw new Error('no content')
    expect(diffContent(first, second)).toEqual([])
  })
  it('leave out rows with which a later migration fails, where the others show enough', () => {
    const make: Migration = {
      version: 1,
      name: 'notes',
      up: (connection) => connection.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, tag TEXT)'),
    }
    const tighten: Migration = {
      version: 2,
      name: 'not null',
      up: (connection) =>
        connection.exec(`CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT NOT NULL, tag TEXT);
          INSERT INTO copy SELECT * FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note`),
    }
    const plan = definePlan([make, tighten], userVersion())
    const suite = makeSuite({ plan, snapshots: [] })
    const connection = open()
    const draft = draftRows(suite, { ...third, name: 'v1', version: 1 })
    migrate(connection, plan, { target: 1 })
    connection.exec(draft)
    const [found] = connection.all(
      'SELECT count(*) AS n, count(*) FILTER (WHERE text IS NULL) AS bare, count(*) FILTER (WHERE tag IS NULL) AS other FROM note',
    )
    expect(found).toEqual({
      n: expect.toSatisfy((n) => n > 2n),
      bare: 0n,
      other: expect.toSatisfy((n) => n > 0n),
    })
    expect(() => migrate(connection, plan)).not.toThrow()
  })
  it('hold the JSON and the times that later migrations read', () => {
    const upgraded = upgradeDraft(
      `CREATE TABLE person (id INTEGER PRIMARY KEY, body TEXT NOT NULL, extra TEXT NOT NULL, day TEXT NOT NULL,
         labels TEXT NOT NULL, seconds INTEGER NOT NULL)`,
      `CREATE TABLE card (id INTEGER PRIMARY KEY, mail TEXT NOT NULL, city TEXT, born INTEGER NOT NULL, since TEXT NOT NULL);
       INSERT INTO card SELECT p.id, json_extract(p.body, '$.contact.mail'), p.extra ->> '$.city', unixepoch(p.day),
         datetime(seconds, 'unixepoch') FROM person AS p;
       CREATE TABLE label (person INTEGER NOT NULL, label TEXT NOT NULL);
       INSERT INTO label SELECT person.id, one.value FROM person, json_each(person.labels) AS one`,
    )
    const [found] = upgraded.all(
      'SELECT count(*) AS n, count(city) AS cities, (SELECT count(*) FROM label) AS labels FROM card',
    )
    expect(found).toEqual({ n: above(1), cities: above(1), labels: above(1) })
  })

  it('hold two rows of the same key but for a NULL, which a removal of duplicates may take for equal', () => {
    const upgraded = upgradeDraft(
      'CREATE TABLE link (id INTEGER PRIMARY KEY, page INTEGER NOT NULL, tag TEXT, place TEXT)',
      'DELETE FROM link WHERE id NOT IN (SELECT min(id) FROM link GROUP BY page, tag) AND tag IS NULL',
    )
    const lost = upgradeDraft(
      'CREATE TABLE link (id INTEGER PRIMARY KEY, page INTEGER NOT NULL, tag TEXT, place TEXT)',
    )
    const count = (connection: Connection) => connection.all('SELECT count(*) AS n FROM link')[0]?.n
    expect(count(upgraded)).toBeLessThan(Number(count(lost)))
  })
})

const above = (least: number) => expect.toSatisfy((n) => n > BigInt(least))

/** The database that later versions make of the drafted rows of version 1. */
function upgradeDraft(...steps: readonly string[]): Connection {
  const migrations = steps.map(
    (sql, index): Migration => ({
      version: index + 1,
      name: `step ${index + 1}`,
      up: (connection) => connection.exec(sql),
    }),
  )
  const plan = definePlan(migrations, userVersion())
  const connection = open()
  migrate(connection, plan, { target: 1 })
  connection.exec(
    draftRows(makeSuite({ plan, snapshots: [] }), {
      name: 'v1',
      version: 1,
      form: 'versioned',
      origin: 'built',
      releases: ['0.1'],
    }),
  )
  migrate(connection, plan)
  return connection
}
