// Goal: foreign keys are off for the migrations that ask for it and for no other, and no new orphan is kept.
import { describe, expect, it } from 'vitest'
import { type Connection, definePlan, type Migration, migrate } from '../../src/index.ts'
import { keepForeignKeys, readViolations, withForeignKeysOff } from '../../src/migrator/run-migration.ts'
import { recordMigrations } from '../../src/snapshots/statements.ts'
import { recogniseDatabase } from '../../src/upgrade/recognise.ts'
import { openToy, toyMigrations, toyPlan } from './toy-plan.ts'

/** Version 4, which deletes an author and leaves the rest to SQLite. */
function deleting(foreignKeys?: 'off'): Migration {
  const up: Migration['up'] = (connection) => connection.exec('DELETE FROM author WHERE id = 1')
  const migration = { version: 4, name: 'one author less', up }
  return foreignKeys === undefined ? migration : { ...migration, foreignKeys }
}

/** Version 5, which changes no row and asks for foreign keys to be off. */
const rebuilding: Migration = {
  version: 5,
  name: 'nothing',
  foreignKeys: 'off',
  up: (connection) => connection.exec('CREATE INDEX book_title ON book (title)'),
}

function openWithBook(foreignKeys: 'ON' | 'OFF'): Connection {
  const connection = openToy()
  migrate(connection, toyPlan)
  connection.exec(`PRAGMA foreign_keys = ${foreignKeys};
    INSERT INTO author VALUES (1, 'Ada'); INSERT INTO book VALUES (7, 1, 'Notes')`)
  return connection
}

const countBooks = (connection: Connection) => connection.all('SELECT count(*) AS books FROM book')[0]?.books

describe('a migration that asks for nothing', () => {
  it.for(['each', 'all'] as const)('has its cascades, in a transaction for %s', (transaction) => {
    const connection = openWithBook('ON')
    migrate(connection, definePlan([...toyMigrations, deleting()]), { transaction })
    expect(countBooks(connection)).toBe(0n)
  })

  it('has its cascades beside a later one that asks for them to be off, each in its own transaction', () => {
    const connection = openWithBook('ON')
    migrate(connection, definePlan([...toyMigrations, deleting(), rebuilding]))
    expect(countBooks(connection)).toBe(0n)
  })

  it('is not held to foreign keys that the connection has off', () => {
    const connection = openWithBook('OFF')
    migrate(connection, definePlan([...toyMigrations, deleting()]))
    expect(countBooks(connection)).toBe(1n)
  })
})

describe('a migration that asks for foreign keys to be off', () => {
  it('has them off in one transaction with others', () => {
    const connection = openWithBook('ON')
    const seen: unknown[] = []
    const looking: Migration = {
      ...rebuilding,
      up: (inside) => {
        seen.push(inside.all('PRAGMA foreign_keys')[0]?.foreign_keys)
        rebuilding.up(inside)
      },
    }
    const quiet: Migration = { version: 4, name: 'quiet', up: () => {} }
    migrate(connection, definePlan([...toyMigrations, quiet, looking]), { transaction: 'all' })
    // The last look is in an empty database in memory, where the migration shows what it builds.
    expect(seen).toContain(0n)
    expect(connection.all('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1n }])
  })

  it('is refused in one whole sentence for an orphan that it leaves', () => {
    const connection = openWithBook('ON')
    const run = () => migrate(connection, definePlan([...toyMigrations, deleting('off')]))
    expect(run).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({
          name: 'ForeignKeyViolationError',
          message:
            'PRAGMA foreign_key_check: expected no new row without its parent, ' +
            'found 1 of them, first book row 7 → author; ' +
            'let the migration keep the parents of the rows that it keeps.',
        }),
      }),
    )
    expect(countBooks(connection)).toBe(1n)
  })
})

describe('a history whose migrations write rows', () => {
  const migrationsOf = (...steps: readonly (Pick<Migration, 'foreignKeys'> & { readonly sql: string })[]) =>
    definePlan(
      steps.map(({ sql, ...rest }, index) => ({
        version: index + 1,
        name: `step ${index + 1}`,
        up: (connection) => connection.exec(sql),
        ...rest,
      })),
    )
  const rooms = `CREATE TABLE room (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE key (id INTEGER PRIMARY KEY, room INTEGER NOT NULL REFERENCES room (id));
    INSERT INTO room VALUES (1, 'hall'); INSERT INTO key VALUES (1, 1);`
  const rebuilt = `CREATE TABLE room_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    INSERT INTO room_new SELECT id, name FROM room; DROP TABLE room; ALTER TABLE room_new RENAME TO room;`
  const renamedFirst = `PRAGMA legacy_alter_table = ON; ALTER TABLE room RENAME TO room_before;
    CREATE TABLE room (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    INSERT INTO room SELECT id, name FROM room_before; DROP TABLE room_before; PRAGMA legacy_alter_table = OFF;`
  const childFirst = `CREATE TABLE term (id INTEGER PRIMARY KEY,
      broader INTEGER NOT NULL REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO term VALUES (2, 1); INSERT INTO term VALUES (1, 1);`

  it.for([
    [
      'rebuilds a parent that it filled itself',
      migrationsOf({ sql: rooms }, { sql: rebuilt, foreignKeys: 'off' }),
    ],
    ['renames the old table first', migrationsOf({ sql: rooms }, { sql: renamedFirst, foreignKeys: 'off' })],
    ['adds the child before the parent that it may wait for', migrationsOf({ sql: childFirst })],
  ] as const)('%s, in a file and where it is known what it makes', ([, plan]) => {
    const connection = openToy()
    migrate(connection, plan)
    expect(connection.all('PRAGMA foreign_key_check')).toEqual([])
    expect(recordMigrations(plan, openToy())).toHaveLength(plan.migrations.length)
    expect(recogniseDatabase(connection, { plan }).kind).toBe('subject')
  })

  it('is refused for a row without its parent that it leaves at COMMIT, as a failure of that migration', () => {
    const plan = migrationsOf({ sql: childFirst.replace('INSERT INTO term VALUES (1, 1);', '') })
    const cause = expect.objectContaining({ code: 'SQLITE_CONSTRAINT_FOREIGNKEY' })
    const failure = expect.objectContaining({
      name: 'MigrationFailedError',
      version: 1,
      statement: 'COMMIT',
      cause,
    })
    expect(() => migrate(openToy(), plan)).toThrow(failure)
  })
})

describe('work with foreign keys off', () => {
  it.for([
    ['ON', 1n],
    ['OFF', 0n],
  ] as const)('leaves them %s as they were, whatever happens', ([before, answer]) => {
    const connection = openToy()
    connection.exec(`PRAGMA foreign_keys = ${before}`)
    const foreignKeys = () => connection.all('PRAGMA foreign_keys')[0]?.foreign_keys
    expect(withForeignKeysOff(connection, foreignKeys)).toBe(0n)
    expect(foreignKeys()).toBe(answer)
    const fail = () => {
      throw new RangeError('no work today')
    }
    expect(() => withForeignKeysOff(connection, fail)).toThrow(RangeError)
    expect(foreignKeys()).toBe(answer)
  })
})

describe('a row without its parent', () => {
  const orphans = `PRAGMA foreign_keys = OFF;
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (parent_id INTEGER REFERENCES parent (id));
    CREATE TABLE pair (a TEXT PRIMARY KEY, parent_id INTEGER REFERENCES parent (id)) WITHOUT ROWID;
    INSERT INTO child VALUES (9); INSERT INTO pair VALUES ('x', 8);`

  it('is named by its rowid, where it has one', () => {
    const connection = openToy()
    connection.exec(orphans)
    expect(readViolations(connection).sort()).toEqual([
      'child row 1 → parent',
      'pair row without a rowid → parent',
    ])
  })

  it('does not count when it was there before', () => {
    const connection = openToy()
    connection.exec(orphans)
    keepForeignKeys(connection, () => connection.exec('DELETE FROM pair'))
    const add = () => connection.exec('INSERT INTO child VALUES (10), (11)')
    expect(() => keepForeignKeys(connection, add)).toThrow(/found 2 of them, first child row 2 → parent/)
  })
})
