// Goal: foreign keys are off for the migrations that ask for it and for no other, and no new orphan is kept.
import { describe, expect, it } from 'vitest'
import { type Connection, definePlan, type Migration, migrate } from '../../src/index.ts'
import { keepForeignKeys, readViolations, withForeignKeysOff } from '../../src/migrator/apply.ts'
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
