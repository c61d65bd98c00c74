// Goal: whatever the migrator refuses, a person reads one whole sentence: where, expected, found, what to do.
import { describe, expect, it } from 'vitest'
import {
  type Connection,
  DatabaseBusyError,
  DiagnosedError,
  definePlan,
  type MigrateOptions,
  type Migration,
  MigrationFailedError,
  type MigrationPlan,
  migrate,
  SchemaDriftError,
  userVersion,
} from '../../src/index.ts'
import { errorCode, isBusy } from '../../src/migrator/errors.ts'
import { afterTrial, openToy, toyMigrations, toyPlan, toyPlanWith } from './toy-plan.ts'

function catchError(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('expected an error')
}

/** What `migrate` says of a database at a version of the toy plan that something was done to. */
function sentenceAfter(damage: string, plan: MigrationPlan = toyPlan, target = 3): string {
  const connection = openToy()
  if (target > 0) migrate(connection, toyPlan, { target })
  connection.exec(damage)
  return catchError(() => migrate(connection, plan)).message
}

const versionFix = 'restore the file from a backup, or correct the versions by hand.'
const compareFix = 'compare the file with its version, and correct or restore it before it is migrated.'
const nameFix = 'rename or drop what is in the way, or restore the file from a backup.'

interface Case {
  readonly what: string
  readonly damage: string
  readonly target?: number
  readonly sentence: string
}

const refused: readonly Case[] = [
  {
    what: 'a gap in the versions',
    damage: 'DELETE FROM schema_version WHERE version = 2',
    sentence:
      'The versions of the database: expected version 2 below version 3, found a gap; ' +
      'restore the file from a backup, or find out which migrations were really applied.',
  },
  {
    what: 'version 0',
    damage: 'INSERT INTO schema_version (version) VALUES (0)',
    sentence: `Table schema_version: expected versions of 1 and more, found version 0; ${versionFix}`,
  },
  {
    what: 'a text for a version',
    damage: `DROP TABLE schema_version; CREATE TABLE schema_version (version);
      INSERT INTO schema_version VALUES ('three')`,
    sentence: `Table schema_version: expected versions of 1 and more, found a text value; ${versionFix}`,
  },
  {
    what: 'a version twice',
    damage: `DROP TABLE schema_version; CREATE TABLE schema_version (version);
      INSERT INTO schema_version VALUES (2), (1), (2)`,
    sentence: `Table schema_version: expected each version once, found version 2 twice; ${versionFix}`,
  },
  {
    what: 'a view in the place of the version table',
    damage: 'DROP TABLE schema_version; CREATE VIEW Schema_Version AS SELECT 1 AS version',
    sentence: `Table schema_version: expected a table, found a view of that name; ${versionFix}`,
  },
  {
    what: 'a version table without its column',
    damage: 'ALTER TABLE schema_version RENAME COLUMN version TO v',
    sentence: `Table schema_version: expected a readable column version, found the error 'no such column: version'; ${versionFix}`,
  },
  {
    what: 'one difference from the version',
    damage: 'DROP INDEX book_author',
    sentence: `Schema at version 3, index book_author, existence: expected an index on book (author_id), found none; ${compareFix}`,
  },
  {
    what: 'two differences from the version',
    damage: 'DROP INDEX book_author; DROP INDEX author_name',
    sentence: `Schema at version 3, index author_name, existence: expected an index on author (name), found none (and 1 more); ${compareFix}`,
  },
  {
    what: 'another type under the name of a later table',
    target: 2,
    damage: 'CREATE VIEW Book AS SELECT 1 AS id',
    sentence: `Name that version 3 needs, view Book, type: expected table book, found view Book; ${nameFix}`,
  },
  {
    what: 'another shape of a later table',
    target: 2,
    damage: `CREATE TABLE book (
      id INTEGER PRIMARY KEY,
      author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
      title BLOB NOT NULL
    )`,
    sentence: `Name that version 3 needs, table book, column title: type: expected TEXT, found BLOB; ${nameFix}`,
  },
]

describe('a database that cannot be migrated', () => {
  it.for(refused)('names $what', ({ damage, target, sentence }) => {
    expect(sentenceAfter(damage, toyPlan, target)).toBe(sentence)
  })

  it('names a negative PRAGMA user_version', () => {
    expect(sentenceAfter('PRAGMA user_version = -7', definePlan(toyMigrations, userVersion()), 0)).toBe(
      `PRAGMA user_version: expected a version of 0 or more, found -7; ${versionFix}`,
    )
  })

  it('carries the cause of a version table that cannot be read', () => {
    const connection = openToy()
    connection.exec('CREATE TABLE schema_version (v)')
    expect(catchError(() => migrate(connection, toyPlan))).toHaveProperty('cause.code', 'SQLITE_ERROR')
  })
})

describe('a plan', () => {
  const numbered = 'number the migrations 1, 2, 3 and so on, each once, and list them in that order.'
  const [first, second] = toyMigrations
  const plans = [
    [
      'without a migration',
      [],
      'The list of migrations: expected at least one migration, found none; add the migration of version 1.',
    ],
    [
      'that starts late',
      [second],
      `The list of migrations, at position 1: expected version 1, found version 2 (author names); ${numbered}`,
    ],
    [
      'that repeats a version',
      [first, first],
      `The list of migrations, at position 2: expected version 2, found version 1 (authors); ${numbered}`,
    ],
  ] as const

  it.for(plans)('%s is refused', ([, migrations, sentence]) => {
    const list = migrations.flatMap((migration) => (migration === undefined ? [] : [migration]))
    expect(catchError(() => definePlan(list)).message).toBe(sentence)
  })
})

describe('a call of migrate', () => {
  const calls: readonly (readonly [string, MigrateOptions, string])[] = [
    ['a target above the latest', { target: 4 }, 'expected a whole number from 0 to 3, found 4'],
    ['a target below 0', { target: -1 }, 'expected a whole number from 0 to 3, found -1'],
    ['a target that is no whole number', { target: 0.5 }, 'expected a whole number from 0 to 3, found 0.5'],
  ]

  it.for(calls)('with %s is refused', ([, options, middle]) => {
    const error = catchError(() => migrate(openToy(), toyPlan, options))
    expect(error).toBeInstanceOf(DiagnosedError)
    expect(error.message).toBe(`The target version: ${middle}; change the call of migrate.`)
  })

  it('inside a transaction is refused', () => {
    const connection = openToy()
    connection.exec('BEGIN')
    expect(catchError(() => migrate(connection, toyPlan)).message).toBe(
      'The connection: expected no open transaction, found one that is open; change the call of migrate.',
    )
  })

  it.for([0, 3])('takes the target %d', (target) => {
    expect(migrate(openToy(), toyPlan, { target }).to).toBe(target)
  })
})

describe('a migration that fails', () => {
  const fix = 'remove its cause and run again: nothing of this migration was kept.'

  function failureOf(sql: string): Error {
    const failing: Migration = { version: 2, name: 'author names', up: afterTrial((db) => db.exec(sql)) }
    return catchError(() => migrate(openToy(), toyPlanWith(failing)))
  }

  /** A statement of so many characters that fails. */
  const statementOf = (length: number) => `DROP TABLE ${'x'.repeat(length - 'DROP TABLE '.length)}`

  it('is reported with its statement on one line, and the code of its error', () => {
    expect(failureOf('DROP\n\t TABLE  missing').message).toBe(
      `Migration v2 (author names), statement 'DROP TABLE missing': expected success, found the error 'SQLITE_ERROR: no such table: missing'; ${fix}`,
    )
  })

  it('is reported with a statement of up to 80 characters whole, and with the start of a longer one', () => {
    expect(failureOf(statementOf(80)).message).toContain(`statement '${statementOf(80)}':`)
    expect(failureOf(statementOf(81)).message).toContain(`statement '${statementOf(79)}…':`)
  })

  it('by itself is reported without a statement and without a code', () => {
    const failing: Migration = {
      version: 2,
      name: 'author names',
      up: afterTrial(() => {
        throw new RangeError('no names today')
      }),
    }
    expect(catchError(() => migrate(openToy(), toyPlanWith(failing))).message).toBe(
      `Migration v2 (author names): expected success, found the error 'no names today'; ${fix}`,
    )
  })

  it('by itself after good statements is not reported with the statement before', () => {
    const failing: Migration = {
      version: 2,
      name: 'author names',
      up: afterTrial((connection) => {
        connection.exec('CREATE TABLE note (text TEXT)')
        throw new RangeError('no names today')
      }),
    }
    expect(catchError(() => migrate(openToy(), toyPlanWith(failing)))).toMatchObject({ statement: null })
  })
})

describe('a lock that another connection holds', () => {
  const fix = 'stop the process that holds the database, or wait for it, and run again.'
  const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY_SNAPSHOT' })

  it.for(['each', 'all'] as const)(
    'is reported with its statement, in a transaction for %s',
    (transaction) => {
      const beforeStatement = ({ sql }: { sql: string }) => {
        if (sql === 'BEGIN IMMEDIATE') throw busy
      }
      const error = catchError(() => migrate(openToy(), toyPlan, { transaction, beforeStatement }))
      expect(error).toBeInstanceOf(DatabaseBusyError)
      expect(error.cause).toBe(busy)
      expect(error.message).toBe(
        `The database, at statement 'BEGIN IMMEDIATE': expected the lock within the busy timeout, found the error 'SQLITE_BUSY_SNAPSHOT: database is locked'; ${fix}`,
      )
    },
  )

  it('is reported without a statement while the database is only read', () => {
    const connection: Connection = {
      ...openToy(),
      inTransaction: false,
      all: () => {
        throw busy
      },
    }
    const error = catchError(() => migrate(connection, toyPlan))
    expect(error).toBeInstanceOf(DatabaseBusyError)
    expect(error.cause).toBe(busy)
    expect(error.message).toBe(
      `The database: expected the lock within the busy timeout, found the error 'SQLITE_BUSY_SNAPSHOT: database is locked'; ${fix}`,
    )
  })

  it('is not what other errors say', () => {
    expect(isBusy(busy)).toBe(true)
    for (const other of [
      Object.assign(new Error('x'), { code: 'SQLITE_ERROR' }),
      Object.assign(new Error('x'), { code: 'ANOTHER_SQLITE_BUSY' }),
      new Error('x'),
      null,
    ]) {
      expect(isBusy(other)).toBe(false)
    }
  })
})

describe('the code of an error', () => {
  const cases: readonly (readonly [string, unknown, string | null])[] = [
    ['an error of an engine', Object.assign(new Error('x'), { code: 'SQLITE_IOERR' }), 'SQLITE_IOERR'],
    ['an error without a code', new Error('x'), null],
    ['an error of another kind of code', Object.assign(new Error('x'), { code: 5 }), null],
    ['what is no error', { code: 'SQLITE_IOERR' }, null],
    ['nothing', undefined, null],
  ]
  it.for(cases)('of %s', ([, error, code]) => {
    expect(errorCode(error)).toBe(code)
  })
})

describe('an error of the migrator', () => {
  it('shows its kind by its name', () => {
    const difference = {
      object: { type: 'table', name: 'note', table: 'note' },
      kind: 'different',
      aspect: 'type',
      expected: 'A',
      actual: 'B',
    } as const
    const drift = new SchemaDriftError('Schema', [difference], 'fix it')
    expect([drift.name, drift.differences, drift.diagnosis.actual]).toEqual([
      'SchemaDriftError',
      [difference],
      'B',
    ])
    const [migration] = toyMigrations
    if (migration === undefined) throw new Error('the toy plan holds no migration')
    const failed = new MigrationFailedError({
      migration,
      statement: { sql: 'SELECT 1', mayHoldValues: false },
      cause: 'a text that was thrown',
    })
    expect([failed.name, failed.version, failed.statement, failed.cause]).toEqual([
      'MigrationFailedError',
      1,
      'SELECT ?',
      'a text that was thrown',
    ])
    expect(new DatabaseBusyError(null, null).name).toBe('DatabaseBusyError')
  })
})
