// Goal: a tool cannot distinguish the imitation of its driver from the driver: the same methods with the same values return
// the same, or throw the same error.
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { openBridge } from '../../src/history/bridge/open-bridge.ts'
import { packageFolder } from '../support/command-line.ts'
import { runSteps, type Step, type StepResult } from './tasks/steps.ts'

const bridge = openBridge({
  module: new URL('./tasks/steps.ts', import.meta.url),
  folder: packageFolder,
})
afterAll(() => bridge[Symbol.dispose]())

const schema = `
CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, number NUMERIC, data BLOB, CHECK (number <> 13));
CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id) ON DELETE CASCADE, "1" REAL, name TEXT NOT NULL DEFAULT '');
CREATE VIEW v AS SELECT a.id, b.id, b.name FROM a LEFT JOIN b ON b.a = a.id;
CREATE TRIGGER t AFTER INSERT ON b BEGIN UPDATE a SET number = coalesce(number, 0) + 1 WHERE id = new.a; END;
INSERT INTO a (id, name, number, data) VALUES (1, 'one', 1.5, x'0001'), (9007199254740993, 'large', NULL, NULL);
INSERT INTO b (id, a, name) VALUES (1, 1, 'first'), (2, 1, 'second');
`

function compareSteps(steps: readonly Step[]): void {
  const direct = new Database(':memory:')
  const bridged = new Database(':memory:')
  for (const database of [direct, bridged]) database.exec(schema)
  const expected = runSteps(direct, steps)
  const actual = bridge.call('steps', { steps }, betterSqliteConnection(bridged)) as readonly StepResult[]
  expect(actual).toEqual(expected)
  expect(bridged.serialize().equals(direct.serialize())).toBe(true)
  expect(bridged.inTransaction).toBe(direct.inTransaction)
  direct.close()
  bridged.close()
}

const keys = fc.constantFrom<unknown>(1, 2, 3, 1n, 9007199254740993n, null)
const values = fc.oneof(
  keys,
  fc.constantFrom<unknown>(
    0,
    -0,
    1.5,
    13,
    2 ** 53,
    NaN,
    Infinity,
    -1n,
    2n ** 63n - 1n,
    2n ** 63n,
    -(2n ** 63n),
  ),
  fc.constantFrom<unknown>(
    '',
    'one',
    ' large ',
    "it's\n",
    'nul\0in',
    '\u{1f600}',
    '\ud800',
    'x'.repeat(9000),
  ),
  fc.constantFrom<unknown>(true, false, undefined),
  fc.uint8Array({ maxLength: 9 }),
)

const queries = fc.constantFrom(
  'SELECT * FROM a',
  'SELECT * FROM b ORDER BY id',
  'SELECT * FROM v',
  'SELECT a.*, b.* FROM a JOIN b ON b.a = a.id',
  'SELECT 1, 2 AS b, 3 AS "0"',
  'SELECT id AS x, name AS x FROM a ORDER BY id DESC',
  'SELECT 9223372036854775807 AS i, 1.0 AS r, 0.5 AS h, -0.0 AS n',
  'VALUES (1), (2)',
  'WITH w AS (SELECT id FROM a) SELECT count(*) AS c FROM w;',
  'SELECT typeof(?) AS t, ? AS v',
  'SELECT typeof(:x) AS t, @y AS y, $z AS z, :x AS again',
  'SELECT ?2 AS second, ?1 AS first',
  'SELECT name FROM a WHERE id = ?',
  'SELECT * FROM a WHERE name = ? OR id IN (?, ?) -- the end',
  'EXPLAIN QUERY PLAN SELECT * FROM a WHERE id = 1',
  'PRAGMA table_info(b)',
  'PRAGMA foreign_keys',
  'PRAGMA user_version',
  'SELECT * FROM missing',
  'SELEC 1',
  "SELECT json('{') AS j",
  'SELECT abs(-9223372036854775808) AS overflow',
)
const writes = fc.constantFrom(
  'INSERT INTO a (id, name, number, data) VALUES (?, ?, ?, ?)',
  'INSERT INTO a (name) VALUES (?)',
  'INSERT INTO a (name) VALUES (@name) RETURNING id, name',
  'INSERT OR IGNORE INTO a (id, name) VALUES (?, ?)',
  'REPLACE INTO a (id, name) VALUES (?, ?)',
  'INSERT INTO b (a, name) VALUES (?, ?)',
  'UPDATE a SET number = ? WHERE id = ?',
  'UPDATE a SET name = name RETURNING *',
  'DELETE FROM b',
  'DELETE FROM a WHERE id = ?',
  'WITH w AS (SELECT 1 AS id) DELETE FROM a WHERE id IN (SELECT id FROM w)',
  'CREATE TABLE c (id)',
  'CREATE TABLE d AS SELECT * FROM a',
  'ALTER TABLE a ADD COLUMN extra TEXT DEFAULT 7',
  'DROP TABLE b',
  'BEGIN',
  'BEGIN IMMEDIATE',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT s',
  'RELEASE s',
  'ROLLBACK TO s',
  '',
  '-- nothing',
  'DELETE FROM b; DELETE FROM a',
  'CREATE TABL x',
)
const shapes = fc.constantFrom<Step['shape']>(null, null, null, 'pluck', 'raw', 'expand')
const given = fc.oneof(
  { weight: 4, arbitrary: fc.array(values, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.tuple(fc.array(values, { maxLength: 3 })) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.record({ x: values, y: values, z: values, name: values, 1: values, 2: values })),
  },
)
const prepared = fc.record<Step>({
  sql: fc.oneof(queries, writes),
  method: fc.constantFrom<Step['method']>('run', 'get', 'all', 'all', 'iterate', 'columns', 'facts'),
  shape: shapes,
  isSafe: fc.boolean(),
  isBound: fc.boolean(),
  given,
})
/** The driver lets a PRAGMA take effect when it is prepared, the imitation when it runs. */
const settings = fc.record<Step>({
  sql: fc.constantFrom('PRAGMA foreign_keys = OFF', 'PRAGMA foreign_keys = ON', 'PRAGMA user_version = 7'),
  method: fc.constantFrom<Step['method']>('run', 'all', 'exec'),
  shape: fc.constant(null),
  isSafe: fc.boolean(),
  isBound: fc.constant(false),
  given: fc.constant([]),
})
const scripts = fc.record<Step>({
  sql: fc.array(writes, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(';\n')),
  method: fc.constantFrom<Step['method']>('exec', 'transaction', 'immediate', 'failing transaction'),
  shape: fc.constant(null),
  isSafe: fc.constant(false),
  isBound: fc.constant(false),
  given: fc.constant([]),
})
const pragmas = fc.record<Step>({
  sql: fc.constantFrom(
    'user_version',
    'user_version = 3',
    'foreign_key_list(b)',
    'journal_mode',
    'no_such',
    'foreign_keys = ON',
  ),
  method: fc.constantFrom<Step['method']>('pragma', 'simple pragma'),
  shape: fc.constant(null),
  isSafe: fc.constant(false),
  isBound: fc.constant(false),
  given: fc.constant([]),
})

describe('the imitation of the driver', () => {
  it('does what the driver does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(prepared, prepared, scripts, pragmas, settings), { minLength: 1, maxLength: 12 }),
        compareSteps,
      ),
      { numRuns: 500 },
    )
  })
})
