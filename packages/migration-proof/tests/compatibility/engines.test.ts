// Goal: an engine in a process of its own is asked as one of this process is, and what it does otherwise is a problem with
// the statement and its name, whatever it does: refuse, ignore, lose or crash.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { judgeDeviations, openEngine, proveOnEngine } from '../../src/compatibility/index.ts'
import type { EngineName } from '../../src/engines/engine-names.ts'
import { makeProblem } from '../../src/problem.ts'
import { freezeHistory } from '../incidents/toy-history.ts'
import { codeOf } from '../support/code-of.ts'
import { forum } from '../support/forum.ts'

const scratch = mkdtempSync(join(tmpdir(), 'engines-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const driver = createRequire(import.meta.url).resolve('better-sqlite3')

/** A project whose package `libsql` is better-sqlite3 with a fault. */
function projectWith(name: string, fault: string): string {
  const folder = join(scratch, name)
  const own = join(folder, 'node_modules', 'libsql')
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, 'package.json'), '{ "name": "libsql", "version": "0.0.1", "main": "index.js" }')
  writeFileSync(
    join(own, 'index.js'),
    `const Driver = require(${JSON.stringify(driver)})
    module.exports = class extends Driver { prepare(sql) { ${fault}; return super.prepare(sql) } }`,
  )
  return folder
}

const steps = [
  'CREATE TABLE shop (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)',
  `CREATE TABLE price (id INTEGER PRIMARY KEY, shop INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE, cents INTEGER NOT NULL DEFAULT 5);
   CREATE INDEX price_shop ON price (shop)`,
  'CREATE TABLE word (text TEXT PRIMARY KEY) WITHOUT ROWID',
]
const rows = {
  v1: `INSERT INTO shop (id, name) VALUES (9007199254740993, 'one'), (2, 'two'); PRAGMA user_version = 1;`,
  v2: `INSERT INTO shop (id, name) VALUES (1, 'one'); INSERT INTO price (shop) VALUES (1); PRAGMA user_version = 2;`,
}

const freezeShop = () => freezeHistory({ steps, rows })
const snapshots = ['v0-empty', 'v1', 'v2']

function proveWith(fault: string, name = fault.replaceAll(/\W+/g, '-').slice(0, 60) || 'none') {
  using engine = openEngine('libsql', { folder: projectWith(name, fault) })
  return proveOnEngine(freezeShop(), engine)
}

describe.for<EngineName>(['better-sqlite3', 'libsql'])('%s', (name) => {
  it('gives each value as it is stored, and the extended code of each refusal', () => {
    using engine = openEngine(name)
    using file = engine.open(new Uint8Array())
    const { connection } = file
    connection.exec(
      'CREATE TABLE t (a INTEGER PRIMARY KEY, b NOT NULL UNIQUE CHECK (b <> 7)); PRAGMA foreign_keys = ON',
    )
    const values = [9007199254740993n, 1.5, Number.POSITIVE_INFINITY, '\uFEFFa\nb', new Uint8Array([0, 255])]
    for (const [index, value] of values.entries())
      connection.all('INSERT INTO t VALUES (?, ?)', [BigInt(index), value])
    const stored = connection.all('SELECT b FROM t ORDER BY a').map(({ b }) => b)
    expect(stored.map((value) => (value instanceof Uint8Array ? [...value] : value))).toEqual([
      ...values.slice(0, 4),
      [0, 255],
    ])
    expect(
      ['(0, 1)', '(9, NULL)', '(9, 1.5)', '(9, 7)'].map((row) =>
        codeOf(connection, `INSERT INTO t VALUES ${row}`),
      ),
    ).toEqual(['PRIMARYKEY', 'NOTNULL', 'UNIQUE', 'CHECK'].map((kind) => `SQLITE_CONSTRAINT_${kind}`))
    expect(codeOf(connection, 'SELEC')).toBe('SQLITE_ERROR')
  })

  it('knows whether a transaction is open, and leaves a file that can be read back', () => {
    using engine = openEngine(name)
    using file = engine.open(new Uint8Array())
    file.connection.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)')
    expect(file.connection.inTransaction).toBe(true)
    file.connection.exec('COMMIT')
    expect(file.connection.inTransaction).toBe(false)
    using again = engine.open(file.save())
    expect(again.connection.all('SELECT a FROM t')).toEqual([{ a: 1n }])
  })

  it('upgrades each snapshot to what better-sqlite3 makes of it', () => {
    using engine = openEngine(name)
    const { problems, snapshots, sqlite } = proveOnEngine(forum, engine)
    expect(problems).toEqual([])
    expect(snapshots.map(({ snapshot }) => snapshot)).toEqual(forum.snapshots.map((each) => each.name))
    expect(snapshots.every(({ compared }) => compared.includes('read back'))).toBe(true)
    expect(sqlite).toMatch(/^3\.\d+\.\d+$/)
  })
})

describe('an engine that does otherwise', () => {
  it('is no problem where it does the same', () => {
    expect(proveWith('').problems).toEqual([])
  })

  it('is reported with the statement that it refuses, by the migration', () => {
    const { problems, outcome } = proveWith(
      "if (/without rowid/i.test(sql)) throw new Error('WITHOUT ROWID tables are not supported')",
    )
    expect(outcome).toBe('failed')
    expect(problems.map(({ code, version }) => [code, version])).toEqual(snapshots.map(() => ['upgrade', 3]))
    expect(problems[0]).toMatchObject({
      subject: { type: 'migration', name: 'v3' },
      seenIn: ['v2 on libsql 0.0.1'],
      evidence: [
        { ran: expect.stringContaining('WITHOUT ROWID'), happened: 'WITHOUT ROWID tables are not supported' },
      ],
    })
  })

  it.for<[string, string, string]>([
    [
      'ignores that foreign keys are switched on',
      "if (/foreign_keys = ON/i.test(sql)) sql = 'SELECT 1'; else if (/^PRAGMA foreign_keys$/i.test(sql)) sql = 'SELECT 0 AS foreign_keys'",
      'cascades',
    ],
    ['forgets to cascade', "sql = sql.replace(/ON DELETE CASCADE/i, 'ON DELETE SET NULL')", 'cascades'],
    ['fills in another default', "sql = sql.replace('DEFAULT 5', 'DEFAULT 6')", 'defaults'],
    ['accepts what is there', "sql = sql.replace('NOT NULL UNIQUE', 'NOT NULL')", 'inserts'],
    [
      'has no index',
      "sql = sql.replace(/CREATE INDEX price_shop ON price \\(shop\\)/, 'CREATE INDEX price_shop ON price (cents)')",
      'plans',
    ],
    [
      'loses rows',
      "if (/CREATE TABLE word/.test(sql)) super.exec('DELETE FROM shop WHERE id = 2')",
      'content',
    ],
  ])('is found when it %s', ([name, fault, code]) => {
    const { problems } = proveWith(fault, name.replaceAll(' ', '-'))
    expect(problems.map((problem) => problem.code)).toContain(code)
  })

  it('is reported when its process ends, with its last words, and the others are still compared', () => {
    const { problems, snapshots: proven } = proveWith(
      "if (/CREATE TABLE word/.test(sql)) { console.error('thread panicked'); process.exit(3) }",
    )
    expect(problems[0]?.actual).toBe("The process of libsql: its end (exit code 3), after 'thread panicked'")
    expect(proven.map(({ outcome }) => outcome)).toEqual(snapshots.map(() => 'failed'))
  })

  it('is accepted where that is declared, and a declaration that nothing needs is a problem', () => {
    const declared = {
      engine: 'libsql',
      check: 'defaults',
      object: 'column price.cents',
      actual: '6',
    } as const
    const deviations = [
      { ...declared, reason: 'known' },
      { ...declared, object: 'column price.other', reason: 'long gone' },
      { ...declared, engine: 'turso' as const, reason: 'of another engine' },
    ]
    const problem = makeProblem('defaults', {
      subject: { type: 'column', name: 'price.cents' },
      expected: 'integer 5',
      actual: 'integer 6',
    })
    const judged = judgeDeviations(deviations, { id: 'libsql', sqlite: '3.45.1' }, [problem])
    expect(judged.problems).toMatchObject([{ status: 'accepted', acceptedBecause: 'known' }])
    expect(judged.unused.map(({ reason }) => reason)).toEqual(['long gone'])
    using engine = openEngine('libsql', { folder: projectWith('declared', '') })
    const { problems } = proveOnEngine({ ...freezeShop(), deviations }, engine)
    expect(problems.map(({ code }) => code)).toEqual(['deviations', 'deviations'])
  })
})

describe('a migration that stores the time', () => {
  const log = [
    ...steps.slice(0, 1),
    `CREATE TABLE log (id INTEGER PRIMARY KEY, shop INTEGER, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
     INSERT INTO log (shop) SELECT id FROM shop`,
  ]
  const prove = (name: string, fault: string) => {
    using engine = openEngine('libsql', { folder: projectWith(name, fault) })
    const suite = freezeHistory({ steps: log, rows: { v1: rows.v1 } })
    return proveOnEngine(suite, engine).problems.map(({ code, subject }) => [code, subject.name])
  }

  it('is compared in every other column', () => {
    expect(prove('time', '')).toEqual([])
    const other = "sql = sql.replace('SELECT id FROM shop', 'SELECT id + 1 FROM shop')"
    expect(prove('time-and-row', other)).toContainEqual(['content', 'log'])
  })
})

describe('an engine that is not there', () => {
  it.for<[EngineName, string]>([
    ['better-sqlite3', 'npm install better-sqlite3'],
    ['libsql', 'npm install libsql'],
    ['turso', 'npm install @tursodatabase/database'],
  ])('%s is named with the command that installs it', ([name, install]) => {
    expect(() => openEngine(name, { folder: scratch })).toThrow(
      expect.objectContaining({ name: 'MissingEngineError', engine: name, install }),
    )
  })
})
