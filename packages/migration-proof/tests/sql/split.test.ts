/**
 * Goal: statements are split where SQLite ends them, so that running them one by one is running the whole.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitStatements } from '../../src/sql/split.ts'
import { withDatabase } from '../schema/schema-of.ts'
import { anySqlText } from './arbitrary-sql.ts'

const trigger = `CREATE TRIGGER g AFTER INSERT ON t BEGIN
  UPDATE t SET a = CASE WHEN a THEN 1 ELSE 2 END; -- END;
  DELETE FROM t WHERE a = ';END;';
END`

describe('splitting', () => {
  it.for<readonly [what: string, sql: string, ...statements: string[]]>([
    ['no statement', ''],
    ['only white space, comments and semicolons', ' ;; -- a;b\n; /* ; */ ;'],
    ['one without an end', 'SELECT 1', 'SELECT 1'],
    ['two', 'SELECT 1; SELECT 2;', 'SELECT 1', 'SELECT 2'],
    ['comments around and within', '-- a;\nSELECT /* ; */ 1 -- ;\n; -- b', 'SELECT /* ; */ 1'],
    [
      'semicolons in quotes',
      `SELECT ';', ";", [;], \`;\`; SELECT 2`,
      `SELECT ';', ";", [;], \`;\``,
      'SELECT 2',
    ],
    ['a trigger', `${trigger};SELECT 1`, trigger, 'SELECT 1'],
    ['a trigger without an end', trigger, trigger],
    [
      'a temporary trigger',
      `${trigger.replace('CREATE', 'create temp')};;`,
      trigger.replace('CREATE', 'create temp'),
    ],
    [
      'a trigger IF NOT EXISTS',
      `${trigger.replace('g', 'IF NOT EXISTS g')};`,
      trigger.replace('g', 'IF NOT EXISTS g'),
    ],
    ['an explained trigger', `EXPLAIN ${trigger}; SELECT 1`, `EXPLAIN ${trigger}`, 'SELECT 1'],
    [
      'a comment in END /* */ ;',
      'CREATE TRIGGER g DELETE ON t BEGIN SELECT 1; END /* ; */ ; SELECT 1',
      'CREATE TRIGGER g DELETE ON t BEGIN SELECT 1; END',
      'SELECT 1',
    ],
    ['a transaction', 'BEGIN; INSERT INTO t VALUES (1); END;', 'BEGIN', 'INSERT INTO t VALUES (1)', 'END'],
    ['a table named trigger', 'CREATE TABLE trigger(a); SELECT 1', 'CREATE TABLE trigger(a)', 'SELECT 1'],
    ['a text without an end', `SELECT 1; SELECT 'a; b`, 'SELECT 1', `SELECT 'a; b`],
    ['a comment without an end', 'SELECT 1; /* a; b', 'SELECT 1', '/* a; b'],
  ])('%s', ([, sql, ...expected]) => {
    expect(splitStatements(sql)).toEqual(expected)
  })
})

/** Statements that leave a trace, each with names of its own. */
const statements: ((id: number) => string)[] = [
  (id) => `CREATE TABLE t${id}(a DEFAULT ';', "b;" TEXT /* ; */ CHECK ("b;" <> ';'))`,
  (id) => `INSERT INTO log VALUES (${id}, 'a;b', "end")`.replace('"end"', `'END;'`),
  (id) => `CREATE VIEW v${id} AS -- a view;\n SELECT CASE WHEN n THEN 1 END AS "end;" FROM log`,
  (id) =>
    `CREATE TRIGGER g${id} AFTER INSERT ON log BEGIN UPDATE log SET n = CASE n WHEN 1 THEN 2 END; DELETE FROM log WHERE b = ';'; END`,
  (id) => `create trigger if not exists "h;${id}" delete on log begin select case when 1 then 2 end; end`,
  () => 'BEGIN; SAVEPOINT s; DELETE FROM log WHERE n > 3; RELEASE s; END',
  () => '',
]

const anyScript = fc
  .array(fc.tuple(fc.constantFrom(...statements), fc.constantFrom(';', ' ; ', ';\n-- end;\n', ';/* ; */;')), {
    maxLength: 8,
  })
  .map((parts) => parts.map(([write, end], id) => write(id) + end).join(''))

describe('any script', () => {
  it('does the same as its statements, one by one', () => {
    fc.assert(
      fc.property(anyScript, (script) => {
        expect(outcomeOf(splitStatements(script))).toEqual(outcomeOf([script]))
      }),
    )
  })

  it('has statements without a semicolon at the end or white space around', () => {
    fc.assert(
      fc.property(anyScript, (script) => {
        for (const statement of splitStatements(script)) expect(statement).toMatch(/^\S([\s\S]*[^\s;])?$/)
      }),
    )
  })
})

describe('any text', () => {
  it('splits into pieces of itself, in order', () => {
    fc.assert(
      fc.property(anySqlText, (sql) => {
        let place = 0
        for (const statement of splitStatements(sql)) {
          const found = sql.indexOf(statement, place)
          expect(found).toBeGreaterThanOrEqual(place)
          place = found + statement.length
        }
      }),
      { numRuns: 300 },
    )
  })
})

function outcomeOf(scripts: readonly string[]) {
  return withDatabase('CREATE TABLE log(n INTEGER, a TEXT, b TEXT)', (connection) => {
    for (const script of scripts) connection.exec(script)
    return [connection.all('SELECT name, sql FROM sqlite_master'), connection.all('SELECT * FROM log')]
  })
}
