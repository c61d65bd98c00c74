import { type InjectedDifference, table } from './injected.ts'

const trigger = (header: string, body: string) => `${table} CREATE TRIGGER g ${header} BEGIN ${body}; END;`

/** Of triggers, views, and whole objects. */
export const otherDifferences: readonly InjectedDifference[] = [
  {
    what: 'a trigger that is gone',
    before: trigger('AFTER INSERT ON t', 'DELETE FROM t'),
    after: table,
    aspect: 'trigger g: existence',
    expected: 'a trigger AFTER INSERT on t',
    actual: 'none',
  },
  {
    what: 'when a trigger runs',
    before: trigger('AFTER INSERT ON t', 'DELETE FROM t'),
    after: trigger('INSERT ON t', 'DELETE FROM t'),
    aspect: 'trigger g: timing',
    expected: 'AFTER',
    actual: 'BEFORE',
  },
  {
    what: 'the event of a trigger',
    before: trigger('AFTER UPDATE OF a, b ON t', 'DELETE FROM t'),
    after: trigger('AFTER UPDATE OF a ON t', 'DELETE FROM t'),
    aspect: 'trigger g: event',
    expected: 'UPDATE OF a, b',
    actual: 'UPDATE OF a',
  },
  {
    what: 'the condition of a trigger',
    before: trigger('AFTER DELETE ON t WHEN old.b > 0', 'DELETE FROM t'),
    after: trigger('AFTER DELETE ON t WHEN old.b > 1', 'DELETE FROM t'),
    aspect: 'trigger g: when',
    expected: 'old.b > 0',
    actual: 'old.b > 1',
  },
  {
    what: 'the body of a trigger',
    before: trigger('AFTER DELETE ON t', `UPDATE t SET a = 'X'`),
    after: trigger('AFTER DELETE ON t', `UPDATE t SET a = 'x'`),
    aspect: 'trigger g: body',
    expected: `begin update t set a = 'X'; end`,
    actual: `begin update t set a = 'x'; end`,
  },
  {
    what: 'the table of a trigger',
    before: `CREATE TABLE u(a); ${trigger('AFTER DELETE ON t', 'DELETE FROM t')}`,
    after: `CREATE TABLE u(a); ${trigger('AFTER DELETE ON u', 'DELETE FROM t')}`,
    aspect: 'trigger g: table',
    expected: 't',
    actual: 'u',
  },
  {
    what: 'a view that is gone',
    before: `${table} CREATE VIEW v AS SELECT a FROM t`,
    after: table,
    aspect: 'view v: existence',
    expected: 'a view',
    actual: 'none',
  },
  {
    what: 'the definition of a view',
    before: `${table} CREATE VIEW v AS SELECT a FROM t`,
    after: `${table} CREATE VIEW v AS SELECT b AS a FROM t`,
    aspect: 'view v: definition',
    expected: 'as select a from t',
    actual: 'as select b as a from t',
  },
  {
    what: 'a table that is gone',
    before: `${table} CREATE TABLE u(x, y)`,
    after: table,
    aspect: 'table u: existence',
    expected: 'a table (x, y)',
    actual: 'none',
  },
  {
    what: 'a view in place of a table',
    before: `${table} CREATE TABLE u(a)`,
    after: `${table} CREATE VIEW u AS SELECT a FROM t`,
    aspect: ['table u: type', 'view u: type'],
    expected: 'table',
    actual: 'view',
  },
]
