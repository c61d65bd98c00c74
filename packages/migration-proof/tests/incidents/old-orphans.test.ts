// Goal: rows that lost their parent long ago do not stand in the way of an upgrade; rows that lose it now do.
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { countViolations } from '../../src/checks/violations.ts'
import {
  betterSqliteConnection,
  type Connection,
  checks,
  migrate,
  openSubject,
  readViolations,
  runCheck,
} from '../../src/index.ts'
import { brief } from '../support/brief.ts'
import { freezeHistory, suiteOf } from './toy-history.ts'

const tables = `CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE book (id INTEGER PRIMARY KEY, author INTEGER REFERENCES author)`
const rebuild = (kept: string) => `CREATE TABLE author_new (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO author_new SELECT * FROM author ${kept};
DROP TABLE author;
ALTER TABLE author_new RENAME TO author`

const historyThat = (kept: string) => [
  tables,
  { foreignKeys: 'off' as const, up: ({ exec }: Pick<Connection, 'exec'>) => exec(rebuild(kept)) },
]

const planThat = (kept: string) => suiteOf(historyThat(kept), '/nowhere').plan

/** A database of version 1 with a book whose author was deleted while foreign keys were off. */
function openOrphans(): Connection {
  const connection = betterSqliteConnection(new Database(':memory:'))
  onTestFinished(() => connection.close())
  connection.exec('PRAGMA foreign_keys = OFF')
  connection.exec(`${tables}; INSERT INTO author VALUES (1, 'Lem'), (2, 'Le Guin');
    INSERT INTO book VALUES (10, 1), (11, 2), (12, 404); PRAGMA user_version = 1; PRAGMA foreign_keys = ON`)
  return connection
}

it('migrates a file whose old orphans an absolute gate would refuse', () => {
  const connection = openOrphans()
  expect(migrate(connection, planThat('')).outcome).toBe('migrated')
  expect(readViolations(connection)).toEqual(['book row 12 → author'])
})

it('refuses a migration that makes an orphan, and keeps the file as it was', () => {
  const connection = openOrphans()
  const upgrade = () => migrate(connection, planThat('WHERE id = 1'))
  expect(upgrade).toThrowErrorMatchingInlineSnapshot(
    `[MigrationFailedError: Migration v2 (step 2): expected success, found the error 'PRAGMA foreign_key_check: expected no new row without its parent, found 1 of them, first book row 11 → author; let the migration keep the parents of the rows that it keeps.'; remove its cause and run again: nothing of this migration was kept.]`,
  )
  expect(readViolations(connection)).toEqual(['book row 12 → author'])
})

it('judges the change in the proof too: an orphan is reported only where it is new', () => {
  const suite = freezeHistory({
    steps: historyThat(''),
    rows: {
      v1: `INSERT INTO author VALUES (1, 'Lem'); INSERT INTO book VALUES (10, 1); PRAGMA user_version = 1;`,
    },
  })
  const check = checks.find(({ name }) => name === 'foreign keys')
  if (check === undefined) throw new RangeError('the check of foreign keys')
  using subject = openSubject(suite, 'v1', 2)
  subject.upgraded.exec('PRAGMA foreign_keys = OFF; INSERT INTO book VALUES (12, 404)')
  const { problems } = runCheck(check, subject)
  expect(problems.map(brief)).toEqual([
    {
      object: 'book → author',
      expected: '0 rows without their parent, as before',
      actual: '1: rowid 12',
    },
  ])
  const field = new Database(':memory:')
  onTestFinished(() => {
    field.close()
  })
  field.pragma('foreign_keys = OFF')
  field.exec(`${tables}; INSERT INTO author VALUES (1, 'Lem'); INSERT INTO book VALUES (10, 1), (12, 404)`)
  const before = countViolations(betterSqliteConnection(field))
  const old = { ...subject, violationsBefore: () => before }
  expect(runCheck(check, old).problems).toEqual([])
})
