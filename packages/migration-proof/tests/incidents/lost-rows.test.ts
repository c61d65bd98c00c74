// Goal: an upgrade that loses rows, references or ids while every pragma stays clean is caught by the content of
// the rows, and by nothing else.
import { expect, it } from 'vitest'
import {
  freezeHistory,
  pragmasAreClean,
  readValue,
  showFailures,
  showFailuresWithout,
  upgrade,
} from './toy-history.ts'

const authors = `CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT)`

/** What many guides advise. Inside the migrator's transaction, the pragma does nothing. */
const rebuildOfAuthors = `PRAGMA foreign_keys = OFF;
CREATE TABLE author_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO author_new SELECT * FROM author;
DROP TABLE author;
ALTER TABLE author_new RENAME TO author;
PRAGMA foreign_keys = ON;`

const rowsOfAuthors = `INSERT INTO author VALUES (1, 'Le Guin'), (2, 'Lem');
INSERT INTO book VALUES (10, 1, 'The Dispossessed'), (11, 2, 'Solaris');
PRAGMA user_version = 2;`

const booksThat = (onDelete: string) =>
  `CREATE TABLE book (id INTEGER PRIMARY KEY, author INTEGER REFERENCES author ON DELETE ${onDelete}, title TEXT)`

const freezeAuthors = (onDelete: string) =>
  freezeHistory({ steps: [authors, booksThat(onDelete), rebuildOfAuthors], rows: { v2: rowsOfAuthors } })

it('sees the children that the rebuild of their parent wiped', () => {
  const suite = freezeAuthors('CASCADE')
  const upgraded = upgrade(suite, 'v2')
  expect(readValue(upgraded, 'SELECT count(*) FROM author')).toBe(2n)
  expect(readValue(upgraded, 'SELECT count(*) FROM book')).toBe(0n)
  expect(pragmasAreClean(upgraded)).toBe(true)
  expect(showFailures(suite, 'v2')).toMatchInlineSnapshot(`
    "✗ table book: rows
        seen in    v2
        expected   every row as it was
        actual     2 rows gone or changed: rowid 10 is gone; rowid 11 is gone
        caused by  migration v3
        why        Users hold such files, and their upgrade is not proven.
        fix        if a migration rebuilds author, to which these rows refer, add foreignKeys: 'off' to it: otherwise DROP TABLE deletes them, or their reference; if the change is intended, declare it on the migration: dataChanges: [{ table: 'book', rowsRemoved: 'a condition over the old rows', reason: '…' }]; repeat it with \`npx migration-proof verify --snapshot v2\`"
  `)
  expect(showFailuresWithout(['rows'], suite, 'v2')).toBe('')
})

it('sees the references that the rebuild of their parent cleared, though no row is gone', () => {
  const suite = freezeAuthors('SET NULL')
  const upgraded = upgrade(suite, 'v2')
  expect(readValue(upgraded, 'SELECT count(*) FROM book')).toBe(2n)
  expect(readValue(upgraded, 'SELECT count(author) FROM book')).toBe(0n)
  expect(pragmasAreClean(upgraded)).toBe(true)
  expect(showFailures(suite, 'v2')).toMatchInlineSnapshot(`
    "✗ table book: rows
        seen in    v2
        expected   every row as it was
        actual     2 rows gone or changed: rowid 10 changed in author; rowid 11 changed in author
        caused by  migration v3
        why        Users hold such files, and their upgrade is not proven.
        fix        if a migration rebuilds author, to which these rows refer, add foreignKeys: 'off' to it: otherwise DROP TABLE deletes them, or their reference; if the change is intended, declare it on the migration: dataChanges: [{ table: 'book', columns: ['author'], reason: '…' }]; repeat it with \`npx migration-proof verify --snapshot v2\`"
  `)
  expect(showFailuresWithout(['rows'], suite, 'v2')).toBe('')
})

it('sees that the ids of deleted rows would be given out again', () => {
  const tickets = (name: string) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY AUTOINCREMENT, holder TEXT)`
  const suite = freezeHistory({
    steps: [
      tickets('ticket'),
      `${tickets('ticket_new')};
      INSERT INTO ticket_new SELECT * FROM ticket;
      DROP TABLE ticket;
      ALTER TABLE ticket_new RENAME TO ticket;`,
    ],
    rows: {
      v1: `INSERT INTO ticket VALUES (1, 'Ann'), (9, 'Bob');
      DELETE FROM ticket WHERE id = 9;
      PRAGMA user_version = 1;`,
    },
  })
  const upgraded = upgrade(suite, 'v1')
  const insert = `INSERT INTO ticket (holder) VALUES ('Eve') RETURNING id`
  expect(upgraded.all(insert)).toEqual([{ id: 2n }])
  expect(showFailures(suite, 'v1')).toMatchInlineSnapshot(`
    "✗ table ticket: rows
        seen in    v1
        expected   the AUTOINCREMENT watermark 9 or above
        actual     1
        caused by  migration v2
        why        Users hold such files, and their upgrade is not proven.
        fix        if the change is intended, declare it on the migration: dataChanges: [{ table: 'ticket', idsReused: true, reason: '…' }]; repeat it with \`npx migration-proof verify --snapshot v1\`"
  `)
  expect(showFailuresWithout(['rows'], suite, 'v1')).toBe('')
})

it('is not content with a test that deletes a parent and finds no children', () => {
  const suite = freezeAuthors('CASCADE')
  const upgraded = upgrade(suite, 'v2')
  upgraded.exec('DELETE FROM author WHERE id = 1')
  expect(readValue(upgraded, 'SELECT count(*) FROM book WHERE author = 1')).toBe(0n)
  expect(showFailures(suite, 'v2')).toContain('table book')
})

it('takes no snapshot whose tables are empty, since an idle file hides the loss', () => {
  const idle = freezeHistory({
    steps: [authors, booksThat('CASCADE'), rebuildOfAuthors],
    rows: { v1: `INSERT INTO author VALUES (1, 'Le Guin'); PRAGMA user_version = 1;`, v2: rowsOfAuthors },
  })
  expect(showFailures(idle, 'v1')).toBe('')
  expect(showFailures(idle, 'v2')).not.toBe('')
  const rows = { v2: `INSERT INTO author VALUES (1, 'Le Guin'); PRAGMA user_version = 2;` }
  const freezeIdle = () => freezeHistory({ steps: [authors, booksThat('CASCADE'), rebuildOfAuthors], rows })
  expect(freezeIdle).toThrowErrorMatchingInlineSnapshot(
    `[FixtureError: rows/v2: expected rows in every table, found no row in table book; write at least one.]`,
  )
})
