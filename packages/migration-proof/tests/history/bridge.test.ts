// Goal: asynchronous code runs on a connection of the harness as if it were synchronous, and what no run can follow is named.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { enterRun } from '../../src/engines/chance.ts'
import type { BridgeFailure } from '../../src/history/bridge/errors.ts'
import { type Bridge, type BridgeOptions, openBridge } from '../../src/history/bridge/open-bridge.ts'
import { endLateSources, lateStatements } from '../../src/migrator/late-statements.ts'
import { withStillJavaScript } from '../../src/snapshots/clock.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { packageFolder } from '../support/command-line.ts'

let database: Database.Database
let connection: Connection
beforeEach(() => {
  database = new Database(':memory:')
  database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE)')
  connection = betterSqliteConnection(database)
})
afterEach(() => {
  database.close()
})

/** One thread serves most of the tests. */
const bridge = openBridge({ module: new URL('./tasks/problems.ts', import.meta.url), folder: packageFolder })
afterAll(() => bridge[Symbol.dispose]())

function open(options: Partial<BridgeOptions> = {}): Bridge {
  const module = new URL('./tasks/problems.ts', import.meta.url)
  const bridge = openBridge({ module, folder: packageFolder, ...options })
  onTestFinished(() => bridge[Symbol.dispose]())
  return bridge
}

function notes(): unknown[] {
  return database.prepare('SELECT text FROM note ORDER BY id').pluck().all()
}

/** A connection that lists its statements, and fails at one of them. */
function follow(failAt = Number.POSITIVE_INFINITY, error: Error = new Error('a failure on purpose')) {
  const statements: string[] = []
  const pass = <Result>(sql: string, work: () => Result) => {
    statements.push(sql)
    if (statements.length === failAt) throw error
    return work()
  }
  const followed: Connection = {
    ...connection,
    exec: (sql) => pass(sql, () => connection.exec(sql)),
    all: (sql, values) => pass(sql, () => connection.all(sql, values)),
    get inTransaction() {
      return connection.inTransaction
    },
  }
  return { statements, followed }
}

it('draws the same random numbers in each run of a migration, whichever ran before it in the same call', () => {
  const draw = (...versions: readonly number[]) => {
    const left = [...versions]
    const moving: Connection = {
      ...connection,
      exec: (sql) => {
        connection.exec(sql)
        enterRun({ version: left.shift() ?? 0 })
      },
    }
    try {
      return bridge.call('draws', { count: versions.length }, moving)
    } finally {
      enterRun(null)
    }
  }
  const [first, second] = draw(1, 2) as readonly unknown[]
  expect(draw(2)).toEqual([second])
  expect(first).not.toEqual(second)
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const problem = (reason: BridgeFailure, where = /^/) =>
  expect.objectContaining({ name: 'BridgeError', reason, message: expect.stringMatching(where) })

describe('a call', () => {
  it('runs a task to its end on the connection, and returns its result', () => {
    expect(bridge.call('insert', { text: 'milk' }, connection)).toEqual(['milk'])
    expect(notes()).toEqual(['milk'])
  })

  it('uses the connection that it is given, whatever earlier calls used', () => {
    bridge.call('insert', { text: 'milk' }, connection)
    const other = new Database(':memory:')
    other.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text)')
    expect(bridge.call('insert', { text: 'bread' }, betterSqliteConnection(other))).toEqual(['bread'])
    expect(notes()).toEqual(['milk'])
    other.close()
  })

  it('shows each statement to the harness, and asks for facts elsewhere', () => {
    const { statements, followed } = follow()
    bridge.call('insert', { text: 'milk' }, followed, { facts: connection })
    expect(statements).toEqual(['INSERT INTO note (text) VALUES (?)', 'SELECT text FROM note ORDER BY id'])
  })

  it('asks what a statement has changed only where it is not known', () => {
    const { statements, followed } = follow()
    const results = bridge.call('runs', {}, followed)
    expect(results).toEqual([
      { changes: 0, lastInsertRowid: 0 },
      { changes: 1, lastInsertRowid: 1 },
      { changes: 0, lastInsertRowid: 1 },
      { changes: 1, lastInsertRowid: 1 },
    ])
    const asked = 'SELECT changes() AS changes, last_insert_rowid() AS id'
    expect(statements.filter((sql) => sql.startsWith(asked))).toHaveLength(3)
  })

  it('is stopped by what the harness throws, with that very error, and nothing tidies up', () => {
    const error = new Error('a failure on purpose')
    const { statements, followed } = follow(3, error)
    expect(thrownBy(() => bridge.call('tidiesUp', {}, followed))).toBe(error)
    expect(statements).toHaveLength(3)
    expect(database.inTransaction).toBe(true)
  })

  it('lets the task handle what the engine refuses, and ends with that very error', () => {
    const error = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
    const { statements, followed } = follow(3, error)
    expect(thrownBy(() => bridge.call('tidiesUp', {}, followed))).toBe(error)
    expect(statements.at(-1)).toBe('ROLLBACK')
    expect(notes()).toEqual([])
  })

  it('ends with the error of the task: its name, message, code and cause', () => {
    expect(thrownBy(() => bridge.call('throwsOwn', {}, connection))).toMatchObject({
      name: 'RangeError',
      message: 'of its own',
      code: 'E_OWN',
    })
    expect(thrownBy(() => bridge.call('wrapsError', {}, connection))).toMatchObject({
      message: 'the query failed',
      cause: { code: 'SQLITE_ERROR', message: 'no such table: missing' },
    })
    expect(thrownBy(() => bridge.call('throwsErrorOfEngine', {}, connection))).toMatchObject({
      name: 'SqliteError',
      code: 'SQLITE_ERROR',
    })
  })

  it('runs in the folder of the project', () => {
    const folder = process.cwd()
    expect(open({ folder }).call('readsProject', {}, connection)).toEqual([folder, folder])
  })
})

describe('a project', () => {
  it('is where a task finds its packages, as import does, and its files in TypeScript', () => {
    using scratch = makePrivateFolder()
    const write = (path: string, text: string) => {
      const file = join(scratch.path, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    const exports = { '.': { import: './index.js' } }
    const description = { name: 'only-for-import', type: 'module', exports }
    write('node_modules/only-for-import/package.json', JSON.stringify(description))
    write('node_modules/only-for-import/index.js', 'export const packaged = 1')
    write('typed.ts', 'enum Kind { First = 2 }\nexport const typed: number = Kind.First')
    expect(open({ folder: scratch.path }).call('importsOfProject', {}, connection)).toEqual([1, 2])
  })
})

describe('a thread', () => {
  it('does not keep the process alive that has left it open', () => {
    const jiti = join(packageFolder, '../../node_modules/jiti/lib/jiti-cli.mjs')
    const program = fileURLToPath(new URL('./tasks/leaves-thread.ts', import.meta.url))
    const { stdout, status } = spawnSync(process.execPath, [jiti, program], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect({ stdout, status }).toEqual({ stdout: 'done\n', status: 0 })
  })
})

describe('what a task may not do is named:', () => {
  it('a statement that a forgotten await runs after it has settled', () => {
    const error = thrownBy(() => bridge.call('forgets', {}, connection, { where: 'Migration 002_a' }))
    expect(error).toEqual(problem('late-statement', /^Migration 002_a: .*'INSERT INTO note .*await/))
    expect(notes()).toEqual([])
    expect(bridge.call('insert', { text: 'milk' }, connection)).toEqual(['milk'])
  })

  it('such a statement also where its error is caught', () => {
    bridge.call('forgetsQuietly', {}, connection, { where: 'Migration 002_a' })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    const next = () => bridge.call('insert', { text: 'milk' }, connection)
    expect(next).toThrow(problem('late-statement', /^Migration 002_a/))
    expect(notes()).toEqual([])
  })

  it('such a statement while a later call runs, on whose connection it does not run', () => {
    bridge.call('forgets', { milliseconds: 20 }, connection, { where: 'Migration 002_a' })
    const next = () => bridge.call('waits', { milliseconds: 100 }, connection, { where: 'Migration 003_b' })
    expect(next).toThrow(problem('late-statement', /^Migration 002_a/))
    expect(notes()).toEqual(['waited'])
  })

  it('an error that comes after it has settled', () => {
    bridge.call('rejectsLater', {}, connection, { where: 'Migration 002_a' })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    const next = () => bridge.call('insert', { text: 'milk' }, connection)
    expect(next).toThrow(problem('late-error', /^Migration 002_a: .*'too late'/))
  })

  it('a statement after the last call', () => {
    const bridge = open()
    bridge.call('forgets', { milliseconds: 20 }, connection, { where: 'Migration of the last call' })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    bridge[Symbol.dispose]()
    expect(lateStatements()).toContainEqual(problem('late-statement', /^Migration of the last call/))
  })

  it('a statement after the last call, for which the end of a command waits', () => {
    const bridge = open()
    bridge.call('forgets', { milliseconds: 20 }, connection, { where: 'Migration at the end' })
    endLateSources()
    expect(lateStatements()).toContainEqual(problem('late-statement', /^Migration at the end/))
  })

  it('a promise that nothing can settle, at once', () => {
    expect(() => bridge.call('neverSettles', {}, connection)).toThrow(problem('never-settles'))
    expect(notes()).toEqual(['before'])
    expect(bridge.call('insert', { text: 'milk' }, connection)).toEqual(['before', 'milk'])
  })

  it.for(['servesForEver', 'loopsForEver'])('a task that goes on for ever: %s', (task) => {
    const bridge = open({ limitMilliseconds: 500 })
    expect(() => bridge.call(task, {}, connection)).toThrow(problem('time-limit', /within 0\.5 s/))
    expect(bridge.call('insert', { text: 'milk' }, connection)).toEqual(['milk'])
  })

  it.for([
    ['opensAnother', 'other-connection', /opened as 'app\.db'.*'other\.db'/],
    ['loadsAnotherDriver', 'other-driver', /the driver libsql/],
    ['exits', 'process-end', /process\.exit\(0\)/],
    ['throwsText', 'not-an-error', /string 'a text'/],
    ['rejectsBeside', 'late-error', /no such table: missing/],
    ['returnsFunction', 'not-sendable', /could not be cloned/],
    ['definesFunction', 'not-supported', /the function twice.*connection\.functions/],
    ['noSuchTask', 'no-task', /a function noSuchTask/],
  ] as const)('%s', ([task, reason, message]) => {
    expect(() => bridge.call(task, {}, connection)).toThrow(problem(reason, message))
    expect(bridge.call('insert', { text: 'milk' }, connection)).toEqual(['milk'])
  })

  it('a transaction that it leaves open, inside one of the harness', () => {
    connection.exec('BEGIN')
    const nested = () => bridge.call('leavesOpen', {}, connection, { transactions: 'nested' })
    expect(nested).toThrow(problem('open-transaction'))
    expect(database.inTransaction).toBe(true)
    connection.exec('COMMIT')
    expect(notes()).toEqual([])
  })
})

describe('transactions of a task', () => {
  it.for([false, true])(
    'inside one of the harness are savepoints, that of the harness stays open',
    (fails) => {
      connection.exec("BEGIN; INSERT INTO note (text) VALUES ('harness')")
      const { statements, followed } = follow()
      const states = bridge.call('transacts', { fails }, followed, { transactions: 'nested' })
      expect(states).toEqual([false, true, 'cannot start a transaction within a transaction', false])
      expect(database.inTransaction).toBe(true)
      expect(statements.filter((sql) => /^(BEGIN|COMMIT|END|ROLLBACK(?! TO))/.test(sql))).toEqual([])
      connection.exec('COMMIT')
      expect(notes()).toEqual(fails ? ['harness'] : ['harness', 'kept'])
    },
  )

  it('have savepoints whose numbers begin at 1, whatever the tool has counted before', () => {
    connection.exec('BEGIN')
    const { statements, followed } = follow()
    const call = (first: number) => bridge.call('savesTwice', { first }, followed, { transactions: 'nested' })
    call(1)
    call(7)
    const [before, after] = [
      statements.slice(0, statements.length / 2),
      statements.slice(statements.length / 2),
    ]
    expect(after).toEqual(before)
    expect(before).toContain('SAVEPOINT trx1')
    expect(before).toContain('ROLLBACK TO `trx2`')
  })

  it.for([false, true])('that it runs by itself are its own', (fails) => {
    const states = bridge.call('transacts', { fails }, connection)
    expect(states).toEqual([false, true, 'cannot start a transaction within a transaction', false])
    expect(notes()).toEqual(fails ? [] : ['kept'])
  })
})

describe('clocks and chance', () => {
  it('are those that synchronous code of the harness has, and the same in each call', () => {
    const first = bridge.call('readsClocks', {}, connection)
    const here = withStillJavaScript(() => ({ date: new Date().toISOString(), random: Math.random() }))
    expect(first).toMatchObject({ passed: 0, performance: 0, hrtime: 0n, ...here })
    expect(bridge.call('readsClocks', {}, connection)).toEqual(first)
    expect(open().call('readsClocks', {}, connection)).toEqual(first)
  })

  it('are real where a file of a user is upgraded', () => {
    const bridge = open({ clock: 'real' })
    const read = () => bridge.call('readsClocks', {}, connection) as Readonly<Record<string, unknown>>
    const [first, second] = [read(), read()]
    expect(first.passed).toBeGreaterThan(10)
    for (const key of ['uuid', 'webUuid', 'bytes', 'values', 'random', 'date'])
      expect(first[key]).not.toEqual(second[key])
  })
})
