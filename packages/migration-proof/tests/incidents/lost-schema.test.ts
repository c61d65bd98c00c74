// Goal: an upgrade that loses a part of the schema is caught by the golden schema that a person wrote, however
// well the migrations agree with themselves, and what only looks different is not called a difference.
import { describe, expect, it } from 'vitest'
import { freezeHistory, readValue, showFailures, showFailuresWithout, upgrade } from './toy-history.ts'

const notes = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);'
const notesAfter = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);'
const extras = `CREATE INDEX note_text ON note (text);
CREATE TRIGGER note_stays BEFORE DELETE ON note BEGIN SELECT RAISE(ABORT, 'notes stay'); END;`

it('sees the index and the trigger that a rebuild lost', () => {
  const suite = freezeHistory({
    steps: [
      `${notes}${extras}`,
      `CREATE TABLE note_new (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
      INSERT INTO note_new SELECT * FROM note;
      DROP TABLE note;
      ALTER TABLE note_new RENAME TO note;`,
    ],
    schemas: { v2: `${notesAfter}\n${extras}\n` },
    rows: { v1: `INSERT INTO note VALUES (1, 'kept'); PRAGMA user_version = 1;` },
  })
  const upgraded = upgrade(suite, 'v1')
  const lost = `SELECT count(*) FROM sqlite_schema WHERE type IN ('index', 'trigger')`
  expect(readValue(upgraded, lost)).toBe(0n)
  expect(showFailures(suite, 'v1')).toMatchInlineSnapshot(`
    "✗ index note_text, existence: golden
        seen in    v1
        expected   an index on note (text)
        actual     none
        caused by  migration v2
        why        Users hold such files, and their upgrade is not proven.
        fix        repeat it with \`npx migration-proof verify --snapshot v1\`
    ✗ trigger note_stays, existence: golden
        seen in    v1
        expected   a trigger BEFORE DELETE on note
        actual     none
        caused by  migration v2
        why        Users hold such files, and their upgrade is not proven.
        fix        repeat it with \`npx migration-proof verify --snapshot v1\`"
  `)
  expect(showFailuresWithout(['golden'], suite, 'v1')).toBe('')
})

interface Drift {
  readonly name: string
  readonly golden: string
  readonly actual: string
  /** Whether the check `inserts` sees it, too. */
  readonly isSeenByRows?: true
}

/** What a golden schema says, and what the migration really makes; loose comparisons take one for the other. */
const drifts: readonly Drift[] = [
  {
    name: 'a CHECK',
    golden: 'CREATE TABLE t (a INT CHECK (a > 0));',
    actual: 'CREATE TABLE t (a INT);',
    isSeenByRows: true,
  },
  {
    name: 'a collation',
    golden: 'CREATE TABLE t (a TEXT COLLATE NOCASE);',
    actual: 'CREATE TABLE t (a TEXT);',
  },
  {
    name: 'the WHERE of a partial index',
    golden: 'CREATE TABLE t (a INT); CREATE INDEX i ON t (a) WHERE a > 0;',
    actual: 'CREATE TABLE t (a INT); CREATE INDEX i ON t (a) WHERE a > 1;',
  },
  {
    name: 'the body of a trigger',
    golden:
      'CREATE TABLE t (a INT); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t WHERE a = 0; END;',
    actual:
      'CREATE TABLE t (a INT); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t WHERE a = 9; END;',
  },
  {
    name: 'STRICT',
    golden: 'CREATE TABLE t (a INT) STRICT;',
    actual: 'CREATE TABLE t (a INT);',
    isSeenByRows: true,
  },
  {
    name: 'case and space inside a literal',
    golden: `CREATE TABLE t (a TEXT DEFAULT 'On Loan');`,
    actual: `CREATE TABLE t (a TEXT DEFAULT 'onloan');`,
  },
]

describe.for(drifts)('$name', ({ golden, actual, isSeenByRows = false }) => {
  it('is compared exactly', () => {
    const suite = freezeHistory({ steps: [actual], schemas: { v1: golden } })
    expect(showFailures(suite, 'v0-empty')).toMatch(
      /^✗ .*: golden\n {4}seen in +v0-empty\n {4}expected .*\n {4}actual /,
    )
    expect(showFailuresWithout(['golden', 'inserts'], suite, 'v0-empty')).toBe('')
    const byRows = showFailuresWithout(['golden'], suite, 'v0-empty')
    expect(byRows).toMatch(isSeenByRows ? /^✗ table t, .*: inserts\n/ : /^$/)
  })
})

it('calls the same schema in other words no difference', () => {
  const golden = `create table "flag" (\r\n  id integer primary key,\r\n  up boolean default TRUE\r\n);`
  const suite = freezeHistory({
    steps: ['CREATE TABLE flag (id INTEGER PRIMARY KEY, up BOOLEAN DEFAULT 1)'],
    schemas: { v1: golden },
  })
  const upgraded = upgrade(suite, 'v0-empty')
  expect(readValue(upgraded, 'SELECT sql FROM sqlite_schema')).not.toBe(golden.replace(/;$/, ''))
  expect(showFailures(suite, 'v0-empty')).toBe('')
})
