// Goal: a migration is kept whole, with its version, or not at all, and the caller learns what happened.
import { describe, expect, it } from 'vitest'
import {
  type Connection,
  DiagnosedError,
  definePlan,
  type MigrateOptions,
  type Migration,
  MigrationFailedError,
  MigrationPlanError,
  migrate,
  SchemaDriftError,
  userVersion,
  VersionTableError,
} from '../../src/index.ts'
import { objectNames, openToy, toyMigrations, toyPlan, toyPlanWith, versionsOf } from './toy-plan.ts'

const transactions = ['each', 'all'] as const

function migrateLogged(connection: Connection, options: MigrateOptions = {}) {
  const lines: string[] = []
  const log = {
    info: (line: string) => lines.push(`info: ${line}`),
    error: (line: string) => lines.push(`error: ${line}`),
  }
  return { result: migrate(connection, toyPlan, { ...options, log }), lines }
}

function catchError(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('expected an error')
}

describe.for(transactions)('with a transaction for %s', (transaction) => {
  it('applies every pending migration and notes each version', () => {
    const connection = openToy()
    const { result } = migrateLogged(connection, { transaction })
    expect(result).toMatchObject({ outcome: 'migrated', from: 0, to: 3, applied: [1, 2, 3], extras: [] })
    expect(versionsOf(connection)).toEqual([1, 2, 3])
    expect(objectNames(connection)).toEqual([
      'schema_version',
      'author',
      'author_name',
      'book',
      'book_author',
    ])
  })

  it('reports what it does, a line at a time', () => {
    expect(migrateLogged(openToy(), { transaction }).lines).toEqual([
      'info: Current schema version: 0',
      'info: Running migration v1 (authors)...',
      'info: Applied migration v1',
      'info: Running migration v2 (author names)...',
      'info: Applied migration v2',
      'info: Running migration v3 (books)...',
      'info: Applied migration v3',
    ])
  })

  it('does nothing at the latest version, and says so', () => {
    const connection = openToy()
    migrate(connection, toyPlan)
    const { result, lines } = migrateLogged(connection, { transaction })
    expect(result).toMatchObject({ outcome: 'up-to-date', from: 3, to: 3, applied: [] })
    expect(lines).toEqual(['info: Current schema version: 3', 'info: Schema is up to date (v3)'])
  })

  it('stops at the target, and goes on from there', () => {
    const connection = openToy()
    expect(migrate(connection, toyPlan, { transaction, target: 2 })).toMatchObject({ to: 2, applied: [1, 2] })
    expect(migrate(connection, toyPlan, { transaction })).toMatchObject({ from: 2, applied: [3] })
  })

  it('leaves a database of a newer version alone', () => {
    const connection = openToy()
    migrate(connection, toyPlan)
    connection.exec('INSERT INTO schema_version (version) VALUES (9)')
    const before = connection.all('SELECT * FROM schema_version')
    const { result, lines } = migrateLogged(connection, { transaction })
    expect(result).toMatchObject({ outcome: 'unknown-version', from: 9, to: 9, applied: [] })
    expect(lines).toEqual(['info: Current schema version: 9', 'error: Unknown schema version: 9'])
    expect(connection.all('SELECT * FROM schema_version')).toEqual(before)
  })

  it('names version, statement and cause of a failure', () => {
    const failing: Migration = {
      version: 2,
      name: 'author names',
      up: (connection) => {
        connection.exec('CREATE INDEX author_name ON author (name); CREATE INDEX author_age ON author (age);')
      },
    }
    const error = catchError(() => migrate(openToy(), toyPlanWith(failing), { transaction }))
    expect(error).toBeInstanceOf(MigrationFailedError)
    expect(error).toMatchObject({ version: 2, statement: 'CREATE INDEX author_age ON author (age)' })
    expect(error).toHaveProperty('cause.code', 'SQLITE_ERROR')
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(
        /^Migration v2 \(author names\), statement 'CREATE INDEX author_age .*no such column: age/,
      ),
    )
  })

  it('names the migration that fails by itself, without a statement', () => {
    const failing: Migration = {
      version: 3,
      name: 'books',
      up: () => {
        throw new RangeError('no books today')
      },
    }
    const error = catchError(() => migrate(openToy(), toyPlanWith(failing), { transaction }))
    expect(error).toMatchObject({ name: 'MigrationFailedError', version: 3, statement: null })
    expect(error).toHaveProperty('cause', expect.any(RangeError))
  })

  it('finishes after a failure', () => {
    const connection = openToy()
    const beforeStatement = ({ sql }: { sql: string }) => {
      if (sql.includes('book_author')) throw new Error('the power fails')
    }
    expect(() => migrate(connection, toyPlan, { transaction, beforeStatement })).toThrow(MigrationFailedError)
    expect(connection.inTransaction).toBe(false)
    migrate(connection, toyPlan, { transaction })
    expect(versionsOf(connection)).toEqual([1, 2, 3])
  })

  it('refuses a connection with an open transaction, and leaves that open', () => {
    const connection = openToy()
    connection.exec('BEGIN')
    expect(() => migrate(connection, toyPlan, { transaction })).toThrow(DiagnosedError)
    expect(connection.inTransaction).toBe(true)
  })

  it.for([-1, 4, 1.5])('refuses the target %d', (target) => {
    expect(() => migrate(openToy(), toyPlan, { transaction, target })).toThrow(/from 0 to 3/)
  })
})

describe('one transaction for each', () => {
  it('keeps the migrations before the one that failed', () => {
    const connection = openToy()
    const failing: Migration = { version: 3, name: 'books', up: (db) => db.exec('CREATE TABLE book (') }
    expect(() => migrate(connection, toyPlanWith(failing))).toThrow(MigrationFailedError)
    expect(versionsOf(connection)).toEqual([1, 2])
    expect(objectNames(connection)).toEqual(['schema_version', 'author', 'author_name'])
  })

  it('goes on with what another process has left meanwhile', () => {
    const connection = openToy()
    let isFirst = true
    const beforeStatement = ({ sql }: { sql: string }) => {
      if (sql !== 'BEGIN IMMEDIATE' || !isFirst) return
      isFirst = false
      migrate(connection, toyPlan, { target: 2 })
    }
    expect(migrate(connection, toyPlan, { beforeStatement })).toMatchObject({ from: 0, to: 3, applied: [3] })
    expect(versionsOf(connection)).toEqual([1, 2, 3])
  })
})

describe('one transaction for all', () => {
  it('keeps nothing when a later migration fails', () => {
    const connection = openToy()
    const failing: Migration = { version: 3, name: 'books', up: (db) => db.exec('CREATE TABLE book (') }
    expect(() => migrate(connection, toyPlanWith(failing), { transaction: 'all' })).toThrow(
      MigrationFailedError,
    )
    expect(objectNames(connection)).toEqual([])
  })

  it('shows the upgraded database to the hook before anything is kept', () => {
    const connection = openToy()
    const seen: string[][] = []
    const beforeCommit = (inside: Connection) => seen.push(objectNames(inside))
    migrate(connection, toyPlan, { transaction: 'all', beforeCommit })
    expect(seen).toEqual([['schema_version', 'author', 'author_name', 'book', 'book_author']])
  })

  it('undoes everything when the hook throws, and passes its error on', () => {
    const connection = openToy()
    const beforeCommit = () => {
      throw new RangeError('not proven')
    }
    expect(() => migrate(connection, toyPlan, { transaction: 'all', beforeCommit })).toThrow(RangeError)
    expect(objectNames(connection)).toEqual([])
  })

  it('does not call the hook when nothing is pending', () => {
    const connection = openToy()
    migrate(connection, toyPlan)
    const beforeCommit = () => {
      throw new RangeError('never')
    }
    expect(migrate(connection, toyPlan, { transaction: 'all', beforeCommit }).outcome).toBe('up-to-date')
  })
})

describe('a schema that is not what its version says', () => {
  interface Case {
    readonly what: string
    readonly before: string
    readonly version: number
    readonly names: RegExp
  }
  const drifts: readonly Case[] = [
    { what: 'a missing index', version: 2, before: 'DROP INDEX author_name', names: /index author_name/ },
    {
      what: 'a person’s own column',
      version: 1,
      before: 'ALTER TABLE author ADD COLUMN age INTEGER',
      names: /table author.*column age/,
    },
    {
      what: 'a later table of another shape',
      version: 2,
      before: 'CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL)',
      names: /version 3 needs, table book/,
    },
    {
      what: 'a view in the place of a later table',
      version: 2,
      before: 'CREATE VIEW book AS SELECT * FROM author',
      names: /expected table book, found view book/,
    },
    {
      what: 'a table in the place of a later index',
      version: 1,
      before: 'CREATE TABLE author_name (name TEXT)',
      names: /expected index author_name, found table author_name/,
    },
    {
      what: 'an index of a later name on another column',
      version: 1,
      before: 'CREATE INDEX AUTHOR_NAME ON author (id)',
      names: /index author_name/i,
    },
  ]

  it.for(drifts)('refuses $what before the first step', ({ version, before, names }) => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: version })
    connection.exec(before)
    const schema = connection.all('SELECT * FROM sqlite_schema')
    const error = catchError(() => migrate(connection, toyPlan))
    expect(error).toBeInstanceOf(SchemaDriftError)
    expect(error).toHaveProperty('message', expect.stringMatching(names))
    expect(connection.all('SELECT * FROM sqlite_schema')).toEqual(schema)
  })

  it('takes over a later table of the very same shape, with its rows', () => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    connection.exec(`
      create table BOOK (id integer primary key, -- as in version 3
        author_id integer not null references author(id) on delete cascade, title text not null);
      INSERT INTO author VALUES (1, 'Ada'); INSERT INTO book VALUES (7, 1, 'Notes');
    `)
    expect(migrate(connection, toyPlan)).toMatchObject({ applied: [3], extras: [] })
    expect(connection.all('SELECT title FROM book')).toEqual([{ title: 'Notes' }])
  })

  it('keeps a person’s own objects, and reports them', () => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 1 })
    connection.exec(`
      CREATE TABLE note (text TEXT);
      CREATE INDEX my_authors ON author (name DESC);
      CREATE TRIGGER count_authors AFTER INSERT ON author BEGIN SELECT 1; END;
      CREATE VIEW names AS SELECT name FROM author;
    `)
    const { extras } = migrate(connection, toyPlan)
    expect(extras.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      'index my_authors',
      'table note',
      'trigger count_authors',
      'view names',
    ])
    expect(objectNames(connection)).toEqual(
      expect.arrayContaining(['note', 'my_authors', 'count_authors', 'names']),
    )
  })

  it('refuses a result that is not what the same migrations build in an empty database', () => {
    const depends: Migration = {
      version: 2,
      name: 'author names',
      up: (connection) => {
        const [row] = connection.all('SELECT count(*) AS authors FROM author')
        if (row?.authors === 0n) connection.exec('CREATE INDEX author_name ON author (name)')
      },
    }
    const connection = openToy()
    migrate(connection, toyPlan, { target: 1 })
    connection.exec(`INSERT INTO author VALUES (1, 'Ada')`)
    expect(() => migrate(connection, toyPlanWith(depends))).toThrow(/Schema at version 2, index author_name/)
    expect(versionsOf(connection)).toEqual([1])
  })
})

describe('versions that cannot be read', () => {
  const unreadable = [
    ['a gap', 'DELETE FROM schema_version WHERE version = 2', /version 2 below version 3/],
    ['a version below 1', 'INSERT INTO schema_version (version) VALUES (0)', /versions of 1 and more/],
    ['no such column', 'ALTER TABLE schema_version RENAME COLUMN version TO v', /readable column version/],
    [
      'a text',
      `DROP TABLE schema_version; CREATE TABLE schema_version (version TEXT); INSERT INTO schema_version VALUES ('three')`,
      /a text value/,
    ],
    [
      'a version twice',
      'DROP TABLE schema_version; CREATE TABLE schema_version (version INTEGER); INSERT INTO schema_version VALUES (1), (1)',
      /version 1 twice/,
    ],
    [
      'a view of the name',
      'DROP TABLE schema_version; CREATE VIEW schema_version AS SELECT 1 AS version',
      /a view of that name/,
    ],
  ] as const

  it.for(unreadable)('refuses %s', ([, damage, message]) => {
    const connection = openToy()
    migrate(connection, toyPlan)
    connection.exec(damage)
    const error = catchError(() => migrate(connection, toyPlan))
    expect(error).toBeInstanceOf(VersionTableError)
    expect(error).toHaveProperty('message', expect.stringMatching(message))
  })

  it('takes an empty version table as version 0', () => {
    const connection = openToy()
    toyPlan.versions.create(connection)
    expect(migrate(connection, toyPlan)).toMatchObject({ from: 0, applied: [1, 2, 3] })
  })
})

describe('versions in PRAGMA user_version', () => {
  const plan = definePlan(toyMigrations, userVersion())

  it('are read and written there', () => {
    const connection = openToy()
    migrate(connection, plan, { target: 2 })
    expect(connection.all('PRAGMA user_version')).toEqual([{ user_version: 2n }])
    expect(migrate(connection, plan)).toMatchObject({ from: 2, to: 3, applied: [3] })
    expect(objectNames(connection)).not.toContain('schema_version')
  })

  it('roll back with the migration that fails', () => {
    const connection = openToy()
    const beforeStatement = ({ sql }: { sql: string }) => {
      if (sql === 'COMMIT') throw new Error('the power fails')
    }
    expect(() => migrate(connection, plan, { beforeStatement })).toThrow(MigrationFailedError)
    expect(connection.all('PRAGMA user_version')).toEqual([{ user_version: 0n }])
  })

  it('must not be negative', () => {
    const connection = openToy()
    connection.exec('PRAGMA user_version = -1')
    expect(() => migrate(connection, plan)).toThrow(VersionTableError)
  })
})

describe('a migration that switches foreign keys off', () => {
  const rebuild = (statements: string): Migration => ({
    version: 4,
    name: 'authors with age',
    foreignKeys: 'off',
    up: (connection) => connection.exec(statements),
  })
  const good = `
    CREATE TABLE author_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER);
    INSERT INTO author_new (id, name) SELECT id, name FROM author;
    DROP TABLE author;
    ALTER TABLE author_new RENAME TO author;
    CREATE INDEX author_name ON author (name);
  `

  function openWithBooks() {
    const connection = openToy()
    migrate(connection, toyPlan)
    connection.exec(`
      PRAGMA foreign_keys = ON;
      INSERT INTO author VALUES (1, 'Ada'), (2, 'Bob');
      INSERT INTO book VALUES (1, 1, 'Notes'), (2, 2, 'Songs');
    `)
    return connection
  }

  it.for(transactions)('keeps the children, in a transaction for %s', (transaction) => {
    const connection = openWithBooks()
    migrate(connection, definePlan([...toyMigrations, rebuild(good)]), { transaction })
    expect(connection.all('SELECT count(*) AS books FROM book')).toEqual([{ books: 2n }])
    expect(connection.all('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1n }])
  })

  it('is refused when it leaves children without a parent', () => {
    const connection = openWithBooks()
    const lossy = good.replace('FROM author;', 'FROM author WHERE id = 1;')
    const error = catchError(() => migrate(connection, definePlan([...toyMigrations, rebuild(lossy)])))
    expect(error).toHaveProperty('message', expect.stringMatching(/1 of them, first book row 2 → author/))
    expect(versionsOf(connection)).toEqual([1, 2, 3])
    expect(connection.all('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1n }])
  })

  it('is not refused for orphans that were there before', () => {
    const connection = openWithBooks()
    connection.exec('PRAGMA foreign_keys = OFF; INSERT INTO book VALUES (3, 99, $$);'.replace('$$', `'Lost'`))
    migrate(connection, definePlan([...toyMigrations, rebuild(good)]))
    expect(versionsOf(connection)).toEqual([1, 2, 3, 4])
    expect(connection.all('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 0n }])
  })
})

describe('a plan', () => {
  it('must hold a migration', () => {
    expect(() => definePlan([])).toThrow(MigrationPlanError)
  })

  it('must be numbered from 1 without a gap', () => {
    expect(() => definePlan(toyMigrations.slice(1))).toThrow(
      /at position 1: expected version 1, found version 2/,
    )
    expect(() => definePlan([...toyMigrations, ...toyMigrations.slice(2)])).toThrow(MigrationPlanError)
  })
})
