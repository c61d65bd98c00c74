// Goal: where a migration changes keys or foreign keys, each child keeps its parent, recognised by what did not change; what
// is meant is accepted, what cannot show an exchange is said, and no value of a user's file is in a problem.
import { describe, expect, it } from 'vitest'
import { foreignKeys } from '../../src/checks/foreign-keys.ts'
import { references } from '../../src/checks/references.ts'
import { type DataChange, openSubject, type TableDeclaration } from '../../src/index.ts'
import { completeFacts } from '../../src/proof/facts-at.ts'
import { freezeHistory } from '../incidents/toy-history.ts'
import { brief } from '../support/brief.ts'

const schema = `CREATE TABLE shelf (id INTEGER PRIMARY KEY, label TEXT, height INTEGER);
  CREATE TABLE jar (id INTEGER PRIMARY KEY, name TEXT, shelf INTEGER REFERENCES shelf (id));`
const rows = `INSERT INTO shelf VALUES (1, 'top', 3), (2, 'middle', 2), (3, 'bottom', 1);
  INSERT INTO jar VALUES (1, 'plum', 1), (2, 'fig', 2), (3, 'lime', NULL); PRAGMA user_version = 1;`

interface Given {
  readonly first?: string
  readonly rows?: string
  readonly sql: string
  readonly changes?: readonly Omit<DataChange, 'reason'>[]
}

function suiteOf({ first = schema, rows: given = rows, sql, changes = [] }: Given) {
  const up = ({ exec }: { exec(sql: string): void }) => exec(sql)
  const dataChanges = changes.map((one) => ({ ...one, reason: 'a test' }))
  return freezeHistory({ steps: [first, { up, dataChanges, foreignKeys: 'off' }], rows: { v1: given } })
}

function look(given: Given) {
  using subject = openSubject(suiteOf(given), 'v1', 2)
  return references.run(subject)
}

function find(given: Given) {
  return look(given).problems.map(brief)
}

const reverse = 'UPDATE shelf SET id = -id; UPDATE shelf SET id = 4 + id;'

describe('another parent', () => {
  it('is named with the rows, the migration, and what the parents were', () => {
    const { problems } = look({ sql: reverse, changes: [{ table: 'shelf', columns: ['id'] }] })
    expect(problems.map(brief)).toEqual([
      {
        object: 'jar (shelf) → shelf',
        expected: 'for each row of jar the row of shelf that it had',
        actual: '1 row with another one, or none: rowid 1',
        version: 2,
      },
    ])
    expect(problems[0]?.evidence).toEqual([
      {
        ran: 'the row of jar with id 1, after migration v2',
        happened: "shelf label 'top', height 3 before, label 'bottom', height 1 after",
      },
    ])
  })

  it('is named without a value where the file may be a person’s own', () => {
    using subject = openSubject(
      suiteOf({ sql: reverse, changes: [{ table: 'shelf', columns: ['id'] }] }),
      'v1',
      2,
    )
    const { way: _, ...file } = subject
    const found = references.run(file)
    expect(found.problems).toMatchObject([{ version: null, evidence: [] }])
    expect(JSON.stringify(found)).not.toMatch(/top|bottom/)
  })

  it('is none where the children follow', () => {
    const changes = [
      { table: 'shelf', columns: ['id'] },
      { table: 'jar', columns: ['shelf'] },
    ]
    expect(find({ sql: `${reverse} UPDATE jar SET shelf = 4 - shelf`, changes })).toEqual([])
    expect(find({ sql: `${reverse} UPDATE jar SET shelf = 4 - shelf WHERE id > 1`, changes })).toMatchObject([
      { actual: '1 row with another one, or none: rowid 1' },
    ])
  })

  it('is seen behind new names', () => {
    const sql = `ALTER TABLE shelf RENAME TO board; ALTER TABLE board RENAME COLUMN id TO number;
      ALTER TABLE jar RENAME TO pot; ALTER TABLE pot RENAME COLUMN shelf TO board;`
    const changes = [
      { table: 'shelf', renamedTo: 'board' },
      { table: 'board', renamedColumns: { id: 'number' }, columns: ['id'] },
      { table: 'jar', renamedTo: 'pot' },
      { table: 'pot', renamedColumns: { shelf: 'board' } },
    ]
    expect(find({ sql, changes })).toEqual([])
    const shifted = `${sql} UPDATE board SET number = number + 10; UPDATE board SET number = 1 + number % 3`
    expect(find({ sql: shifted, changes })).toMatchObject([
      { object: 'jar (shelf) → shelf', actual: '2 rows with another one, or none: rowid 1; rowid 2' },
    ])
  })

  it('is seen where a foreign key refers to another column, or to another table', () => {
    const again = (target: string) => `CREATE TABLE jar_next (id INTEGER PRIMARY KEY, name TEXT,
      shelf INTEGER REFERENCES ${target}); INSERT INTO jar_next SELECT * FROM jar; DROP TABLE jar;
      ALTER TABLE jar_next RENAME TO jar;`
    expect(
      find({ sql: `CREATE UNIQUE INDEX by_height ON shelf (height); ${again('shelf (height)')}` }),
    ).toMatchObject([{ actual: '1 row with another one, or none: rowid 1' }])
    const boards = `CREATE TABLE board (id INTEGER PRIMARY KEY, label TEXT); INSERT INTO board SELECT`
    const sql = (id: string) => `${boards} ${id}, label FROM shelf; ${again('board (id)')}`
    expect(find({ sql: sql('id') })).toEqual([])
    expect(find({ sql: sql('4 - id') })).toMatchObject([
      { actual: '1 row with another one, or none: rowid 1' },
    ])
  })

  it('is seen where both columns of a table of pairs name other rows', () => {
    const first = `CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT); CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE tagged (post INTEGER REFERENCES post, tag INTEGER REFERENCES tag, PRIMARY KEY (post, tag)) WITHOUT ROWID;`
    const pairs = `INSERT INTO post VALUES (1, 'a'), (2, 'b'); INSERT INTO tag VALUES (1, 'x'), (2, 'y');
      INSERT INTO tagged VALUES (1, 1), (2, 2); PRAGMA user_version = 1;`
    const changes = [
      { table: 'post', columns: ['id'] },
      { table: 'tag', columns: ['id'] },
      { table: 'tagged', columns: ['post', 'tag'] },
    ]
    const swap = (table: string) => `UPDATE ${table} SET id = -id; UPDATE ${table} SET id = 3 + id;`
    const given = { first, rows: pairs, changes }
    const correct = `${swap('post')} ${swap('tag')} CREATE TABLE other AS SELECT 3 - post AS post, 3 - tag AS tag FROM tagged;
      DELETE FROM tagged; INSERT INTO tagged SELECT * FROM other; DROP TABLE other;`
    expect(find({ ...given, sql: correct })).toEqual([])
    expect(find({ ...given, sql: swap('post') })).toMatchObject([
      { object: 'tagged (post) → post, tagged (tag) → tag', actual: '2 rows with another one, or none' },
    ])
  })

  it('is seen by columns that are only called like a reference', () => {
    const first = `CREATE TABLE shelves (id INTEGER PRIMARY KEY, label TEXT);
      CREATE TABLE crate (id INTEGER PRIMARY KEY, label TEXT); CREATE TABLE jar (crate_id INTEGER, shelves_id INTEGER);`
    const given = `INSERT INTO crate VALUES (1, 'a'), (2, 'b'); INSERT INTO shelves VALUES (1, 'top'), (2, 'bottom');
      INSERT INTO jar VALUES (1, 1), (2, 7); PRAGMA user_version = 1;`
    const swap = (table: string) => ({
      first,
      rows: given,
      sql: `UPDATE ${table} SET id = -id; UPDATE ${table} SET id = 3 + id`,
      changes: [{ table, columns: ['id'] }],
    })
    expect(find(swap('crate'))).toMatchObject([{ object: 'jar (crate_id) → crate' }])
    // It holds what is no key: then it is no reference.
    expect(look(swap('shelves'))).toMatchObject({ isNotApplicable: true })
  })
})

describe('what is meant', () => {
  it('is said by an expression over the old row', () => {
    const sql = 'UPDATE jar SET shelf = 2 WHERE shelf = 1'
    expect(find({ sql, changes: [{ table: 'jar', columns: ['shelf'] }] })).toMatchObject([
      { actual: '1 row with another one, or none: rowid 1' },
    ])
    const columns = { shelf: 'CASE shelf WHEN 1 THEN 2 ELSE shelf END' }
    expect(look({ sql, changes: [{ table: 'jar', columns }] })).toMatchObject({ isNotApplicable: true })
  })

  it.for([
    [
      'a child goes',
      'DELETE FROM jar WHERE id = 1',
      [
        { table: 'jar', rowsRemoved: 'id = 1' },
        { table: 'shelf', columns: ['id'] },
      ],
    ],
    [
      'a parent goes, and its children are those of another',
      'UPDATE jar SET shelf = 2 WHERE shelf = 1; DELETE FROM shelf WHERE id = 1',
      [
        { table: 'shelf', rowsRemoved: 'id = 1' },
        { table: 'jar', columns: ['shelf'] },
      ],
    ],
    [
      'another column of the parents changes',
      "UPDATE shelf SET label = label || '!'",
      [{ table: 'shelf', columns: ['label'] }],
    ],
    [
      'a child without a parent gets one',
      'UPDATE jar SET shelf = 3 WHERE id = 3',
      [{ table: 'jar', columns: ['shelf'] }],
    ],
    [
      'all rows of both are others',
      "DELETE FROM jar; DELETE FROM shelf; INSERT INTO shelf VALUES (1, 'new', 9), (2, 'old', 8); INSERT INTO jar VALUES (1, 'pea', 2)",
      [{ table: 'jar' }, { table: 'shelf' }],
    ],
    ['the reference goes', 'ALTER TABLE jar DROP COLUMN shelf', [{ table: 'jar', columns: ['shelf'] }]],
    [
      'the parents go',
      'ALTER TABLE jar DROP COLUMN shelf; DROP TABLE shelf',
      [{ table: 'jar', columns: ['shelf'] }, { table: 'shelf' }],
    ],
  ] satisfies [string, string, Given['changes']][])('is silent where %s', ([, sql, changes]) => {
    expect(find({ sql, changes })).toEqual([])
  })
})

describe('nothing is compared', () => {
  it('where no key and no foreign key changes', () => {
    const sql = 'ALTER TABLE jar ADD COLUMN lid TEXT'
    expect(look({ sql })).toMatchObject({
      detail: 'no migration changes a key or a foreign key',
      isNotApplicable: true,
    })
  })

  it.for([
    [
      'INSERT INTO shelf VALUES (1, NULL, NULL); INSERT INTO jar VALUES (1, NULL, 1);',
      'shelf has no two different rows',
    ],
    [
      "INSERT INTO shelf VALUES (1, 'a', 1), (2, 'b', 2); INSERT INTO jar VALUES (1, 'x', NULL);",
      'no row of jar has a parent',
    ],
  ])('by rows that could not show it: %s', ([given = '', reason = '']) => {
    const sql = 'UPDATE shelf SET id = id + 10; UPDATE jar SET shelf = shelf + 10'
    const changes = [
      { table: 'shelf', columns: ['id'] },
      { table: 'jar', columns: ['shelf'] },
    ]
    const found = look({ rows: `${given} PRAGMA user_version = 1;`, sql, changes })
    expect(found).toMatchObject({ detail: `jar (shelf) → shelf: ${reason}`, isNotApplicable: true })
  })
})

describe('a reference without a foreign key', () => {
  const first =
    'CREATE TABLE shelf (code TEXT, label TEXT); CREATE TABLE jar (id INTEGER PRIMARY KEY, shelf TEXT)'
  const given = `INSERT INTO shelf VALUES ('a', 'top'), ('b', 'bottom'); INSERT INTO jar VALUES (1, 'a'), (2, 'b'), (3, 'gone'), (4, NULL);
    PRAGMA user_version = 1;`
  const tables: readonly TableDeclaration[] = [
    { name: 'shelf', since: 1, columns: { code: { type: 'TEXT' }, label: { type: 'TEXT' } } },
    {
      name: 'jar',
      since: 1,
      columns: { id: { type: 'INTEGER' }, shelf: { type: 'TEXT' } },
      key: ['id'],
      references: [{ columns: ['shelf'], parent: 'shelf', parentColumns: ['code'] }],
    },
  ]
  const declaring = (sql: string, changes: Given['changes']) => ({
    ...suiteOf({ first, rows: given, sql, changes: changes ?? [] }),
    facts: completeFacts(tables, [], 2),
  })

  it('has no new row without its parent: old ones do not count', () => {
    const remove = (where: string) => {
      const suite = declaring(`DELETE FROM shelf ${where}`, [{ table: 'shelf' }])
      using subject = openSubject(suite, 'v1', 2)
      return foreignKeys.run(subject).problems
    }
    expect(remove('WHERE false')).toEqual([])
    expect(remove("WHERE code = 'b'").map(brief)).toEqual([
      {
        object: 'jar (shelf) → shelf',
        expected: '1 row without its parent, as before',
        actual: '2: rowid 2; rowid 3',
      },
    ])
  })

  it('is followed as one with a foreign key', () => {
    const swap = "UPDATE shelf SET code = CASE code WHEN 'a' THEN 'b' ELSE 'a' END"
    using subject = openSubject(declaring(swap, [{ table: 'shelf', columns: ['code'] }]), 'v1', 2)
    expect(references.run(subject).problems.map(brief)).toMatchObject([
      { object: 'jar (shelf) → shelf', actual: '2 rows with another one, or none: rowid 1; rowid 2' },
    ])
  })
})
