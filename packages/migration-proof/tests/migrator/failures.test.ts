// Goal: a migration that failed is reported with what the database holds now, and without a value of a row.
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ProcessEndError } from '../../src/errors.ts'
import {
  type Connection,
  DatabaseBusyError,
  definePlan,
  type Migration,
  MigrationFailedError,
  type MigrationPlan,
  migrate,
} from '../../src/index.ts'
import { buildVersion, expectedSchema } from '../../src/migrator/expected-schema.ts'
import { preflight } from '../../src/migrator/preflight.ts'
import { recordMigrations } from '../../src/snapshots/statements.ts'
import { openToy, toyMigrations, toyPlan, toyPlanWith, versionsOf } from './toy-plan.ts'

function failureOf(work: () => unknown): MigrationFailedError {
  try {
    work()
  } catch (error) {
    if (error instanceof MigrationFailedError) return error
    throw error
  }
  throw new Error('expected a failure')
}

describe('a migration that throws what has no readable message is named:', () => {
  const thrower = (): never => {
    throw new Error('from within')
  }
  const thrown: readonly (readonly [what: string, value: unknown, says: string])[] = [
    ['an object without a prototype', Object.assign(Object.create(null), { message: 'x' }), "'x'"],
    ['one without anything', Object.create(null), 'no text'],
    ['a message that throws', Object.defineProperty(new Error('y'), 'message', { get: thrower }), "'"],
    ['a code that throws', Object.defineProperty(new Error('y'), 'code', { get: thrower }), "'y'"],
    ['a name that throws', Object.defineProperty(new Error('y'), 'name', { get: thrower }), "'y'"],
    ['a stack that throws', Object.defineProperty(new Error('y'), 'stack', { get: thrower }), "'y'"],
    ['a text that throws', { toString: thrower }, 'no text'],
    ['a message that is no text', Object.defineProperty(new Error('y'), 'message', { value: 7 }), "'"],
    ['a symbol', Symbol('z'), 'Symbol(z)'],
    ['nothing', undefined, "'undefined'"],
  ]

  it.for(thrown.flatMap((each) => [false, true].map((hasRead) => [...each, hasRead] as const)))(
    '%s',
    ([, value, says, hasRead]) => {
      const up: Migration['up'] = (connection) => {
        if (hasRead) connection.all('SELECT 1')
        throw value
      }
      const plan = definePlan([...toyMigrations, { version: 4, name: 'odd', up }])
      const { message } = failureOf(() => migrate(openToy(), plan))
      expect(message).toMatch(/^Migration v4 \(odd\)/)
      if (!hasRead) expect(message).toContain(says)
    },
  )
})

describe('the error of a migration that pastes values of rows', () => {
  const secret = `hunter2'; O'Neill`
  const pasting: readonly (readonly [string, (value: string) => string])[] = [
    ['as it should not', (value) => `INSERT INTO author (name) VALUES ('${value}')`],
    ['without quotes', (value) => `UPDATE author SET name = ${value.slice(0, 7)}`],
    ['into double quotes', (value) => `INSERT INTO author (name) VALUES ("${value}")`],
    ['into a comparison', (value) => `DELETE FROM author WHERE ${value.slice(0, 7)} = name`],
    ['with its quotes doubled', (value) => `INSERT INTO author VALUES (1, '${value.replaceAll("'", "''")}')`],
    ['as a blob', (value) => `INSERT INTO author VALUES (1, x'${Buffer.from(value).toString('hex')}')`],
  ]

  function fail(paste: (value: string) => string, options: Parameters<typeof migrate>[2] = {}) {
    const up: Migration['up'] = (connection) => {
      for (const { name } of connection.all('SELECT name FROM author')) connection.exec(paste(String(name)))
    }
    const connection = openToy()
    migrate(connection, toyPlan)
    connection.all('INSERT INTO author VALUES (1, ?)', [secret])
    const plan = definePlan([...toyMigrations, { version: 4, name: 'backfill', up }])
    return () => migrate(connection, plan, options)
  }

  const leaks = /hunter2|neill|68756e74657232/i

  it.for(pasting)('holds none of them: %s', ([, paste]) => {
    const error = failureOf(fail(paste))
    expect(inspect(error, { depth: 5, showHidden: true })).not.toMatch(leaks)
    expect(error.message).toMatch(/^Migration v4 \(backfill\), statement '(INSERT|UPDATE|DELETE)/)
    expect(error.cause).toHaveProperty('code', expect.stringMatching(/^SQLITE_/))
  })

  it.for(pasting)('holds none of them where a lock is held: %s', ([, paste]) => {
    const beforeStatement = ({ sql, version }: { sql: string; version: number | null }) => {
      if (version === 4 && leaks.test(sql)) throw Object.assign(new Error('locked'), { code: 'SQLITE_BUSY' })
    }
    const run = fail(paste, { beforeStatement })
    expect(run).toThrow(DatabaseBusyError)
    try {
      run()
    } catch (error) {
      expect(inspect(error)).not.toMatch(leaks)
    }
  })
})

describe('what the database holds after a failure', () => {
  const atCommit = (connection: Connection, before: string) => {
    const beforeStatement = ({ sql }: { sql: string }) => {
      if (sql !== 'COMMIT') return
      connection.exec(before)
      throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_DIR_FSYNC' })
    }
    return { beforeStatement }
  }

  it.for([
    ['each', 2, 3],
    ['all', 1, 3],
  ] as const)(
    'is the new version where COMMIT failed after its work, in a transaction for %s',
    ([transaction, start, now]) => {
      const connection = openToy()
      migrate(connection, toyPlan, { target: start })
      const error = failureOf(() =>
        migrate(connection, toyPlan, { transaction, ...atCommit(connection, 'COMMIT') }),
      )
      expect(error).toMatchObject({ statement: 'COMMIT', versionNow: now })
      expect(error.message).toContain(
        `'SQLITE_IOERR_DIR_FSYNC: disk I/O error'; remove its cause and run again: the database is at version ${now}.`,
      )
      expect(versionsOf(connection)).toEqual([1, 2, 3])
    },
  )

  it('is the version before where COMMIT was rolled back', () => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    const error = failureOf(() => migrate(connection, toyPlan, atCommit(connection, 'ROLLBACK')))
    expect(error.versionNow).toBe(2)
    expect(error.message).toContain('nothing of this migration was kept')
  })

  it('names all the migrations whose COMMIT failed, and what can make a disk fail', () => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 1 })
    const error = failureOf(() =>
      migrate(connection, toyPlan, { transaction: 'all', ...atCommit(connection, 'ROLLBACK') }),
    )
    expect(error.message).toBe(
      "Migrations v2 to v3, statement 'COMMIT': expected success, found the error 'SQLITE_IOERR_DIR_FSYNC: disk I/O error'; " +
        'remove its cause and run again: nothing of these migrations was kept. ' +
        'A full disk, a quota, a limit on the size of files (ulimit -f) or a broken disk can cause it.',
    )
  })

  it('is not known where it cannot be read back', () => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    let isBroken = false
    const breaking: Connection = {
      exec: (sql) => connection.exec(sql),
      all: (sql, parameters) => {
        if (isBroken) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' })
        return connection.all(sql, parameters)
      },
      get inTransaction() {
        return connection.inTransaction
      },
      openMemory: () => connection.openMemory(),
      close: () => connection.close(),
    }
    const beforeStatement = ({ sql }: { sql: string }) => {
      isBroken = sql === 'COMMIT'
      if (isBroken) throw new Error('the disk goes away')
    }
    const error = failureOf(() => migrate(breaking, toyPlan, { beforeStatement }))
    expect(error.versionNow).toBeNull()
    expect(error.message).toMatch(/run again: which version the database is at could not be read back\.$/)
  })
})

describe('an error that a migration throws itself', () => {
  const throwing: readonly (readonly [string, (name: string) => unknown, string])[] = [
    ['of its own', (name) => new Error(`bad name ${name}`), `'Error'`],
    ['of a class', (name) => new RangeError(`\n    at ${name} (/${name}:1:1)`), `'RangeError'`],
    ['with its value as a name', (name) => Object.assign(new Error('bad'), { name }), `'Error'`],
    ['with a word as a name', () => Object.assign(new Error('hunter2'), { name: 'hunter2' }), `'Error'`],
    ['with a word as a code', () => Object.assign(new Error('hunter2'), { code: 'hunter2' }), `'Error'`],
    [
      'that looks like one of SQLite',
      (name) => Object.assign(new Error(name), { code: 'SQLITE_ERROR' }),
      `'SQLITE_ERROR'`,
    ],
    ['that is a text', (name) => name, `'Error'`],
    ['of the system', (name) => Object.assign(new Error(`open '${name}'`), { code: 'ENOENT' }), `'ENOENT'`],
    ['of JSON.parse', (name) => catchFrom(() => JSON.parse(name)), `'SyntaxError'`],
  ]

  function fail(up: Migration['up']) {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    connection.exec(`INSERT INTO author VALUES (1, 'hunter2, a secret name')`)
    return failureOf(() => migrate(connection, toyPlanWith({ version: 3, name: 'books', up })))
  }

  it.for(throwing)('%s is shown without its message once it has read rows', ([, make, shown]) => {
    const { message, diagnosis, cause } = fail((lent) => {
      toyMigrations[2]?.up(lent)
      const [row] = lent.all('SELECT name FROM author')
      if (row !== undefined) throw make(`${row.name}`)
    })
    expect(message).toContain(`found the error ${shown}`)
    expect(JSON.stringify([message, diagnosis])).not.toMatch(/secret|hunter2/)
    expect(inspect(cause)).toContain('hunter2')
    if (cause instanceof Error) expect(message).toMatch(/ at \/.*failures\.test\.ts:\d+, whose message/)
  })

  it.for(['ABORT', 'FAIL', 'ROLLBACK'])('by RAISE(%s) in a trigger is shown without its message', (how) => {
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    connection.exec("INSERT INTO author VALUES (1, 'hunter2')")
    const trigger = `CREATE TRIGGER checks BEFORE UPDATE ON author BEGIN SELECT RAISE(${how}, 'bad row ' || old.name); END`
    const up: Migration['up'] = (lent) => lent.exec(`${trigger}; UPDATE author SET name = upper(name)`)
    const error = failureOf(() => migrate(connection, toyPlanWith({ version: 3, name: 'books', up })))
    expect(error.message).toContain(`'SQLITE_CONSTRAINT_TRIGGER' that a trigger raised, whose message`)
    expect(JSON.stringify([error.message, error.diagnosis])).not.toContain('hunter2')
    expect(inspect(error.cause)).toContain('hunter2')
  })

  it('is shown as it is while it has read none', () => {
    const { message } = fail((lent) => {
      toyMigrations[2]?.up(lent)
      if (lent.all('SELECT 1 FROM author WHERE id = 2').length === 0) throw new Error('no luck')
    })
    expect(message).toContain(`'no luck'`)
  })
})

function catchFrom(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('a migration that fails on an empty database', () => {
  const withoutRows = 'let the migration work without rows too'
  const failing: readonly (readonly [string, Migration['up'], string, string])[] = [
    [
      'by itself',
      () => {
        throw new Error('no rows')
      },
      `Migration v2 (author names), in an empty database: expected success, found the error 'no rows'; `,
      'correct the migration',
    ],
    [
      'by a method that the database has not',
      () => {
        throw new TypeError('d.prepare is not a function')
      },
      `Migration v2 (author names), in an empty database: expected success, found the error 'd.prepare is not a function'; `,
      'correct the migration: what `up` is given has the methods `exec` and `all` alone',
    ],
    [
      'by rows that it reads',
      (connection) => {
        if (connection.all('SELECT 1 FROM author').length === 0) throw new TypeError('no first row')
      },
      `Migration v2 (author names), in an empty database: expected success, found the error 'no first row'; `,
      withoutRows,
    ],
    [
      'by a constraint',
      (connection) =>
        connection.exec('CREATE TABLE total (n NOT NULL); INSERT INTO total SELECT max(rowid) FROM author'),
      `Migration v2 (author names), statement 'INSERT INTO total SELECT max(rowid) FROM author', in an empty ` +
        `database: expected success, found the error 'SQLITE_CONSTRAINT_NOTNULL: NOT NULL constraint failed: total.n'; `,
      withoutRows,
    ],
    [
      'by a statement',
      (connection) => connection.exec('CREATE TABLE order (id)'),
      `Migration v2 (author names), statement 'CREATE TABLE order (id)', in an empty database: expected success, ` +
        `found the error 'SQLITE_ERROR: near "order": syntax error'; `,
      'correct the migration',
    ],
  ]

  it.for(failing)('%s is named with its version and statement', ([, up, sentence, fix]) => {
    const plan = toyPlanWith({ version: 2, name: 'author names', up })
    const works: readonly ((plan: MigrationPlan) => unknown)[] = [
      () => expectedSchema(openToy(), plan, 3),
      () => buildVersion(openToy(), plan, 2),
      () => recordMigrations(plan, openToy()),
      () => {
        const connection = openToy()
        migrate(connection, toyPlan)
        return preflight(connection, plan)
      },
    ]
    for (const work of works)
      expect(failureOf(() => work(plan)).message).toBe(`${sentence}${fix}; the file was not changed by it.`)
  })

  it('is refused before the database is changed by it, whatever it would do there', () => {
    const statements: string[] = []
    const needsRows: Migration = {
      version: 3,
      name: 'books',
      up: (lent) => {
        lent.exec('CREATE TABLE book (id)')
        if (lent.all('SELECT 1 FROM author').length === 0) throw new Error('no authors')
      },
    }
    for (const transaction of ['each', 'all'] as const) {
      const connection = openToy()
      migrate(connection, toyPlan, { target: 2 })
      connection.exec(`INSERT INTO author VALUES (1, 'Ada')`)
      const beforeStatement = ({ sql }: { sql: string }) => statements.push(sql)
      const error = failureOf(() =>
        migrate(connection, toyPlanWith(needsRows), { transaction, beforeStatement }),
      )
      expect(error).toMatchObject({ version: 3, versionNow: 2 })
      expect(error.message).toContain(withoutRows)
    }
    expect(statements).toEqual([])
  })

  it('but not on one with rows is named so, and is not committed', () => {
    const needsRows: Migration = {
      version: 3,
      name: 'books',
      up: (connection) => {
        if (connection.all('SELECT 1 FROM author').length === 0) throw new Error('no authors')
        toyMigrations[2]?.up(connection)
      },
    }
    const connection = openToy()
    migrate(connection, toyPlan, { target: 2 })
    connection.exec(`INSERT INTO author VALUES (1, 'Ada')`)
    const error = failureOf(() => migrate(connection, toyPlanWith(needsRows)))
    expect(error.message).toMatch(/^Migration v3 \(books\), in an empty database: .*'no authors'/)
    expect(versionsOf(connection)).toEqual([1, 2])
  })
})

it('a migration that ends the process is refused in one sentence', () => {
  const up: Migration['up'] = (lent) => {
    toyMigrations[2]?.up(lent)
    lent.all('SELECT 1')
    throw new ProcessEndError('process.exit(0)')
  }
  expect(() => migrate(openToy(), toyPlanWith({ version: 3, name: 'books', up }))).toThrow(
    expect.objectContaining({
      reason: 'process-end',
      message: expect.stringMatching(/^Migration v3 \(books\): .* found that it called process\.exit\(0\); /),
    }),
  )
})
