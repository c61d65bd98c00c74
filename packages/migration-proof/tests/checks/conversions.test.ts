// Goal: a declared change is proven: by an expression over the old row, by examples, by which rows go; and where nothing is
// said, values that were spoiled are named.
import { describe, expect, it } from 'vitest'
import { conversions } from '../../src/checks/conversions.ts'
import { type DataChange, openSubject } from '../../src/index.ts'
import { freezeHistory } from '../incidents/toy-history.ts'
import { brief } from '../support/brief.ts'

const visits = 'CREATE TABLE visit (id INTEGER PRIMARY KEY, page TEXT NOT NULL, seen_at INTEGER, extra TEXT)'
const rows = `INSERT INTO visit VALUES (1, '/a', 1700000000, '{"by":"x"}'), (2, '/b', 1700000060, '[1]'),
  (3, '/b', '2023-11-14 22:13:20', NULL), (4, '/c', NULL, 'none'); PRAGMA user_version = 1;`

/** What the check finds where v2 is this SQL with these declared changes. */
function find(sql: string, ...dataChanges: readonly Omit<DataChange, 'reason'>[]) {
  const change = { up: ({ exec }: { exec(sql: string): void }) => exec(sql) }
  const declared = dataChanges.map((one) => ({ ...one, reason: 'a test' }))
  const suite = freezeHistory({ steps: [visits, { ...change, dataChanges: declared }], rows: { v1: rows } })
  using subject = openSubject(suite, 'v1', 2)
  const found = conversions.run(subject).problems
  // Where the upgrade kept no file on its way, a copy of its own is upgraded so far.
  expect(conversions.run({ ...subject, passed: new Map() }).problems).toEqual(found)
  return found.map(brief)
}

const seen = { table: 'visit', columns: ['seen_at'] } as const

describe('a change that says nothing of its values', () => {
  it.for([
    [
      'becomes NULL',
      "UPDATE visit SET seen_at = strftime('%s', seen_at, 'unixepoch')",
      /1 row became NULL: 3/,
    ],
    [
      'becomes the same',
      "UPDATE visit SET seen_at = 'then' WHERE seen_at IS NOT NULL",
      /3 rows became equal .*: 1; 2; 3/,
    ],
    [
      'is no time any more',
      "UPDATE visit SET seen_at = seen_at || ' s'",
      /held a time, and hold text that is none: 1; 2; 3/,
    ],
    [
      'is exchanged with another',
      'UPDATE visit SET page = coalesce(extra, page), extra = CASE WHEN extra IS NULL THEN NULL ELSE page END',
      /what extra held, and extra what it held: 1; 2; 4/,
    ],
    [
      'is encoded twice',
      'UPDATE visit SET extra = json_quote(extra)',
      /2 rows held a JSON object or array, .*: 1; 2/,
    ],
    [
      'is read in another unit',
      "UPDATE visit SET seen_at = strftime('%Y-%m-%dT%H:%M:%SZ', seen_at / 1000.0, 'unixepoch') WHERE typeof(seen_at) = 'integer'",
      /2 rows held a time in seconds, and hold what it is in milliseconds: 1; 2/,
    ],
    [
      'is put as text into the JSON of another column',
      "UPDATE visit SET page = json_object('page', page, 'extra', extra)",
      /2 rows hold a JSON string of the JSON object or array that another column held: 1; 2/,
    ],
    [
      'is put as text into another JSON',
      "UPDATE visit SET extra = json_object('version', 2, 'extra', extra)",
      /2 rows held a JSON object or array, .*: 1; 2/,
    ],
  ] as const)('is named where a value %s', ([, sql, actual]) => {
    const columns = ['page', 'extra'].filter((name) => sql.includes(`${name} =`))
    const change = columns.length > 0 ? { table: 'visit', columns } : seen
    expect(find(sql, change)).toContainEqual(
      expect.objectContaining({ actual: expect.stringMatching(actual) }),
    )
  })

  it.for([
    [
      'each value is converted',
      "UPDATE visit SET seen_at = datetime(seen_at, 'unixepoch') WHERE typeof(seen_at) = 'integer'",
    ],
    ['nothing is changed', 'SELECT 1'],
    ['a NULL is filled', 'UPDATE visit SET seen_at = 0 WHERE seen_at IS NULL'],
    [
      'a value becomes NULL that the new table refuses',
      `CREATE TABLE copy (id INTEGER PRIMARY KEY, page TEXT NOT NULL, seen_at INTEGER, extra TEXT) STRICT;
       INSERT INTO copy SELECT id, page, CASE typeof(seen_at) WHEN 'integer' THEN seen_at END, extra FROM visit;
       DROP TABLE visit; ALTER TABLE copy RENAME TO visit`,
    ],
    ['the column goes', 'ALTER TABLE visit DROP COLUMN seen_at'],
    ['the table goes', 'DROP TABLE visit'],
  ])('is silent where %s', ([, sql = '']) => {
    expect(find(sql, seen)).toEqual([])
  })

  it('is named where rows are removed that the new key accepts, as NULLs that are put together', () => {
    const dedupe = (where: string) =>
      `DELETE FROM visit WHERE ${where} id NOT IN (SELECT min(id) FROM visit GROUP BY extra);
       CREATE UNIQUE INDEX one ON visit (extra)`
    const doubled = `INSERT INTO visit VALUES (5, '/d', 1, NULL), (6, '/e', 2, 'none');`
    const steps = (where: string) => [
      visits,
      {
        up: ({ exec }: { exec(sql: string): void }) => exec(dedupe(where)),
        dataChanges: [{ table: 'visit', reason: 'once' }],
      },
    ]
    const look = (where: string) => {
      const suite = freezeHistory({ steps: steps(where), rows: { v1: doubled + rows } })
      using subject = openSubject(suite, 'v1', 2)
      return conversions.run(subject).problems.map(brief)
    }
    expect(look('')).toMatchObject([{ actual: '1 row gone that the new key accepts: 5' }])
    expect(look('extra IS NOT NULL AND')).toEqual([])
  })
})

describe('an expression over the old row', () => {
  const declared = {
    table: 'visit',
    columns: { seen_at: "CASE typeof(seen_at) WHEN 'integer' THEN seen_at / 60 ELSE seen_at END" },
  }

  it('is what each new value is, as its column stores it', () => {
    expect(
      find("UPDATE visit SET seen_at = seen_at / 60 WHERE typeof(seen_at) = 'integer'", declared),
    ).toEqual([])
  })

  it('is evaluated for each row by its key, in whatever order SQLite reads them', () => {
    const indexed = `${visits}; CREATE INDEX by_time ON visit (seen_at DESC)`
    const halve = {
      up: ({ exec }: { exec(sql: string): void }) => exec('UPDATE visit SET seen_at = seen_at / 2'),
    }
    const dataChanges = [{ table: 'visit', columns: { seen_at: 'seen_at / 2' }, reason: 'a test' }]
    const suite = freezeHistory({ steps: [indexed, { ...halve, dataChanges }], rows: { v1: rows } })
    using subject = openSubject(suite, 'v1', 2)
    expect(conversions.run(subject).problems.map(brief)).toEqual([])
  })

  it('names the rows with another value, and one that SQLite cannot evaluate', () => {
    expect(find('UPDATE visit SET seen_at = seen_at / 60', declared)).toMatchObject([
      { actual: '1 row with another value: 3' },
    ])
    expect(find('SELECT 1', declared)).toMatchObject([{ actual: '2 rows with another value: 1; 2' }])
    expect(find('SELECT 1', { table: 'visit', columns: { seen_at: 'seen' } })).toMatchObject([
      { actual: "the error 'no such column: seen'" },
    ])
  })
})

describe('a declaration', () => {
  it('names what the version before has', () => {
    expect(find('SELECT 1', { table: 'visits', columns: ['page'] })).toMatchObject([
      { actual: 'none of that name' },
    ])
    expect(find('SELECT 1', { table: 'visit', columns: { pages: 'page' } })).toMatchObject([
      { actual: 'no column pages' },
    ])
    expect(find('SELECT 1', { table: 'visit', renamedColumns: { pages: 'page' } })).toMatchObject([
      { expected: 'a table with the column pages at version 1' },
    ])
  })
})

describe('values that move to what is new', () => {
  const moved = (values: string, change: Omit<DataChange, 'reason'>, ...more: Omit<DataChange, 'reason'>[]) =>
    find(
      `CREATE TABLE seen (visit INTEGER PRIMARY KEY, page TEXT, seen_at INTEGER, extra TEXT); ${values}`,
      change,
      ...more,
    )
  const all = 'INSERT INTO seen SELECT id, page, seen_at, extra FROM visit'

  it('may be in a new table that is declared to get rows', () => {
    const gone = { table: 'visit' }
    expect(moved(`${all}; DROP TABLE visit`, gone, { table: 'seen', rowsAdded: true })).toEqual([])
    expect(moved(`${all}; DROP TABLE visit`, gone, { table: 'sight', rowsAdded: true })).toMatchObject([
      { actual: 'none of that name' },
    ])
  })

  it('may be converted, put together, or be NULL', () => {
    const gone = { table: 'visit', columns: ['seen_at', 'extra'] }
    const drop = 'ALTER TABLE visit DROP COLUMN seen_at; ALTER TABLE visit DROP COLUMN extra'
    const made = `INSERT INTO seen (visit, page) SELECT id, ifnull(extra, '') || ifnull(datetime(seen_at, 'auto'), '') FROM visit`
    expect(moved(`${made}; ${drop}`, gone)).toEqual([])
  })

  it('are named by column and row where nothing is made of them', () => {
    const gone = { table: 'visit', columns: ['extra'] }
    const drop = 'ALTER TABLE visit DROP COLUMN extra'
    expect(moved(`INSERT INTO seen (visit) SELECT id FROM visit; ${drop}`, gone)).toMatchObject([
      { object: 'column visit.extra', actual: 'nothing is made of the values of 3 rows: 1; 2; 4' },
    ])
    expect(moved(`${all} WHERE id <> 2; ${drop}`, gone)).toMatchObject([
      { actual: 'nothing is made of the values of 1 row: 2' },
    ])
    expect(moved(`${all} WHERE id <> 2; DROP TABLE visit`, { table: 'visit' })).toMatchObject([
      { object: 'table visit', actual: 'nothing is made of the values of 1 row: 2' },
    ])
  })

  it('may be times of a column that is called by what happened', () => {
    const steps = [
      'CREATE TABLE letter (id INTEGER PRIMARY KEY, sent INTEGER)',
      {
        up: ({ exec }: { exec(sql: string): void }) =>
          exec("UPDATE letter SET sent = datetime(sent / 1000, 'unixepoch')"),
        dataChanges: [{ table: 'letter', columns: ['sent'], reason: 'a test' }],
      },
    ]
    const suite = freezeHistory({
      steps,
      rows: { v1: 'INSERT INTO letter VALUES (1, 1700000000); PRAGMA user_version = 1;' },
    })
    using subject = openSubject(suite, 'v1', 2)
    expect(conversions.run(subject).problems.map(brief)).toMatchObject([{ object: 'column letter.sent' }])
  })

  it('are none where a table goes and another comes that has little to do with it', () => {
    expect(
      find('DROP TABLE visit; CREATE TABLE page (id INTEGER PRIMARY KEY, page TEXT)', { table: 'visit' }),
    ).toEqual([])
    expect(
      find('ALTER TABLE visit DROP COLUMN extra; ALTER TABLE visit ADD COLUMN by TEXT', {
        table: 'visit',
        columns: ['extra'],
      }),
    ).toEqual([])
  })
})

describe('a condition for the rows that go', () => {
  const declared = { table: 'visit', rowsRemoved: "page = '/b'" }

  it('takes these rows and no others, and leaves the others as they are', () => {
    expect(find("DELETE FROM visit WHERE page = '/b'", declared)).toEqual([])
    expect(find("DELETE FROM visit WHERE page >= '/b'", declared)).toMatchObject([
      { actual: '1 other row gone: 4' },
    ])
    expect(find('DELETE FROM visit WHERE id = 2', declared)).toMatchObject([
      { actual: '1 row still there: 3' },
    ])
    expect(
      find("DELETE FROM visit WHERE page = '/b'; UPDATE visit SET extra = 1 WHERE id = 1", declared),
    ).toMatchObject([{ actual: '1 row with another value: 1' }])
    expect(find('SELECT 1', { table: 'visit', rowsRemoved: 'pages' })).toMatchObject([
      { actual: "the error 'no such column: pages'" },
    ])
    expect(find('SELECT 1', { table: 'visit', rowsRemoved: '(pages' })).toMatchObject([
      { actual: 'an expression that is not complete' },
    ])
  })
})

describe('an example', () => {
  const trim = 'UPDATE visit SET page = rtrim(page, $$)'.replace('$$', "'/'")
  const change = (examples: DataChange['examples'] = []) => ({ table: 'visit', columns: ['page'], examples })

  it('is a row before and what becomes of it', () => {
    expect(
      find(trim, change([{ before: { page: '/a/', seen_at: 5 }, after: { page: '/a', seen_at: 5 } }])),
    ).toEqual([])
    expect(
      find(`${trim}; DELETE FROM visit WHERE id > 4`, change([{ before: { id: 9 }, after: null }])),
    ).toEqual([])
  })

  it('is named where the migration makes something else of it, or where no version takes it', () => {
    expect(find('SELECT 1', change([{ before: { page: '/a/' }, after: { page: '/a' } }]))).toMatchObject([
      { object: 'table visit, example 1', expected: 'a row of these values afterwards', actual: 'none' },
    ])
    expect(find(trim, change([{ before: { id: 9 }, after: null }]))).toMatchObject([
      { actual: 'it is still there' },
    ])
    expect(find(trim, change([{ before: { page: null }, after: null }]))).toMatchObject([
      { actual: 'NOT NULL constraint failed: visit.page' },
    ])
    expect(find(trim, change([{ before: {}, after: { title: 'x' } }]))).toMatchObject([
      { expected: 'columns that visit has at version 2', actual: 'the unknown column title' },
    ])
  })

  it('may end in another table', () => {
    const split = (
      values: string,
    ) => `CREATE TABLE extra (visit INTEGER PRIMARY KEY REFERENCES visit (id), extra TEXT);
      INSERT INTO extra ${values} FROM visit; ALTER TABLE visit DROP COLUMN extra`
    const examples: DataChange['examples'] = [
      { before: { id: 70, extra: 'x' }, intoTable: 'extra', after: { visit: 70, extra: 'x' } },
      { before: { id: 70, page: '/x' }, after: { id: 70, page: '/x' } },
    ]
    const declared = { table: 'visit', columns: ['extra'], examples }
    expect(find(split('SELECT id, extra'), declared)).toEqual([])
    expect(find(split('SELECT id, NULL'), declared)).toMatchObject([
      { object: 'table visit, example 1', expected: 'a row of these values afterwards' },
    ])
    const elsewhere = { ...declared, examples: [{ before: {}, intoTable: 'more', after: {} }] }
    expect(find(split('SELECT id, extra'), elsewhere)).toMatchObject([
      { expected: 'a table more at version 2', actual: 'none' },
    ])
  })

  it('may be a row that goes with its table', () => {
    const examples = [{ before: { page: '/x' }, after: null }]
    expect(
      find('DROP TABLE visit; CREATE TABLE seen (id, page, seen_at, extra)', { table: 'visit', examples }),
    ).toEqual([])
  })

  it('may be a row that the migration refuses', () => {
    const strict = `CREATE TRIGGER late BEFORE UPDATE ON visit WHEN new.seen_at < 0 BEGIN SELECT raise(ABORT, 'before 1970'); END;
      UPDATE visit SET seen_at = seen_at; DROP TRIGGER late`
    const refused = { before: { seen_at: -5 }, error: 'before 1970' }
    expect(find(strict, change([refused]))).toEqual([])
    expect(find(strict, change([{ ...refused, error: 'after 2038' }]))).toMatchObject([
      {
        expected: "a migration that fails with 'after 2038'",
        actual: expect.stringContaining('before 1970'),
      },
    ])
    expect(find('SELECT 1', change([refused]))).toMatchObject([
      { expected: "a migration that fails with 'before 1970'", actual: 'success' },
    ])
    expect(find(strict, change([{ before: { seen_at: -5 }, after: {} }]))).toMatchObject([
      { expected: 'a migration that takes the row', actual: expect.stringContaining('before 1970') },
    ])
  })
})
