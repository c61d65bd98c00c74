// Goal: what a person added to a database is there after a migration and works as before, or the migration stops
// before COMMIT and says what would be lost; and no trigger of a person takes part in it.
import { describe, expect, it } from 'vitest'
import {
  type Connection,
  definePlan,
  type Migration,
  MigrationRefusedError,
  migrate,
} from '../../src/index.ts'
import { objectNames, openToy, toyMigrations, versionsOf } from './toy-plan.ts'

const transactions = ['each', 'all'] as const

/** The way that SQLite's documentation shows: https://www.sqlite.org/lang_altertable.html#otheralter */
const rebuild = `
  CREATE TABLE author_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER);
  INSERT INTO author_new (id, name) SELECT id, name FROM author;
  DROP TABLE author;
  ALTER TABLE author_new RENAME TO author;
  CREATE INDEX author_name ON author (name);`

function planWith(up: Migration['up'] | string, foreignKeys: 'off' | null = 'off') {
  const run: Migration['up'] = typeof up === 'string' ? (connection) => connection.exec(up) : up
  const migration = { version: 4, name: 'authors with age', up: run }
  return definePlan([...toyMigrations, foreignKeys === null ? migration : { ...migration, foreignKeys }])
}

function openWith(own: string): Connection {
  const connection = openToy()
  migrate(connection, definePlan(toyMigrations))
  connection.exec(`
    INSERT INTO author VALUES (1, 'Ada'), (2, 'Bob');
    INSERT INTO book VALUES (1, 1, 'Notes');
    CREATE TABLE log (what TEXT);
    ${own}`)
  return connection
}

function refusalOf(work: () => unknown): MigrationRefusedError {
  try {
    work()
  } catch (error) {
    if (error instanceof MigrationRefusedError) return error
    throw error
  }
  throw new Error('expected a refusal')
}

const schemaOf = (connection: Connection) => connection.all('SELECT * FROM sqlite_schema ORDER BY name')

describe.for(transactions)('a table that is rebuilt in a transaction for %s', (transaction) => {
  const own = {
    index: 'CREATE INDEX own_index ON author (name DESC) WHERE id > 0',
    trigger: `CREATE TRIGGER own_trigger AFTER INSERT ON author BEGIN INSERT INTO log VALUES ('new ' || new.name); END`,
    view: 'CREATE VIEW own_view AS SELECT name FROM author',
    'trigger elsewhere': `CREATE TRIGGER own_trigger AFTER INSERT ON book BEGIN INSERT INTO log SELECT name FROM author; END`,
    'view on a view':
      'CREATE VIEW a_view AS SELECT * FROM b_view; CREATE VIEW b_view AS SELECT name FROM author',
    'trigger on a view': `CREATE VIEW own_view AS SELECT name FROM author;
      CREATE TRIGGER own_trigger INSTEAD OF INSERT ON own_view BEGIN INSERT INTO log VALUES (new.name); END`,
  }

  it.for(Object.entries(own))('has the %s of a person again', ([, sql]) => {
    const connection = openWith(sql)
    const before = connection.all(
      `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name LIKE '%own%' OR name LIKE '%view' ORDER BY name`,
    )
    const { extras } = migrate(connection, planWith(rebuild), { transaction })
    expect(
      connection.all(
        `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name LIKE '%own%' OR name LIKE '%view' ORDER BY name`,
      ),
    ).toEqual(before)
    expect(extras.length).toBe(before.length + 1)
    expect(connection.all('SELECT * FROM log')).toEqual([])
    expect(connection.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  })

  it('has triggers that work again', () => {
    const connection = openWith(`${own.trigger}; ${own.view}`)
    migrate(connection, planWith(rebuild), { transaction })
    connection.exec(`INSERT INTO author (name) VALUES ('Cy')`)
    expect(connection.all('SELECT what FROM log')).toEqual([{ what: 'new Cy' }])
    expect(connection.all('SELECT count(*) AS names FROM own_view')).toEqual([{ names: 3n }])
  })
})

describe('a migration that would lose what a person added', () => {
  const withoutNames = `
    DROP INDEX author_name;
    CREATE TABLE author_new (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL);
    INSERT INTO author_new SELECT id, name FROM author;
    DROP TABLE author;
    ALTER TABLE author_new RENAME TO author;`

  const losses = [
    [
      'an index',
      withoutNames,
      'CREATE INDEX own_index ON author (name)',
      /index own_index \(no such column: name\)/,
    ],
    ['a view', withoutNames, 'CREATE VIEW own_view AS SELECT name FROM author', /view own_view/],
    [
      'a trigger',
      withoutNames,
      'CREATE TRIGGER own_trigger AFTER UPDATE OF name ON author BEGIN SELECT old.name; END',
      /trigger own_trigger/,
    ],
    [
      'an index on a table that goes',
      'DROP TABLE book',
      'CREATE INDEX own_index ON book (title)',
      /index own_index/,
    ],
    [
      'a view of a table that goes',
      'DROP TABLE book',
      'CREATE VIEW own_view AS SELECT title FROM book',
      /view own_view/,
    ],
    ['a table', 'DROP TABLE IF EXISTS own_table', 'CREATE TABLE own_table (x)', /table own_table/],
    [
      'a unique index',
      rebuild.replace('SELECT id, name', `SELECT id, 'same'`),
      'CREATE UNIQUE INDEX own_index ON author (name)',
      /index own_index \(UNIQUE constraint failed: author.name\)/,
    ],
  ] as const

  it.for(losses)('stops before COMMIT: %s', ([, up, own, names]) => {
    const connection = openWith(own)
    const before = schemaOf(connection)
    const error = refusalOf(() => migrate(connection, planWith(up)))
    expect(error).toMatchObject({ reason: 'objects-lost', version: 4 })
    expect(error.message).toMatch(names)
    expect(error.message).toMatch(
      /^Migration v4 \(authors with age\): expected .*nothing of this migration was kept\.$/,
    )
    expect(schemaOf(connection)).toEqual(before)
    expect(versionsOf(connection)).toEqual([1, 2, 3])
  })

  it('is not one that renames what SQLite follows', () => {
    const connection = openWith(
      'CREATE VIEW own_view AS SELECT name FROM author; CREATE INDEX own_index ON author (name)',
    )
    migrate(
      connection,
      planWith('ALTER TABLE author ADD COLUMN age INTEGER; ALTER TABLE book RENAME COLUMN title TO heading'),
    )
    expect(objectNames(connection)).toEqual(expect.arrayContaining(['own_view', 'own_index']))
  })

  it('is not one that leaves a view broken which was broken before', () => {
    const connection = openWith('CREATE VIEW own_view AS SELECT x FROM none')
    migrate(connection, planWith('ALTER TABLE author ADD COLUMN age INTEGER'))
    expect(objectNames(connection)).toContain('own_view')
  })
})

describe('a trigger of a person', () => {
  const fill = `UPDATE author SET name = upper(name)`
  const onUpdate = `CREATE TRIGGER own_trigger AFTER UPDATE ON author BEGIN INSERT INTO log VALUES (new.name); END`
  const cascading = `CREATE TRIGGER own_trigger AFTER DELETE ON book BEGIN INSERT INTO log VALUES (old.title); END`

  it.for([
    ['a statement of the migration', fill, onUpdate],
    [
      'a statement with values bound',
      (c: Parameters<Migration['up']>[0]) => c.all('UPDATE author SET name = ?', ['x']),
      onUpdate,
    ],
    ['rows that go with their parent', 'DELETE FROM author WHERE id = 1', cascading],
    [
      'a temporary trigger',
      fill,
      onUpdate.replace('CREATE', 'CREATE TEMP').replace('ON author', 'ON main.author'),
    ],
  ] as const)('stops a migration that would fire it: %s', ([, up, own]) => {
    const connection = openWith(own)
    connection.exec('PRAGMA foreign_keys = ON')
    const plan = planWith(typeof up === 'string' ? up : (inner) => void up(inner), null)
    const error = refusalOf(() => migrate(connection, plan))
    expect(error.message).toBe(
      'Migration v4 (authors with age): expected no trigger but its own to fire while it changes rows, found the trigger ' +
        'own_trigger, which no version makes; drop the trigger, upgrade, and create it again; nothing of this migration was kept.',
    )
    expect(connection.all('SELECT * FROM log')).toEqual([])
    expect(connection.all('SELECT count(*) AS authors FROM author')).toEqual([{ authors: 2n }])
    expect(versionsOf(connection)).toEqual([1, 2, 3])
  })

  it('stops one that swallows its errors', () => {
    const swallowing: Migration['up'] = (connection) => {
      try {
        connection.exec(fill)
      } catch {}
    }
    const connection = openWith(onUpdate)
    expect(refusalOf(() => migrate(connection, planWith(swallowing))).reason).toBe('trigger-fires')
  })

  it('stays where nothing fires it', () => {
    const connection = openWith(onUpdate)
    migrate(connection, planWith('CREATE TABLE more (x); INSERT INTO more VALUES (1)'))
    expect(objectNames(connection)).toContain('own_trigger')
  })
})
