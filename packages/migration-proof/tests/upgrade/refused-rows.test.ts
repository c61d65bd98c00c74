// Goal: before anything is done, a file is asked which of its rows do not meet what the versions to come demand, and each
// answer is what SQLite itself says of these rows.
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { definePlan, type Migration, type MigrationPlan, userVersion } from '../../src/index.ts'
import { migrate } from '../../src/migrator/migrate.ts'
import { findRefusedRows } from '../../src/upgrade/refused-rows.ts'

const first = `CREATE TABLE shelf (id INTEGER PRIMARY KEY, label TEXT);
  CREATE TABLE jar (id INTEGER PRIMARY KEY, code, name TEXT, weight, shelf INTEGER, mail TEXT);`

const rows = `INSERT INTO shelf VALUES (1, 'top'), (2, 'low');
  INSERT INTO jar VALUES (3, '7', 'salt', 1.5, 1, 'a@example.com'), (4, 8, NULL, 'heavy', 2, 'A@example.com'),
    (5, 8.5, 'rice', '2.5', 9, NULL), (6, x'01', 'rice', x'02', NULL, NULL), (8, NULL, 'oats', -4, 1, 'b@example.com');`

const rebuilt = (
  columns: string,
  options = '',
) => `CREATE TABLE jar_next (id INTEGER PRIMARY KEY, ${columns})${options};
  INSERT INTO jar_next SELECT id, code, name, weight, shelf, mail FROM jar; DROP TABLE jar; ALTER TABLE jar_next RENAME TO jar`

const plain = { code: 'code', name: 'name TEXT', weight: 'weight', shelf: 'shelf INTEGER', mail: 'mail TEXT' }
const jar = (changed: Partial<typeof plain>, more = '') =>
  rebuilt(`${Object.values({ ...plain, ...changed }).join(', ')}${more}`)
const strict = (code: string, weight: string) =>
  rebuilt(`code ${code}, name TEXT, weight ${weight}, shelf INTEGER, mail TEXT`, ' STRICT')

function planOf(...steps: readonly string[]): MigrationPlan {
  const migrations = [first, ...steps].map(
    (sql, index): Migration => ({
      version: index + 1,
      name: `step ${index + 1}`,
      up: (connection) => connection.exec(sql),
    }),
  )
  return definePlan(migrations, userVersion())
}

function openFirst(plan: MigrationPlan, held = rows) {
  const database = new Database(':memory:')
  onTestFinished(() => {
    database.close()
  })
  const connection = betterSqliteConnection(database)
  migrate(connection, plan, { target: 1 })
  database.exec(held)
  return connection
}

describe('rows that a later version refuses', () => {
  it.each([
    ['NOT NULL of name', jar({ name: 'name TEXT NOT NULL' }), ['4']],
    [`CHECK (weight > 0)`, jar({}, ', CHECK (weight > 0)'), ['8']],
    [`CHECK (jar_next.weight > 0)`, jar({}, ', CHECK (jar_next.weight > 0)'), ['8']],
    ['UNIQUE (name)', jar({ name: 'name TEXT UNIQUE' }), ['5', '6']],
    ['UNIQUE (mail)', jar({ mail: 'mail TEXT COLLATE NOCASE UNIQUE' }), ['3', '4']],
    [
      'UNIQUE INDEX lower_mail (lower(mail))',
      'CREATE UNIQUE INDEX lower_mail ON jar (lower(mail))',
      ['3', '4'],
    ],
    ['UNIQUE INDEX on_one (shelf)', 'CREATE UNIQUE INDEX on_one ON jar (shelf) WHERE id > 2', ['3', '8']],
    ['FOREIGN KEY (shelf) REFERENCES shelf', jar({ shelf: 'shelf INTEGER REFERENCES shelf (id)' }), ['5']],
    ['the type INTEGER of code', strict('INTEGER', 'ANY'), ['5', '6']],
    ['the type TEXT of code', strict('TEXT', 'ANY'), ['6']],
    ['the type BLOB of code', strict('BLOB', 'ANY'), ['3', '4', '5']],
    ['the type REAL of weight', strict('ANY', 'REAL'), ['4', '6']],
    ['the type INTEGER of weight', strict('ANY', 'INTEGER'), ['3', '4', '5', '6']],
  ])('are counted and named: %s', (constraint, step, rowids) => {
    const plan = planOf(step)
    const connection = openFirst(plan)
    const expected = constraint.replace('jar_next.', 'jar.')
    expect(findRefusedRows(connection, plan, 1)).toEqual([
      {
        version: 2,
        table: 'jar',
        constraint: expect.stringMatching(new RegExp(`^${expected.replace(/\W/g, '.')}$`, 'i')),
        rows: rowids.length,
        rowids,
        unreadable: null,
      },
    ])
    expect(() => migrate(connection, plan), 'the upgrade fails on them').toThrow()
    // Without them, it does not.
    const [, ...others] = constraint.startsWith('UNIQUE') ? rowids : ['', ...rowids]
    const sound = openFirst(plan, `${rows} DELETE FROM jar WHERE id IN (${others.join(', ')})`)
    expect(findRefusedRows(sound, plan, 1)).toEqual([])
    expect(() => migrate(sound, plan)).not.toThrow()
  })

  it('are none that SQLite converts', () => {
    const plan = planOf(strict('INTEGER', 'ANY'))
    const held = `INSERT INTO jar (id, code) VALUES (1, 3.0), (2, '4'), (3, ' 5.0 '), (4, NULL), (5, 6)`
    const connection = openFirst(plan, held)
    expect(findRefusedRows(connection, plan, 1)).toEqual([])
    expect(() => migrate(connection, plan)).not.toThrow()
  })

  it('are none where nothing new is demanded, or the demand is of a column or a table that is new', () => {
    const plan = planOf(
      'CREATE TABLE lid (id INTEGER PRIMARY KEY, jar INTEGER NOT NULL UNIQUE REFERENCES jar (id))',
      "ALTER TABLE jar ADD COLUMN colour TEXT NOT NULL DEFAULT 'red' CHECK (colour <> '')",
      'CREATE INDEX jar_name ON jar (name)',
    )
    expect(findRefusedRows(openFirst(plan), plan, 1)).toEqual([])
  })

  it('are asked for by each version on the way, and of a table without rowids they are counted', () => {
    const keyed = 'CREATE TABLE tag (word TEXT PRIMARY KEY, note TEXT) WITHOUT ROWID'
    const steps = [
      keyed,
      'CREATE TABLE other (id INTEGER)',
      `CREATE TABLE tag_next (word TEXT PRIMARY KEY, note TEXT NOT NULL) WITHOUT ROWID;
       INSERT INTO tag_next SELECT * FROM tag; DROP TABLE tag; ALTER TABLE tag_next RENAME TO tag`,
    ]
    const plan = planOf(...steps)
    const connection = openFirst(plan)
    migrate(connection, plan, { target: 2 })
    connection.exec("INSERT INTO tag VALUES ('a', NULL), ('b', 'x'), ('c', NULL)")
    expect(findRefusedRows(connection, plan, 2)).toEqual([
      { version: 4, table: 'tag', constraint: 'NOT NULL of note', rows: 2, rowids: [], unreadable: null },
    ])
  })

  it('are not known where SQLite cannot evaluate the constraint of a row', () => {
    const plan = planOf(jar({}, ", CHECK (json_extract(name, '$.kind') <> '')"))
    const connection = openFirst(plan)
    expect(findRefusedRows(connection, plan, 1)).toMatchObject([
      { rows: null, rowids: [], unreadable: expect.stringContaining('malformed JSON') },
    ])
    expect(() => migrate(connection, plan)).toThrow('malformed JSON')
  })
})
