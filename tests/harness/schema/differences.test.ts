/**
 * Goal: no difference between two schemas stays unseen. Each kind is planted alone, and must be named, with
 * what was expected and what was found, in both directions, and without a second one in its wake.
 */
import { describe, expect, it } from 'vitest'
import { type Difference, diffSchemas, isExtraObject } from '../../../src/harness/schema/diff.ts'
import { schemaOf } from './schema-of.ts'

interface Planted {
  readonly what: string
  readonly before: string
  readonly after: string
  /** `object: aspect`; where the name of something is part of it, another one for the other direction. */
  readonly aspect: string | readonly [string, string]
  readonly expected: string
  readonly actual: string
}

const parent = 'CREATE TABLE p(id INTEGER PRIMARY KEY, code TEXT UNIQUE, kind TEXT UNIQUE);'

const columns: Planted[] = [
  {
    what: 'a type',
    before: 'CREATE TABLE t(a TEXT, b)',
    after: 'CREATE TABLE t(a INTEGER, b)',
    aspect: 'table t: column a: type',
    expected: 'TEXT',
    actual: 'INTEGER',
  },
  {
    what: 'a type that is gone',
    before: 'CREATE TABLE t(a TEXT)',
    after: 'CREATE TABLE t(a)',
    aspect: 'table t: column a: type',
    expected: 'TEXT',
    actual: 'none',
  },
  {
    what: 'the length of a type',
    before: 'CREATE TABLE t(a VARCHAR(10))',
    after: 'CREATE TABLE t(a VARCHAR(20))',
    aspect: 'table t: column a: type',
    expected: 'VARCHAR(10)',
    actual: 'VARCHAR(20)',
  },
  {
    what: 'NOT NULL',
    before: 'CREATE TABLE t(a TEXT NOT NULL)',
    after: 'CREATE TABLE t(a TEXT)',
    aspect: 'table t: column a: not null',
    expected: 'NOT NULL',
    actual: 'NULL allowed',
  },
  {
    what: 'what NOT NULL does on a conflict',
    before: 'CREATE TABLE t(a TEXT NOT NULL ON CONFLICT IGNORE)',
    after: 'CREATE TABLE t(a TEXT NOT NULL ON CONFLICT REPLACE)',
    aspect: 'table t: column a: not null, on conflict',
    expected: 'IGNORE',
    actual: 'REPLACE',
  },
  {
    what: 'a default',
    before: 'CREATE TABLE t(a INTEGER DEFAULT 86400)',
    after: 'CREATE TABLE t(a INTEGER DEFAULT 8640)',
    aspect: 'table t: column a: default',
    expected: '86400',
    actual: '8640',
  },
  {
    what: 'a default that is gone',
    before: `CREATE TABLE t(a TEXT DEFAULT (datetime('now')))`,
    after: 'CREATE TABLE t(a TEXT)',
    aspect: 'table t: column a: default',
    expected: `datetime('now')`,
    actual: 'none',
  },
  {
    what: 'a default that is text instead of a number',
    before: 'CREATE TABLE t(a DEFAULT 0)',
    after: `CREATE TABLE t(a DEFAULT '0')`,
    aspect: 'table t: column a: default',
    expected: '0',
    actual: `'0'`,
  },
  {
    what: 'the time as a default, and its name as text',
    before: 'CREATE TABLE t(a DEFAULT CURRENT_TIMESTAMP)',
    after: `CREATE TABLE t(a DEFAULT 'current_timestamp')`,
    aspect: 'table t: column a: default',
    expected: 'current_timestamp',
    actual: `'current_timestamp'`,
  },
  {
    what: 'the case of a default text',
    before: `CREATE TABLE t(a TEXT DEFAULT 'Bearer')`,
    after: `CREATE TABLE t(a TEXT DEFAULT 'bearer')`,
    aspect: 'table t: column a: default',
    expected: `'Bearer'`,
    actual: `'bearer'`,
  },
  {
    what: 'the case of a default text without quotes',
    before: 'CREATE TABLE t(a TEXT DEFAULT Bearer)',
    after: 'CREATE TABLE t(a TEXT DEFAULT bearer)',
    aspect: 'table t: column a: default',
    expected: `'Bearer'`,
    actual: `'bearer'`,
  },
  {
    what: 'white space within a default text',
    before: `CREATE TABLE t(a TEXT DEFAULT 'a b')`,
    after: `CREATE TABLE t(a TEXT DEFAULT 'a  b')`,
    aspect: 'table t: column a: default',
    expected: `'a b'`,
    actual: `'a  b'`,
  },
  {
    what: 'a collation',
    before: 'CREATE TABLE t(a TEXT COLLATE NOCASE)',
    after: 'CREATE TABLE t(a TEXT)',
    aspect: 'table t: column a: collation',
    expected: 'NOCASE',
    actual: 'BINARY',
  },
  {
    what: 'a collation behind a default',
    before: `CREATE TABLE t(a TEXT DEFAULT (lower('X')) COLLATE NOCASE)`,
    after: `CREATE TABLE t(a TEXT DEFAULT (lower('X')) COLLATE RTRIM)`,
    aspect: 'table t: column a: collation',
    expected: 'NOCASE',
    actual: 'RTRIM',
  },
  {
    what: 'a collation of a column with indexes',
    before: 'CREATE TABLE t(a TEXT COLLATE NOCASE PRIMARY KEY, b, UNIQUE (a, b)); CREATE INDEX i ON t(a)',
    after: 'CREATE TABLE t(a TEXT PRIMARY KEY, b, UNIQUE (a, b)); CREATE INDEX i ON t(a)',
    aspect: 'table t: column a: collation',
    expected: 'NOCASE',
    actual: 'BINARY',
  },
  {
    what: 'the expression of a generated column',
    before: 'CREATE TABLE t(a, b AS (a + 1))',
    after: 'CREATE TABLE t(a, b AS (a + 2))',
    aspect: 'table t: column b: generated',
    expected: 'VIRTUAL AS (a + 1)',
    actual: 'VIRTUAL AS (a + 2)',
  },
  {
    what: 'where a generated column is kept',
    before: 'CREATE TABLE t(a, b AS (a + 1) STORED)',
    after: 'CREATE TABLE t(a, b AS (a + 1))',
    aspect: 'table t: column b: generated',
    expected: 'STORED AS (a + 1)',
    actual: 'VIRTUAL AS (a + 1)',
  },
  {
    what: 'a generated column that became an ordinary one',
    before: 'CREATE TABLE t(a, b INTEGER GENERATED ALWAYS AS (a + 1))',
    after: 'CREATE TABLE t(a, b INTEGER)',
    aspect: 'table t: column b: generated',
    expected: 'VIRTUAL AS (a + 1)',
    actual: 'none',
  },
  {
    what: 'the name of a NOT NULL constraint',
    before: 'CREATE TABLE t(a CONSTRAINT filled NOT NULL)',
    after: 'CREATE TABLE t(a CONSTRAINT given NOT NULL)',
    aspect: 'table t: column a: constraint names',
    expected: 'NOT NULL: filled',
    actual: 'NOT NULL: given',
  },
  {
    what: 'a column that is missing',
    before: 'CREATE TABLE t(a, b TEXT NOT NULL, c)',
    after: 'CREATE TABLE t(a, c)',
    aspect: 'table t: column b',
    expected: 'TEXT NOT NULL',
    actual: 'none',
  },
  {
    what: 'a column with another name, and keys, checks and indexes over it',
    before: `CREATE TABLE t(id TEXT PRIMARY KEY, b INTEGER CHECK (b > 0), c AS (b + 1), UNIQUE (b));
      CREATE INDEX i ON t(b, b + 1) WHERE b > 5; CREATE TABLE u(x REFERENCES t(b))`,
    after: `CREATE TABLE t(id TEXT PRIMARY KEY, bb INTEGER CHECK (bb > 0), c AS (bb + 1), UNIQUE (bb));
      CREATE INDEX i ON t(bb, bb + 1) WHERE bb > 5; CREATE TABLE u(x REFERENCES t(bb))`,
    aspect: ['table t: column b: name', 'table t: column bb: name'],
    expected: 'b',
    actual: 'bb',
  },
  {
    what: 'the order of columns',
    before: 'CREATE TABLE t(a, b, c, d)',
    after: 'CREATE TABLE t(a, c, b, d)',
    aspect: 'table t: column order',
    expected: '(a, b, c, d)',
    actual: '(a, c, b, d)',
  },
]

const tables: Planted[] = [
  {
    what: 'STRICT',
    before: 'CREATE TABLE t(a TEXT) STRICT',
    after: 'CREATE TABLE t(a TEXT)',
    aspect: 'table t: strict',
    expected: 'STRICT',
    actual: 'not STRICT',
  },
  {
    what: 'WITHOUT ROWID',
    before: 'CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID',
    after: 'CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL)',
    aspect: 'table t: rowid',
    expected: 'WITHOUT ROWID',
    actual: 'a rowid',
  },
  {
    what: 'the module of a virtual table',
    before: 'CREATE VIRTUAL TABLE t USING fts5(a, b)',
    after: 'CREATE VIRTUAL TABLE t USING fts5(a, c)',
    aspect: 'table t: module',
    expected: 'fts5(a, b)',
    actual: 'fts5(a, c)',
  },
  {
    what: 'a virtual table instead of an ordinary one',
    before: 'CREATE TABLE t(a, b)',
    after: 'CREATE VIRTUAL TABLE t USING fts5(a, b)',
    aspect: 'table t: module',
    expected: 'none',
    actual: 'fts5(a, b)',
  },
]

const keys: Planted[] = [
  {
    what: 'a primary key that is gone',
    before: 'CREATE TABLE t(a TEXT PRIMARY KEY, b)',
    after: 'CREATE TABLE t(a TEXT, b)',
    aspect: 'table t: primary key',
    expected: '(a)',
    actual: 'none',
  },
  {
    what: 'the columns of a primary key',
    before: 'CREATE TABLE t(a TEXT, b TEXT, PRIMARY KEY (a, b))',
    after: 'CREATE TABLE t(a TEXT, b TEXT, PRIMARY KEY (b, a))',
    aspect: 'table t: primary key',
    expected: '(a, b)',
    actual: '(b, a)',
  },
  {
    what: 'the order within a primary key',
    before: 'CREATE TABLE t(a TEXT, b TEXT, PRIMARY KEY (a, b DESC))',
    after: 'CREATE TABLE t(a TEXT, b TEXT, PRIMARY KEY (a, b))',
    aspect: 'table t: primary key',
    expected: '(a, b DESC)',
    actual: '(a, b)',
  },
  {
    what: 'the collation of a primary key alone',
    before: 'CREATE TABLE t(a TEXT, PRIMARY KEY (a COLLATE NOCASE))',
    after: 'CREATE TABLE t(a TEXT, PRIMARY KEY (a))',
    aspect: 'table t: primary key',
    expected: '(a COLLATE NOCASE)',
    actual: '(a)',
  },
  {
    what: 'a key that is the rowid, and one that only looks like it',
    before: 'CREATE TABLE t(id INTEGER, a, PRIMARY KEY (id))',
    after: 'CREATE TABLE t(id INTEGER PRIMARY KEY DESC, a)',
    aspect: 'table t: primary key',
    expected: '(id)',
    actual: '(id DESC)',
  },
  {
    what: 'AUTOINCREMENT',
    before: 'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT)',
    after: 'CREATE TABLE t(id INTEGER PRIMARY KEY)',
    aspect: 'table t: primary key: autoincrement',
    expected: 'AUTOINCREMENT',
    actual: 'no AUTOINCREMENT',
  },
  {
    what: 'what the rowid does on a conflict',
    before: 'CREATE TABLE t(id INTEGER PRIMARY KEY ON CONFLICT REPLACE)',
    after: 'CREATE TABLE t(id INTEGER PRIMARY KEY)',
    aspect: 'table t: primary key: on conflict',
    expected: 'REPLACE',
    actual: 'none',
  },
  {
    what: 'what a key of two columns does on a conflict',
    before: 'CREATE TABLE t(a, b, PRIMARY KEY (a, b) ON CONFLICT IGNORE)',
    after: 'CREATE TABLE t(a, b, PRIMARY KEY (a, b) ON CONFLICT ROLLBACK)',
    aspect: 'table t: primary key: on conflict',
    expected: 'IGNORE',
    actual: 'ROLLBACK',
  },
  {
    what: 'the name of a primary key',
    before: 'CREATE TABLE t(a, CONSTRAINT one PRIMARY KEY (a))',
    after: 'CREATE TABLE t(a, CONSTRAINT two PRIMARY KEY (a))',
    aspect: 'table t: primary key: name',
    expected: 'one',
    actual: 'two',
  },
  {
    what: 'UNIQUE',
    before: 'CREATE TABLE t(a UNIQUE, b)',
    after: 'CREATE TABLE t(a, b)',
    aspect: 'table t: unique (a)',
    expected: 'UNIQUE',
    actual: 'none',
  },
  {
    what: 'one UNIQUE before another',
    before: 'CREATE TABLE t(a, b, UNIQUE (a), UNIQUE (b))',
    after: 'CREATE TABLE t(a, b, UNIQUE (b))',
    aspect: 'table t: unique (a)',
    expected: 'UNIQUE',
    actual: 'none',
  },
  {
    what: 'the columns of UNIQUE in another order',
    before: 'CREATE TABLE t(a, b, UNIQUE (a, b))',
    after: 'CREATE TABLE t(a, b, UNIQUE (b, a))',
    aspect: ['table t: unique (a, b): columns', 'table t: unique (b, a): columns'],
    expected: '(a, b)',
    actual: '(b, a)',
  },
  {
    what: 'what UNIQUE does on a conflict',
    before: 'CREATE TABLE t(a UNIQUE ON CONFLICT FAIL)',
    after: 'CREATE TABLE t(a UNIQUE)',
    aspect: 'table t: unique (a): on conflict',
    expected: 'FAIL',
    actual: 'none',
  },
  {
    what: 'the name of UNIQUE',
    before: 'CREATE TABLE t(a, CONSTRAINT once UNIQUE (a))',
    after: 'CREATE TABLE t(a, UNIQUE (a))',
    aspect: 'table t: unique (a): name',
    expected: 'once',
    actual: 'none',
  },
]

const checks: Planted[] = [
  {
    what: 'a CHECK that is gone',
    before: 'CREATE TABLE t(id INTEGER PRIMARY KEY CHECK (id = 1))',
    after: 'CREATE TABLE t(id INTEGER PRIMARY KEY)',
    aspect: 'table t: check',
    expected: 'id = 1',
    actual: 'none',
  },
  {
    what: 'the expression of a CHECK',
    before: 'CREATE TABLE t(a, b, CHECK (a > 0), CHECK (b > 0))',
    after: 'CREATE TABLE t(a, b, CHECK (b > 0), CHECK (a >= 0))',
    aspect: 'table t: check',
    expected: 'a > 0',
    actual: 'a >= 0',
  },
  {
    what: 'the case of a text in a CHECK',
    before: `CREATE TABLE t(a CHECK (a IN ('On', 'Off')))`,
    after: `CREATE TABLE t(a CHECK (a IN ('on', 'Off')))`,
    aspect: 'table t: check',
    expected: `a in ('On', 'Off')`,
    actual: `a in ('on', 'Off')`,
  },
  {
    what: 'the name of a CHECK',
    before: 'CREATE TABLE t(a, CONSTRAINT one CHECK (a > 0))',
    after: 'CREATE TABLE t(a, CONSTRAINT two CHECK (a > 0))',
    aspect: 'table t: check (a > 0): name',
    expected: 'one',
    actual: 'two',
  },
]

const foreignKeys: Planted[] = [
  {
    what: 'a foreign key that is gone',
    before: `${parent} CREATE TABLE t(a REFERENCES p(id) ON DELETE CASCADE)`,
    after: `${parent} CREATE TABLE t(a)`,
    aspect: 'table t: foreign key (a)',
    expected: 'REFERENCES p (id) ON DELETE CASCADE ON UPDATE NO ACTION',
    actual: 'none',
  },
  {
    what: 'ON DELETE',
    before: `${parent} CREATE TABLE t(a, FOREIGN KEY (a) REFERENCES p(id) ON DELETE CASCADE)`,
    after: `${parent} CREATE TABLE t(a, FOREIGN KEY (a) REFERENCES p(id))`,
    aspect: 'table t: foreign key (a): on delete',
    expected: 'CASCADE',
    actual: 'NO ACTION',
  },
  {
    what: 'ON UPDATE',
    before: `${parent} CREATE TABLE t(a REFERENCES p(id) ON UPDATE SET NULL)`,
    after: `${parent} CREATE TABLE t(a REFERENCES p(id) ON UPDATE SET DEFAULT)`,
    aspect: 'table t: foreign key (a): on update',
    expected: 'SET NULL',
    actual: 'SET DEFAULT',
  },
  {
    what: 'the parent',
    before: `${parent} CREATE TABLE t(a REFERENCES p(id))`,
    after: `${parent} CREATE TABLE t(a REFERENCES q(id))`,
    aspect: 'table t: foreign key (a): parent',
    expected: 'p (id)',
    actual: 'q (id)',
  },
  {
    what: 'the column of the parent',
    before: `${parent} CREATE TABLE t(a REFERENCES p)`,
    after: `${parent} CREATE TABLE t(a REFERENCES p(code))`,
    aspect: 'table t: foreign key (a): parent',
    expected: 'p (id)',
    actual: 'p (code)',
  },
  {
    what: 'when it is checked',
    before: `${parent} CREATE TABLE t(a REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)`,
    after: `${parent} CREATE TABLE t(a REFERENCES p(id) DEFERRABLE)`,
    aspect: 'table t: foreign key (a): deferrable',
    expected: 'INITIALLY DEFERRED',
    actual: 'INITIALLY IMMEDIATE',
  },
  {
    what: 'DEFERRABLE of the second of three',
    before: `${parent} CREATE TABLE t(a REFERENCES p, b REFERENCES p DEFERRABLE, c REFERENCES p)`,
    after: `${parent} CREATE TABLE t(a REFERENCES p, b REFERENCES p, c REFERENCES p)`,
    aspect: 'table t: foreign key (b): deferrable',
    expected: 'INITIALLY IMMEDIATE',
    actual: 'none',
  },
  {
    what: 'MATCH',
    before: `${parent} CREATE TABLE t(a REFERENCES p(id) MATCH FULL)`,
    after: `${parent} CREATE TABLE t(a REFERENCES p(id))`,
    aspect: 'table t: foreign key (a): match',
    expected: 'FULL',
    actual: 'none',
  },
  {
    what: 'the name of a foreign key',
    before: `${parent} CREATE TABLE t(a, CONSTRAINT one FOREIGN KEY (a) REFERENCES p(id))`,
    after: `${parent} CREATE TABLE t(a CONSTRAINT two REFERENCES p(id))`,
    aspect: 'table t: foreign key (a): name',
    expected: 'one',
    actual: 'two',
  },
]

const table = 'CREATE TABLE t(a TEXT, b INTEGER);'

const indexes: Planted[] = [
  {
    what: 'an index that is gone',
    before: `${table} CREATE UNIQUE INDEX i ON t(a, b DESC) WHERE b > 0`,
    after: table,
    aspect: 'index i: existence',
    expected: 'an index UNIQUE on t (a, b DESC) WHERE b > 0',
    actual: 'none',
  },
  {
    what: 'the columns of an index',
    before: `${table} CREATE INDEX i ON t(a, b)`,
    after: `${table} CREATE INDEX i ON t(b, a)`,
    aspect: 'index i: columns',
    expected: '(a, b)',
    actual: '(b, a)',
  },
  {
    what: 'the order of an index',
    before: `${table} CREATE INDEX i ON t(b DESC)`,
    after: `${table} CREATE INDEX i ON t(b)`,
    aspect: 'index i: columns',
    expected: '(b DESC)',
    actual: '(b)',
  },
  {
    what: 'the collation of an index',
    before: `${table} CREATE INDEX i ON t(a COLLATE NOCASE)`,
    after: `${table} CREATE INDEX i ON t(a)`,
    aspect: 'index i: columns',
    expected: '(a COLLATE NOCASE)',
    actual: '(a)',
  },
  {
    what: 'the expression of an index',
    before: `${table} CREATE INDEX i ON t(lower(a), b)`,
    after: `${table} CREATE INDEX i ON t(upper(a), b)`,
    aspect: 'index i: columns',
    expected: '(lower(a), b)',
    actual: '(upper(a), b)',
  },
  {
    what: 'UNIQUE of an index',
    before: `${table} CREATE UNIQUE INDEX i ON t(a)`,
    after: `${table} CREATE INDEX i ON t(a)`,
    aspect: 'index i: unique',
    expected: 'UNIQUE',
    actual: 'not UNIQUE',
  },
  {
    what: 'the predicate of an index',
    before: `${table} CREATE INDEX i ON t(a) WHERE b IS NOT NULL`,
    after: `${table} CREATE INDEX i ON t(a) WHERE b IS NULL`,
    aspect: 'index i: where',
    expected: 'b is not null',
    actual: 'b is null',
  },
  {
    what: 'a predicate that is gone',
    before: `${table} CREATE INDEX i ON t(a) WHERE b > 0`,
    after: `${table} CREATE INDEX i ON t(a)`,
    aspect: 'index i: where',
    expected: 'b > 0',
    actual: 'none',
  },
  {
    what: 'the table of an index',
    before: `${table} CREATE TABLE u(a); CREATE INDEX i ON t(a)`,
    after: `${table} CREATE TABLE u(a); CREATE INDEX i ON u(a)`,
    aspect: 'index i: table',
    expected: 't',
    actual: 'u',
  },
]

const trigger = (header: string, body: string) => `${table} CREATE TRIGGER g ${header} BEGIN ${body}; END;`

const others: Planted[] = [
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

const planted = [...columns, ...tables, ...keys, ...checks, ...foreignKeys, ...indexes, ...others]

describe.for(planted)('$what', ({ before, after, aspect, expected, actual }) => {
  const [there, back] = typeof aspect === 'string' ? [aspect, aspect] : aspect

  it('is named, and nothing else', () => {
    expect(shown(diffSchemas(schemaOf(before), schemaOf(after)))).toEqual([[there, expected, actual]])
  })

  it('is named the other way round as well', () => {
    expect(shown(diffSchemas(schemaOf(after), schemaOf(before)))).toEqual([[back, actual, expected]])
  })

  it('is none where both sides have it', () => {
    expect(diffSchemas(schemaOf(before), schemaOf(before))).toEqual([])
    expect(diffSchemas(schemaOf(after), schemaOf(after))).toEqual([])
  })
})

describe('what is extra', () => {
  const own = `CREATE TABLE mine(x); CREATE INDEX mine_a ON t(a); CREATE VIEW mine_view AS SELECT 1;
    CREATE TRIGGER mine_trigger AFTER INSERT ON t BEGIN SELECT 1; END;`
  const differences = diffSchemas(schemaOf(table), schemaOf(table + own))

  it('is told for a table, an index, a trigger and a view', () => {
    expect(differences.map(({ object, kind }) => [kind, object.type, object.name, object.table])).toEqual([
      ['extra', 'table', 'mine', 'mine'],
      ['extra', 'index', 'mine_a', 't'],
      ['extra', 'trigger', 'mine_trigger', 't'],
      ['extra', 'view', 'mine_view', 'mine_view'],
    ])
    expect(differences.every(isExtraObject)).toBe(true)
  })

  it('is no extra object when it is within a known one', () => {
    const [extra, ...more] = diffSchemas(schemaOf(table), schemaOf('CREATE TABLE t(a TEXT, b INTEGER, c)'))
    expect(extra).toMatchObject({ kind: 'extra', aspect: 'column c' })
    expect(more).toEqual([])
    expect(extra && isExtraObject(extra)).toBe(false)
  })

  it('is no extra object when a known one is missing', () => {
    expect(diffSchemas(schemaOf(table), schemaOf('')).map(isExtraObject)).toEqual([false])
  })
})

function shown(differences: readonly Difference[]) {
  return differences.map(({ object, aspect, expected, actual }) => [
    `${object.type} ${object.name}: ${aspect}`,
    expected,
    actual,
  ])
}
