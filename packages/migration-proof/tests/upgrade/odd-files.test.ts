// Goal: odd names, hostile objects, thousands of tables and what a killed writer left are no reason to refuse a file:
// it is upgraded, and keeps all that was in it.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { previewUpgrade } from '../../src/upgrade/preview.ts'
import { makePlace } from './place.ts'
import { shopWith, upgrade } from './shop.ts'

const place = makePlace()
const { image, file, suite } = place
afterAll(place.remove)
beforeEach(place.clear)

/** What a user, or an attacker, may have put into the file. */
const oddities = [
  {
    name: 'names with quotes, brackets and line breaks',
    sql: `CREATE TABLE "it's ""mine"" [x] \`y\`" ("a""b" TEXT PRIMARY KEY, "c
d"); INSERT INTO "it's ""mine"" [x] \`y\`" VALUES (1, 2)`,
  },
  {
    name: 'names of other alphabets',
    sql: 'CREATE TABLE "таблица 🦋" ("ключ" PRIMARY KEY) WITHOUT ROWID; INSERT INTO "таблица 🦋" VALUES (1)',
  },
  {
    name: 'keywords as names',
    sql: 'CREATE TABLE "table" ("select" INTEGER, "order" TEXT); CREATE INDEX "index" ON "table" ("select"); INSERT INTO "table" VALUES (1, 2)',
  },
  {
    name: 'names like those of SQL injections',
    sql: `CREATE TABLE "x); DROP TABLE item; --" (a); INSERT INTO "x); DROP TABLE item; --" VALUES (1)`,
  },
  {
    name: 'columns that hide the rowid',
    sql: 'CREATE TABLE own (rowid, oid, _rowid_); INSERT INTO own VALUES (1, 2, 3)',
  },
  {
    name: 'a trigger that would delete everything',
    sql: 'CREATE TRIGGER own AFTER INSERT ON item BEGIN DELETE FROM note; DELETE FROM item; END',
  },
  {
    name: 'a trigger that would never end',
    sql: 'CREATE TRIGGER own AFTER DELETE ON note BEGIN INSERT INTO note WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n; END',
  },
  {
    name: 'a view that would never end',
    sql: 'CREATE VIEW own AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n',
  },
  { name: 'a view of nothing', sql: 'CREATE VIEW own AS SELECT a FROM nowhere' },
  {
    name: 'an unknown function in a trigger',
    sql: 'CREATE TRIGGER own AFTER INSERT ON item BEGIN SELECT load_extension(new.name); END',
  },
  {
    name: 'a foreign key to nothing, with orphans',
    sql: 'PRAGMA foreign_keys = OFF; CREATE TABLE own (a REFERENCES nowhere (b)); INSERT INTO own VALUES (1)',
  },
  {
    name: 'a full-text index',
    sql: "CREATE VIRTUAL TABLE own USING fts5 (text); INSERT INTO own VALUES ('some words')",
  },
  {
    name: '300 tables',
    sql: Array.from({ length: 300 }, (_, i) => `CREATE TABLE own_${i} (a)`).join(';'),
  },
] as const

describe('upgraded with all that was in it:', () => {
  it.for(oddities)('$name', async ({ sql }) => {
    place.change(sql)
    const before = readObjects()
    const { to } = await place.run()
    expect(to).toBe(2)
    expect(missingFrom(readObjects(), before)).toEqual([])
  })
})

it('upgraded with 10,000 tables in it', async () => {
  addEmptyTables(10_000)
  const before = readObjects()
  // To compare each of them takes four queries a table; the journal shows that none was written to.
  await place.run({ level: 'quick' })
  expect(before.size).toBeGreaterThan(10_000)
  expect(missingFrom(readObjects(), before)).toEqual([])
}, 60_000)

/**
 * Appends an empty page for each table and lists them all at once: CREATE TABLE reads the whole schema each time.
 * See https://www.sqlite.org/fileformat2.html#b_tree_pages
 */
function addEmptyTables(count: number) {
  const pageBytes = 4096
  const emptyPage = Buffer.alloc(pageBytes)
  emptyPage.writeUInt8(13, 0)
  emptyPage.writeUInt16BE(pageBytes, 5)
  let pagesBefore = 0
  place.rewrite((bytes) => {
    pagesBefore = bytes.length / pageBytes
    bytes.writeUInt32BE(pagesBefore + count, 28)
    return Buffer.concat([bytes, ...Array.from({ length: count }, () => emptyPage)])
  })
  const database = new Database(file)
  database.unsafeMode().exec(`PRAGMA writable_schema = ON;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${count})
    INSERT INTO sqlite_schema
    SELECT 'table', 'own_' || i, 'own_' || i, ${pagesBefore} + i, 'CREATE TABLE own_' || i || ' (a)' FROM n`)
  database.close()
}

function missingFrom(after: ReadonlySet<string>, before: ReadonlySet<string>): string[] {
  return [...before].filter((object) => !after.has(object))
}

function readObjects(): ReadonlySet<string> {
  const database = new Database(file, { readonly: true })
  try {
    const objects = database.prepare('SELECT type, name, sql FROM sqlite_schema').all()
    return new Set(objects.map((object) => JSON.stringify(object)))
  } finally {
    database.close()
  }
}

/**
 * Objects that need what only another program has. SQLite makes none such: each is made with a word that it knows, which
 * is replaced in the schema.
 */
const otherPrograms = [
  { name: 'a column with a collation', sql: 'CREATE TABLE own (a TEXT COLLATE NOCASE)', isChecked: true },
  {
    name: 'a key with a collation',
    sql: 'CREATE TABLE own (a TEXT COLLATE NOCASE PRIMARY KEY)',
    isChecked: false,
  },
  {
    name: 'an index with a function',
    sql: 'CREATE TABLE own (a); CREATE INDEX own_i ON own (soundex(a))',
    isChecked: false,
  },
  {
    name: 'a constraint with a function',
    sql: 'CREATE TABLE own (a CHECK (soundex(a) <> a))',
    isChecked: false,
  },
  { name: 'a default with a function', sql: 'CREATE TABLE own (a, b DEFAULT (soundex(1)))', isChecked: true },
  {
    name: 'a view with a function',
    sql: 'CREATE TABLE own (a); CREATE VIEW own_v AS SELECT soundex(a) FROM own',
    isChecked: true,
  },
  {
    name: 'a foreign key to a key with a collation',
    sql: 'CREATE TABLE own (a TEXT COLLATE NOCASE PRIMARY KEY); CREATE TABLE own_child (a REFERENCES own (a))',
    isChecked: false,
  },
  {
    name: 'a module',
    sql: 'CREATE VIRTUAL TABLE own_words USING fts4 (t); CREATE TABLE own (a)',
    isChecked: true,
  },
] as const

function changeWords(sql: string) {
  place.change(`${sql}; ${sql.includes('own (a') ? "INSERT INTO own (a) VALUES ('x'), ('y')" : ''}`)
  const database = new Database(file)
  database.unsafeMode().exec(`PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql =
    replace(replace(replace(sql, 'NOCASE', 'unicase'), 'soundex', 'unifold'), 'fts4', 'vec9') WHERE name LIKE 'own%'`)
  database.close()
}

describe('what needs another program', () => {
  it.for(otherPrograms)(
    'is kept, and named where it cannot be checked: $name',
    async ({ sql, isChecked }) => {
      changeWords(sql)
      const before = readObjects()
      const { proofs } = await place.run({ level: 'thorough' })
      expect(missingFrom(readObjects(), before)).toEqual([])
      const integrity = proofs.find(({ proof }) => proof === 'integrity')?.detail ?? ''
      expect(integrity.includes('table own could not be checked (')).toBe(!isChecked)
      const database = new Database(file)
      expect(database.prepare('SELECT a FROM own NOT INDEXED').pluck().all()).toEqual(['x', 'y'])
      database.close()
    },
  )

  it('is no reason to pass over damage in a table beside it', async () => {
    changeWords('CREATE TABLE own (a TEXT COLLATE NOCASE PRIMARY KEY)')
    const database = new Database(file)
    // An index whose entries are not those of its rows.
    database.unsafeMode().exec(`CREATE INDEX late ON note (text); PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = 'CREATE INDEX late ON note (upper(text))' WHERE name = 'late'`)
    database.close()
    const before = readFileSync(file)
    await expect(place.run({ level: 'thorough' })).rejects.toThrow(/integrity_check says .+ late/)
    expect(readFileSync(file)).toEqual(before)
  })

  it.for([
    [
      'a key of a table without a rowid',
      'CREATE TABLE own (a TEXT COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID',
      'own',
    ],
    ['a generated column', 'CREATE TABLE own (a, b AS (soundex(a)))', 'own'],
    ['an index on a known table', 'CREATE INDEX own_i ON item (name COLLATE NOCASE)', 'item'],
    ['an expression on a known table', 'CREATE INDEX own_i ON item (soundex(name))', 'item'],
    [
      'a trigger on a known table',
      'CREATE TRIGGER own AFTER UPDATE OF name ON item BEGIN SELECT soundex(new.name); END',
      'item',
    ],
  ] as const)(
    'is refused before any change where it keeps rows from being proven: %s',
    async ([, sql, table]) => {
      changeWords(sql)
      const before = place.read()
      const refusal = await place.run().catch((error: unknown) => error)
      expect(refusal).toMatchObject({ name: 'UpgradeRefusedError', reason: 'unreadable-schema' })
      expect(String(refusal)).toMatch(new RegExp(`, table ${table}: .+ found '.*(unicase|unifold)`))
      expect(place.read()).toEqual(before)
    },
  )

  it('is called by name where SQLite cannot read the schema at all', async () => {
    place.change('CREATE TABLE own (a)')
    const database = new Database(file)
    database
      .unsafeMode()
      .exec(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE own (a,' WHERE name = 'own'",
      )
    database.close()
    await expect(place.run()).rejects.toThrow(/found 'malformed database schema \(own\)/)
  })
})

describe('a file of the first schema format', () => {
  /** An index in a file of schema format 1: ascending, whatever its SQL says. */
  function makeOld() {
    place.change('CREATE INDEX own_price ON item (price)')
    const database = new Database(file)
    database.unsafeMode().exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'price)', 'price DESC)') WHERE name = 'own_price'`)
    database.close()
    const bytes = readFileSync(file)
    bytes.writeUInt32BE(1, 44)
    writeFileSync(file, bytes)
  }

  const descending = shopWith('CREATE INDEX item_price ON item (price DESC)')

  it('is refused before the backup where DESC is needed, and upgraded after the VACUUM that it names', async () => {
    makeOld()
    const before = place.read()
    const refusal = await upgrade({ suite: descending, file }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ name: 'UpgradeRefusedError', reason: 'old-format' })
    expect(String(refusal)).toContain('schema format 1')
    expect(String(refusal)).toContain('`sqlite3 FILE VACUUM`')
    expect(place.read()).toEqual(before)
    const database = new Database(file)
    database.exec('VACUUM')
    database.close()
    expect((await upgrade({ suite: descending, file })).to).toBe(2)
  })

  it('is upgraded where no index needs DESC', async () => {
    makeOld()
    expect((await place.run()).to).toBe(2)
  })
})

describe('an unfinished change', () => {
  it('that a killed writer left is taken back first', async () => {
    const writer = new Database(join(dirname(image), 'writer.db'))
    copyFileSync(image, writer.name)
    writer.exec("PRAGMA cache_size = 5; BEGIN; UPDATE item SET body = body || 'unfinished'")
    for (const ending of ['', '-journal']) copyFileSync(writer.name + ending, file + ending)
    writer.close()
    const { to } = await place.run()
    expect(to).toBe(2)
    expect(existsSync(`${file}-journal`)).toBe(false)
    const database = new Database(file)
    expect(database.prepare("SELECT count(*) FROM item WHERE body LIKE '%unfinished'").pluck().get()).toBe(0)
    database.close()
  })

  it('is left alone by a look that only prepares a rehearsal', () => {
    const writer = new Database(join(dirname(image), 'writer.db'))
    copyFileSync(image, writer.name)
    writer.exec("PRAGMA cache_size = 5; BEGIN; UPDATE item SET body = body || 'unfinished'")
    for (const ending of ['', '-journal']) copyFileSync(writer.name + ending, file + ending)
    writer.close()
    const before = place.read()
    const { survey } = previewUpgrade(file, {
      plan: suite.plan,
      backupFolder: null,
      rehearsalFolder: dirname(image),
    })
    expect(survey.version).toBe(1)
    expect(place.read()).toEqual(before)
  })
})

it('upgrade is not run twice by two at once', async () => {
  copyFileSync(image, file)
  const ends = await Promise.allSettled([upgrade({ suite, file }), upgrade({ suite, file })])
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(readObjects().size).toBeGreaterThan(6)
})
