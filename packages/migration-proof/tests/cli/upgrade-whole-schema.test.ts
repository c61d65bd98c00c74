// Goal: `upgrade` takes every kind of object that a history may hold, and a person's own on top: it estimates, upgrades
// and proves such a file, and keeps all that was in it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { runCommandLine } from '../support/command-line.ts'
import { library } from '../support/notes-project.ts'

const folder = mkdtempSync(join(tmpdir(), 'upgrade-whole-schema-'))
const file = join(folder, 'files', 'data.db')
const suiteFile = join(folder, 'suite.mjs')
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  rmSync(dirname(file), { recursive: true, force: true })
  mkdirSync(dirname(file))
})

interface Kind {
  readonly name: string
  /** The first version. */
  readonly first: string
  readonly rows: string
  /** The second version. */
  readonly second?: string
  /** A person's own. */
  readonly own?: string
}

const notes = 'CREATE TABLE note (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL)'
const addNotes = "INSERT INTO note (text) VALUES ('first words'), ('second words')"

const kinds: readonly Kind[] = [
  {
    name: 'a trigger',
    first: `${notes}; CREATE TABLE log (id); CREATE TRIGGER logs AFTER INSERT ON note BEGIN INSERT INTO log VALUES (new.id); END`,
    rows: addNotes,
  },
  {
    name: 'a trigger that refuses every write',
    first: `${notes}; CREATE TRIGGER closed BEFORE UPDATE ON note BEGIN SELECT RAISE(ABORT, 'closed'); END`,
    rows: addNotes,
  },
  {
    name: 'a trigger that refuses every row of today',
    first: `${notes}; CREATE TABLE shut (a)`,
    rows: "INSERT INTO shut VALUES (1); CREATE TRIGGER full BEFORE INSERT ON shut BEGIN SELECT RAISE(ABORT, 'full'); END",
  },
  { name: 'a view', first: `${notes}; CREATE VIEW texts AS SELECT text FROM note`, rows: addNotes },
  {
    name: 'a view with an INSTEAD OF trigger',
    first: `${notes}; CREATE VIEW texts AS SELECT text FROM note;
      CREATE TRIGGER writes INSTEAD OF INSERT ON texts BEGIN INSERT INTO note (text) VALUES (new.text); END`,
    rows: "INSERT INTO texts VALUES ('first words')",
    second: "INSERT INTO texts SELECT 'x' WHERE 0; CREATE INDEX note_text ON note (text)",
  },
  {
    name: 'a full-text table',
    first: `${notes}; CREATE VIRTUAL TABLE words USING fts5 (text)`,
    rows: `${addNotes}; INSERT INTO words (rowid, text) SELECT id, text FROM note`,
    second: 'DELETE FROM words WHERE rowid = 999; CREATE INDEX note_text ON note (text)',
  },
  {
    name: 'a full-text table over another one, kept by triggers',
    first: `${notes}; CREATE VIRTUAL TABLE words USING fts5 (text, content = 'note', content_rowid = 'id');
      CREATE TRIGGER note_in AFTER INSERT ON note BEGIN INSERT INTO words (rowid, text) VALUES (new.id, new.text); END;
      CREATE TRIGGER note_out AFTER DELETE ON note BEGIN INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text); END`,
    rows: addNotes,
  },
  {
    name: 'an R-tree',
    first: `${notes}; CREATE VIRTUAL TABLE area USING rtree (id, left, right)`,
    rows: `${addNotes}; INSERT INTO area VALUES (7, 1, 2), (9, 3, 4)`,
  },
  {
    name: 'generated columns',
    first:
      'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, long AS (length(text)), stored INTEGER AS (id * 2) STORED)',
    rows: addNotes,
    second: 'CREATE INDEX note_long ON note (long)',
  },
  {
    name: 'STRICT and WITHOUT ROWID tables',
    first: `${notes}; CREATE TABLE pair (a TEXT, b INTEGER, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID`,
    rows: `${addNotes}; INSERT INTO pair VALUES ('a', 1), ('a', 2)`,
  },
  {
    name: 'an AUTOINCREMENT table whose last rows are gone',
    first: notes,
    rows: `${addNotes}; DELETE FROM note WHERE id = 2`,
    second: "UPDATE sqlite_sequence SET seq = seq WHERE name = 'note'; CREATE INDEX note_text ON note (text)",
  },
  {
    name: 'objects of a person',
    first: notes,
    rows: addNotes,
    own: `CREATE TABLE own (a, b REFERENCES note (id)); INSERT INTO own VALUES (1, 1);
      CREATE INDEX own_index ON note (text DESC); CREATE VIEW own_view AS SELECT * FROM own JOIN note ON b = id;
      CREATE TRIGGER own_trigger AFTER INSERT ON note BEGIN INSERT INTO own VALUES (new.id, new.id); END;
      CREATE VIRTUAL TABLE own_words USING fts5 (text); INSERT INTO own_words VALUES ('own words')`,
  },
  {
    name: 'objects of a person that refer to nothing',
    first: notes,
    rows: addNotes,
    own: 'CREATE VIEW own_view AS SELECT * FROM nowhere; CREATE TRIGGER own_trigger AFTER DELETE ON note BEGIN DELETE FROM nowhere; END',
  },
]

describe('upgraded and proven, with an estimate:', () => {
  it.for(kinds)('$name', ({ first, rows, second = 'CREATE INDEX note_text ON note (text)', own = '' }) => {
    writeFileSync(suiteFile, suiteOf(first, second))
    const database = new Database(file)
    database.exec(`${first};
      CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
      INSERT INTO schema_version (version) VALUES (1); ${rows}; ${own}`)
    database.close()
    const before = readAll()

    const { exitCode, stdout, stderr } = runCommandLine(['upgrade', file, '--config', suiteFile, '--json'])

    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'upgraded',
      preview: { noEstimate: null, estimate: { isSampleCut: false } },
      report: {
        to: 2,
        proofs: expect.arrayContaining([expect.objectContaining({ proof: 'rows', outcome: 'passed' })]),
      },
    })
    const after = readAll()
    expect(before.filter((line) => !after.includes(line))).toEqual([])
  })
})

function suiteOf(first: string, second: string): string {
  return `
import { defineConfig } from '${library}'
export default defineConfig({
  name: 'kinds',
  fixtures: ${JSON.stringify(folder)},
  migrations: [
    { version: 1, name: 'first', up: (c) => c.exec(${JSON.stringify(first)}) },
    { version: 2, name: 'second', up: (c) => c.exec(${JSON.stringify(second)}) },
  ],
})`
}

/** Every object with its SQL, and every row of every table that can be read. */
function readAll(): string[] {
  const database = new Database(file, { readonly: true })
  try {
    const objects = database.prepare('SELECT type, name, sql FROM sqlite_schema').all()
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
    const rows = tables.flatMap((table) =>
      database
        .prepare(`SELECT * FROM "${table}"`)
        .raw()
        .all()
        .map((row) => `${table} ${JSON.stringify(row)}`),
    )
    return [...objects.map((object) => JSON.stringify(object)), ...rows]
  } finally {
    database.close()
  }
}
