import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Migration } from '../../src/migrator/migration.ts'
import { definePlan } from '../../src/migrator/plan.ts'
import { userVersion } from '../../src/migrator/version-store.ts'
import type { FixtureSuite, SnapshotDeclaration } from '../../src/snapshots/declaration.ts'
import { freezeMissing } from '../../src/snapshots/freeze.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'

/** The database of a library, in three versions: a small history with one of each kind of thing. */

const authorTable = `CREATE TABLE author (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  born REAL
);`
const bookTable = `CREATE TABLE book (
  isbn TEXT PRIMARY KEY NOT NULL,
  author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('on shelf', 'on loan')),
  cover BLOB
) WITHOUT ROWID;`
const bookIndex = 'CREATE INDEX idx_book_author ON book (author_id);'
const bookTrigger = `CREATE TRIGGER log_book AFTER INSERT ON book BEGIN
  INSERT INTO loan (isbn, reader) VALUES (NEW.isbn, 'the librarian');
END;`
const loanTable = `CREATE TABLE loan (
  isbn TEXT NOT NULL REFERENCES book (isbn),
  reader TEXT NOT NULL
);`
const readerView = 'CREATE VIEW reader AS SELECT DISTINCT reader FROM loan;'

export const createAuthors: Migration = {
  version: 1,
  name: 'authors',
  up: (connection) => connection.exec(authorTable),
}

export const createBooks: Migration = {
  version: 2,
  name: 'books',
  up: (connection) => {
    connection.exec(bookTable)
    connection.exec(bookIndex)
  },
}

export const createLoans: Migration = {
  version: 3,
  name: 'loans',
  up: (connection) => connection.exec([loanTable, bookTrigger, readerView].join('\n')),
}

/** The golden schemas, as a person writes them. */
export const goldens: Readonly<Record<string, string>> = {
  v1: `-- Version 1.\n${authorTable}\n`,
  v2: [authorTable, bookTable, bookIndex, ''].join('\n'),
  v3: [authorTable, bookTable, bookIndex, loanTable, bookTrigger, readerView, ''].join('\n'),
}

/** The rows of the snapshots. The version is in the header of the file, as `userVersion` keeps it. */
export const rows: Readonly<Record<string, string>> = {
  v1: `INSERT INTO author (id, name, born) VALUES (7, 'Ursula K. Le Guin', 1929.8), (9007199254740993, 'n''', NULL);
PRAGMA user_version = 1;
`,
  v2: `INSERT INTO book VALUES ('978-0-06-051275-9', 7, 'on loan', x'00ff'), ('zwölf', 7, 'on shelf', NULL);
INSERT INTO author (id, name, born) VALUES (7, 'Ursula K. Le Guin', 1929.8);
PRAGMA user_version = 2;
`,
}

export const declarations: readonly SnapshotDeclaration[] = [
  { name: 'v0-empty', version: 0, form: 'empty', origin: 'an empty file', releases: [] },
  { name: 'v1', version: 1, form: 'versioned', origin: 'the first release', releases: ['1.0'] },
  { name: 'v2', version: 2, form: 'versioned', origin: 'built by those who could not wait', releases: [] },
]

/** A suite of a history, whose fixtures are in a private folder for as long as the test runs. */
export function makeSuite(change: Partial<Omit<FixtureSuite, 'fixtures'>> = {}): FixtureSuite {
  const folder = makePrivateFolder()
  onTestFinished(() => folder.remove())
  const plan = definePlan([createAuthors, createBooks, createLoans], userVersion())
  return { fixtures: folder.path, plan, snapshots: declarations, ...change }
}

/** The same suite with the texts that a person has written; nothing is frozen yet. */
export function makeWrittenSuite(change: Partial<Omit<FixtureSuite, 'fixtures'>> = {}): FixtureSuite {
  const suite = makeSuite(change)
  for (const [name, text] of Object.entries(goldens)) writeText(suite, `schemas/${name}.sql`, text)
  for (const [name, text] of Object.entries(rows)) writeText(suite, `rows/${name}.sql`, text)
  return suite
}

/** The same suite with all its fixtures frozen. */
export function makeFrozenSuite(): FixtureSuite {
  const suite = makeWrittenSuite()
  const { failures } = freezeMissing(suite)
  if (failures.length > 0) throw failures[0]
  return suite
}

export function writeText({ fixtures }: FixtureSuite, name: string, text: string): void {
  const file = join(fixtures, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
