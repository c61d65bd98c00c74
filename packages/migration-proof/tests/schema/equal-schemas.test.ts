/**
 * Goal: no false alarm. A schema that is written in another way, or was reached in another way, is the same
 * schema. And no silence: what is a literal in SQLite is compared to the letter, however it is written.
 */
import { describe, expect, it } from 'vitest'
import { diffSchemas } from '../../src/schema/diff.ts'
import { schemaOf } from './schema-of.ts'

interface SameSchema {
  readonly what: string
  readonly one: string
  readonly other: string
}

const parent = 'CREATE TABLE p(id INTEGER PRIMARY KEY);'

const same: SameSchema[] = [
  {
    what: 'white space, comments and the case of keywords',
    one: `CREATE TABLE t(a TEXT NOT NULL DEFAULT 'x' CHECK (length(a) > 0), b AS (a || 'y')); CREATE INDEX i ON t(lower(a) DESC) WHERE a > 'b'`,
    other: `create  table t -- the first
      ( a text /* of any length */ not null default 'x'\n\tcheck(LENGTH ( a )>0),b as(a||'y'));
      create index i on t ( LOWER(a)desc )where a>'b'`,
  },
  {
    what: 'names in four kinds of quotes, in another case, and IF NOT EXISTS',
    one: 'CREATE TABLE t(key TEXT, b, c, d, CHECK (key > b)); CREATE INDEX i ON t(c, d + 1)',
    other: `CREATE TABLE IF NOT EXISTS "T"("KEY" TEXT, [b], \`c\`, 'd', CHECK ("Key" > [B])); CREATE INDEX IF NOT EXISTS "I" ON [t]("c", "D" + 1)`,
  },
  {
    what: 'constraints of a column, and the same of the table',
    one: `${parent} CREATE TABLE t(a TEXT PRIMARY KEY, b UNIQUE CHECK (b > 0) REFERENCES p(id) ON DELETE CASCADE)`,
    other: `${parent} CREATE TABLE t(a TEXT, b, FOREIGN KEY (b) REFERENCES p(id) ON DELETE CASCADE, CHECK (b > 0), UNIQUE (b), PRIMARY KEY (a))`,
  },
  {
    what: 'a rowid key of a column, and of the table',
    one: 'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT)',
    other: 'CREATE TABLE t(id INTEGER, PRIMARY KEY (id AUTOINCREMENT))',
  },
  {
    what: 'checks in another order',
    one: 'CREATE TABLE t(a, CHECK (a > 0), CHECK (a < 9))',
    other: 'CREATE TABLE t(a, CHECK (a < 9) CHECK (a > 0))',
  },
  {
    what: 'TRUE and 1',
    one: 'CREATE TABLE t(a DEFAULT TRUE, b DEFAULT 0)',
    other: 'CREATE TABLE t(a DEFAULT 1, b DEFAULT (false))',
  },
  {
    what: 'parentheses around a default, a check and an expression',
    one: `CREATE TABLE t(a DEFAULT (datetime('now')) CHECK (a > 0)); CREATE INDEX i ON t(a + 1) WHERE a > 0`,
    other: `CREATE TABLE t(a DEFAULT ((datetime('now'))) CHECK (((a > 0)))); CREATE INDEX i ON t((a + 1)) WHERE ((a > 0))`,
  },
  {
    what: 'a default in parentheses, and bare',
    one: 'CREATE TABLE t(a DEFAULT -1)',
    other: 'CREATE TABLE t(a DEFAULT ( - 1 ))',
  },
  { what: 'DEFAULT NULL and none', one: 'CREATE TABLE t(a DEFAULT NULL)', other: 'CREATE TABLE t(a)' },
  {
    what: 'a default text in three kinds of quotes',
    one: `CREATE TABLE t(a DEFAULT 'x')`,
    other: 'CREATE TABLE t(a DEFAULT x); ',
  },
  {
    what: 'what goes without saying, and is said',
    one: `${parent} CREATE TABLE t(a TEXT NOT NULL, b REFERENCES p, UNIQUE (a)); CREATE INDEX i ON t(a)`,
    other: `${parent} CREATE TABLE t(a TEXT NOT NULL ON CONFLICT ABORT COLLATE BINARY, b NULL REFERENCES p(id) ON UPDATE NO ACTION NOT DEFERRABLE INITIALLY DEFERRED, UNIQUE (a ASC) ON CONFLICT ABORT); CREATE INDEX i ON t(a COLLATE BINARY ASC)`,
  },
  {
    what: "an index in its column's own collation",
    one: 'CREATE TABLE t(a COLLATE NOCASE); CREATE INDEX i ON t(a)',
    other: 'CREATE TABLE t(a COLLATE "nocase"); CREATE INDEX i ON t(a COLLATE nocase)',
  },
  {
    what: 'a generated column in two ways',
    one: 'CREATE TABLE t(a, b AS (a + 1), c INTEGER AS (a) STORED)',
    other:
      'CREATE TABLE t(a, b GENERATED ALWAYS AS (a + 1) VIRTUAL, c INTEGER GENERATED ALWAYS AS (a) STORED)',
  },
  {
    what: 'a trigger in two ways',
    one: 'CREATE TABLE t(a, b); CREATE TRIGGER g UPDATE OF a, b ON t WHEN new.a > 1 BEGIN DELETE FROM t; END',
    other:
      'CREATE TABLE t(a, b); CREATE TRIGGER IF NOT EXISTS "g" BEFORE UPDATE OF "b", a ON "t" FOR EACH ROW WHEN (new."a" > 1) BEGIN delete from [t] ; END',
  },
  {
    what: 'a view in two ways',
    one: 'CREATE TABLE t(a, b); CREATE VIEW v(x) AS SELECT t.* FROM t WHERE a IN (1, 2)',
    other: 'CREATE TABLE t(a, b); CREATE VIEW IF NOT EXISTS "v" ("x") as select "t".* from T where a in(1,2)',
  },
  {
    what: 'a virtual table in two ways',
    one: 'CREATE VIRTUAL TABLE f USING fts5(a, b)',
    other: 'CREATE VIRTUAL TABLE IF NOT EXISTS "f" USING FTS5 ( "a" , b )',
  },
  {
    what: 'a table that was altered, and one that was created so',
    one: `CREATE TABLE old(a TEXT, bb CHECK (bb > 0), x); CREATE INDEX i ON old(bb);
      ALTER TABLE old RENAME TO t; ALTER TABLE t RENAME COLUMN bb TO b; ALTER TABLE t DROP COLUMN x;
      ALTER TABLE t ADD COLUMN c TEXT NOT NULL DEFAULT 'c' COLLATE NOCASE`,
    other: `CREATE TABLE t(a TEXT, b CHECK (b > 0), c TEXT COLLATE NOCASE NOT NULL DEFAULT 'c'); CREATE INDEX i ON t(b)`,
  },
  {
    what: 'objects made in another order',
    one: 'CREATE TABLE a(x); CREATE TABLE b(x); CREATE INDEX ia ON a(x); CREATE INDEX ib ON a(x)',
    other: 'CREATE TABLE b(x); CREATE TABLE a(x); CREATE INDEX ib ON a(x); CREATE INDEX ia ON a(x)',
  },
  {
    what: 'what SQLite keeps for itself',
    one: 'CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t(a)',
    other: `CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t(a); INSERT INTO t(a) VALUES (1); ANALYZE;
      CREATE TABLE gone(id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE gone`,
  },
]

describe.for(same)('$what', ({ one, other }) => {
  it('makes no difference', () => {
    expect(diffSchemas(schemaOf(one), schemaOf(other))).toEqual([])
    expect(diffSchemas(schemaOf(other), schemaOf(one))).toEqual([])
  })
})

const different: SameSchema[] = [
  { what: 'the case of a text', one: `CREATE VIEW v AS SELECT 'A'`, other: `CREATE VIEW v AS SELECT 'a'` },
  { what: 'a space in a text', one: `CREATE VIEW v AS SELECT 'a'`, other: `CREATE VIEW v AS SELECT 'a '` },
  {
    what: 'a comment in a text',
    one: `CREATE VIEW v AS SELECT '/* a */'`,
    other: `CREATE VIEW v AS SELECT ''`,
  },
  { what: 'a text and a blob', one: `CREATE VIEW v AS SELECT 'ab'`, other: `CREATE VIEW v AS SELECT x'ab'` },
  {
    what: 'a column and a text',
    one: 'CREATE TABLE t(a, b, CHECK (a > b))',
    other: `CREATE TABLE t(a, b, CHECK (a > 'b'))`,
  },
  {
    what: 'an integer and a real',
    one: 'CREATE TABLE t(a DEFAULT 1)',
    other: 'CREATE TABLE t(a DEFAULT 1.0)',
  },
  {
    what: 'parentheses within',
    one: 'CREATE TABLE t(a CHECK ((a + 1) * (a + 2)))',
    other: 'CREATE TABLE t(a CHECK (a + 1 * a + 2))',
  },
  { what: 'a letter beyond ASCII in another case', one: 'CREATE TABLE ä(a)', other: 'CREATE TABLE Ä(a)' },
  {
    what: 'TRUE and its name',
    one: 'CREATE TABLE t(a DEFAULT TRUE)',
    other: `CREATE TABLE t(a DEFAULT 'TRUE')`,
  },
]

describe.for(different)('$what', ({ one, other }) => {
  it('makes a difference', () => {
    expect(diffSchemas(schemaOf(one), schemaOf(other))).not.toEqual([])
  })
})
