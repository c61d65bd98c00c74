// Goal: a file that cannot be upgraded is refused in one clear sentence and stays as it was, byte for byte; odd
// names and hostile objects are no reason to refuse, and are kept.
import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { previewUpgrade } from '../../../src/harness/upgrade/preview.ts'
import { runUpgrade } from '../../../src/harness/upgrade/run-upgrade.ts'
import { findSourceFile } from '../../../src/harness/upgrade/source-file.ts'
import { makeFolder, makeShop, shopWith, upgrade } from './shop.ts'

const folder = makeFolder()
const image = path.join(folder.path, 'image.db')
const place = path.join(folder.path, 'place')
const file = path.join(place, 'shop.db')
const suite = shopWith('CREATE INDEX item_name ON item (name)')

beforeAll(() => makeShop(image))
afterAll(folder.remove)
beforeEach(() => {
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
})

/** The image with some SQL run on it. */
function change(sql: string) {
  copyFileSync(image, file)
  const database = new Database(file)
  database.exec(sql)
  database.close()
}

function rewrite(edit: (bytes: Buffer) => Buffer) {
  writeFileSync(file, edit(readFileSync(image)))
}

/** Looks at the file and upgrades it, as the command does. */
async function run(freeBytes = Number.MAX_SAFE_INTEGER) {
  const options = { plan: suite.plan, backupFolder: place, rehearsalFolder: null, freeSpace: () => freeBytes }
  const preview = previewUpgrade(findSourceFile(file), options)
  const request = {
    suite,
    backupFolder: place,
    rowsMethod: 'comparison',
    madeAt: new Date(0),
    busyTimeoutMilliseconds: 10,
  } as const
  return runUpgrade(preview, request, { tell: () => {}, isCancelled: () => false })
}

/** Everything in the folder but the sidecars that a reader of a WAL file may leave. */
function readPlace(): Record<string, string> {
  const names = readdirSync(place).filter((name) => !name.endsWith('-shm') && !isEmptyLog(name))
  return Object.fromEntries(
    names.map((name) => {
      const isFile = statSync(path.join(place, name), { throwIfNoEntry: false })?.isFile() === true
      return [name, isFile ? readFileSync(path.join(place, name), 'latin1') : 'no file']
    }),
  )
}

function isEmptyLog(name: string): boolean {
  return name.endsWith('-wal') && statSync(path.join(place, name)).size === 0
}

const refusals = [
  { name: 'no file', make: () => {}, says: /expected a database file, found no file;/ },
  { name: 'a folder', make: () => mkdirSync(file), says: /expected a database file, found a folder;/ },
  {
    name: 'an empty file',
    make: () => writeFileSync(file, ''),
    says: /found an empty file, which is a fresh install;/,
  },
  {
    name: 'a text file',
    make: () => writeFileSync(file, 'a letter, '.repeat(900)),
    says: /found a file of another kind;/,
  },
  {
    name: 'an encrypted file',
    make: () => writeFileSync(file, randomBytes(12_288)),
    says: /found an encrypted or compressed file;/,
  },
  {
    name: 'a truncated file',
    make: () => rewrite((bytes) => bytes.subarray(0, 8192)),
    says: /expected \d+ bytes as its header says, found 8192 bytes;/,
  },
  {
    name: 'a file whose first page is garbage',
    make: () => rewrite((bytes) => bytes.fill(0xff, 100, 4096)),
    says: /expected a whole SQLite database/,
  },
  {
    name: 'a WAL without its database',
    make: () => writeFileSync(`${file}-wal`, 'frames'),
    says: /found no file;|only its write-ahead log/,
  },
  {
    name: 'a symbolic link',
    make: () => {
      copyFileSync(image, path.join(place, 'real.db'))
      symlinkSync('real.db', file)
    },
    says: /found a symbolic link to .*real\.db; name the file that it leads to/,
  },
  {
    name: 'a link to nothing',
    make: () => symlinkSync('nowhere.db', file),
    says: /found a symbolic link to a file that is not there;/,
  },
  {
    name: 'a newer version',
    make: () => change('INSERT INTO schema_version (version) VALUES (2), (3)'),
    says: /found version 3, which newer software made;/,
  },
  {
    name: 'a version table with a gap',
    make: () =>
      change(
        'INSERT INTO schema_version (version) VALUES (4); DELETE FROM schema_version WHERE version = 1; INSERT INTO schema_version (version) VALUES (2)',
      ),
    says: /version/,
  },
  {
    name: 'a version that is no number',
    make: () =>
      change(
        "DROP TABLE schema_version; CREATE TABLE schema_version (version, applied_at); INSERT INTO schema_version VALUES ('one', '')",
      ),
    says: /schema_version/,
  },
  {
    name: 'a drifted schema',
    make: () => change('ALTER TABLE note ADD COLUMN own TEXT'),
    says: /table note, column own/,
  },
  { name: 'a missing table', make: () => change('DROP TABLE note'), says: /table note/ },
  {
    name: 'a table named like the index to come',
    make: () => change('CREATE TABLE item_name (a)'),
    says: /expected index item_name, found table item_name/,
  },
  {
    name: 'a trigger on the versions',
    make: () => change('CREATE TRIGGER own AFTER INSERT ON schema_version BEGIN DELETE FROM note; END'),
    says: /expected no trigger on the table of the versions, found the trigger own;/,
  },
] as const

describe('refused and left as it was:', () => {
  it.for(refusals)('$name', async ({ make, says }) => {
    make()
    const before = readPlace()
    const error: unknown = await run().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ diagnosis: expect.anything(), message: expect.stringMatching(says) })
    expect(error instanceof Error && error.message).toMatch(
      /^[^\n]+: expected [^\n]+, found [^\n]+; [^\n]+\.$/,
    )
    expect(readPlace()).toEqual(before)
  })

  it('too little space, with what is needed and what there is', async () => {
    copyFileSync(image, file)
    const before = readPlace()
    await expect(run(100_000)).rejects.toThrow(
      /expected \d{6} free bytes in .* for the backup, the growth of the file.*found 100000;/,
    )
    expect(readPlace()).toEqual(before)
  })

  it.for([
    { name: 'a writer in the middle of a transaction', sql: 'BEGIN IMMEDIATE' },
    { name: 'a reader', sql: 'BEGIN; SELECT * FROM note' },
    { name: 'an idle connection in WAL mode', sql: 'PRAGMA journal_mode = WAL; SELECT * FROM note' },
  ])('a file held by $name', async ({ sql }) => {
    copyFileSync(image, file)
    const other = new Database(file)
    other.exec(sql)
    const before = readPlace()
    await expect(run()).rejects.toThrow(/expected a file that nobody else has open, found another connection/)
    expect(readPlace()).toEqual(before)
    other.close()
  })

  it('a folder for the backup that is none', () => {
    copyFileSync(image, file)
    const options = { plan: suite.plan, rehearsalFolder: null }
    expect(() => previewUpgrade(file, { ...options, backupFolder: path.join(place, 'none') })).toThrow(
      /found no such folder;/,
    )
    expect(() => previewUpgrade(file, { ...options, backupFolder: file })).toThrow(/found something else;/)
  })
})

/** What a person, or somebody hostile, may have put into the file. */
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
    name: 'a function that nobody knows in a trigger',
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
    change(sql)
    const before = readObjects()
    const { to } = await run()
    expect(to).toBe(2)
    expect(readObjects()).toEqual(expect.arrayContaining(before))
  })
})

function readObjects(): unknown[] {
  const database = new Database(file, { readonly: true })
  try {
    return database.prepare('SELECT type, name, sql FROM sqlite_schema').all()
  } finally {
    database.close()
  }
}

describe('an unfinished change', () => {
  it('that a killed writer left is taken back first', async () => {
    const writer = new Database(path.join(folder.path, 'writer.db'))
    copyFileSync(image, writer.name)
    writer.exec("PRAGMA cache_size = 5; BEGIN; UPDATE item SET body = body || 'unfinished'")
    for (const ending of ['', '-journal']) copyFileSync(writer.name + ending, file + ending)
    writer.close()
    const { to } = await run()
    expect(to).toBe(2)
    expect(existsSync(`${file}-journal`)).toBe(false)
    const database = new Database(file)
    expect(database.prepare("SELECT count(*) FROM item WHERE body LIKE '%unfinished'").pluck().get()).toBe(0)
    database.close()
  })

  it('is left alone by a look that only prepares a rehearsal', () => {
    const writer = new Database(path.join(folder.path, 'writer.db'))
    copyFileSync(image, writer.name)
    writer.exec("PRAGMA cache_size = 5; BEGIN; UPDATE item SET body = body || 'unfinished'")
    for (const ending of ['', '-journal']) copyFileSync(writer.name + ending, file + ending)
    writer.close()
    const before = readPlace()
    const { survey } = previewUpgrade(file, {
      plan: suite.plan,
      backupFolder: null,
      rehearsalFolder: folder.path,
    })
    expect(survey.version).toBe(1)
    expect(readPlace()).toEqual(before)
  })
})

it('upgrade is not run twice by two at once', async () => {
  copyFileSync(image, file)
  const ends = await Promise.allSettled([upgrade({ suite, file }), upgrade({ suite, file })])
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(readObjects().length).toBeGreaterThan(6)
})
